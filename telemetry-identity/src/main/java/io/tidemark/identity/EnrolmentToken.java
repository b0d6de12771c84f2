package io.tidemark.identity;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/**
 * All that somebody needs to get a first certificate, in one word: where to ask, by what the
 * authority is known when it is met first, and the secret that allows it. {@code tmt_} and in
 * Base64 without padding (RFC 4648, section 5): a byte 1, {@value #SECRET_BYTES} bytes of the
 * secret, {@value #FINGERPRINT_BYTES} bytes of the SHA-256 of the authority's certificate, and
 * addresses, separated by spaces.
 *
 * @param secret of {@value #SECRET_BYTES} random bytes
 * @param authority the SHA-256 of the authority's certificate
 * @param urls where to ask, {@code https://host:port}, in this order
 */
@SuppressWarnings("ArrayRecordComponent") // copied when given and when taken
public record EnrolmentToken(byte[] secret, byte[] authority, List<URI> urls) {
  public static final int SECRET_BYTES = 24;
  static final int FINGERPRINT_BYTES = 32;
  private static final String PREFIX = "tmt_";
  private static final byte VERSION = 1;
  private static final int TEXT_MAX_LENGTH = 4096;
  private static final int HEAD_BYTES = 1 + SECRET_BYTES + FINGERPRINT_BYTES;

  /**
   * Checks its parts.
   *
   * @throws IllegalArgumentException if one of them is wrong
   */
  public EnrolmentToken {
    secret = secret.clone();
    authority = authority.clone();
    urls = List.copyOf(urls);
    if (secret.length != SECRET_BYTES || authority.length != FINGERPRINT_BYTES) {
      throw new IllegalArgumentException("an enrolment token's secret or fingerprint is cut");
    }
    if (urls.isEmpty()) {
      throw new IllegalArgumentException("an enrolment token says where to ask, this one does not");
    }
    for (URI url : urls) {
      if (!"https".equals(url.getScheme()) || url.getHost() == null) {
        throw new IllegalArgumentException(
            "an enrolment token's addresses are https://host:port, but one is " + url);
      }
    }
  }

  /** The secret, to be shown to ingest and nobody else. */
  @Override
  public byte[] secret() {
    return secret.clone();
  }

  @Override
  public byte[] authority() {
    return authority.clone();
  }

  /** The secret as it is sent: in Base64 without padding. */
  public String secretText() {
    return encoder().encodeToString(secret);
  }

  /** The word. */
  public String text() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(VERSION);
    bytes.writeBytes(secret);
    bytes.writeBytes(authority);
    bytes.writeBytes(
        urls.stream()
            .map(URI::toString)
            .collect(Collectors.joining(" "))
            .getBytes(StandardCharsets.UTF_8));
    return PREFIX + encoder().encodeToString(bytes.toByteArray());
  }

  private static Base64.Encoder encoder() {
    return Base64.getUrlEncoder().withoutPadding();
  }

  /**
   * From its word.
   *
   * @throws IllegalArgumentException if it is none; the message has nothing of it
   */
  public static EnrolmentToken parse(String word) {
    String text = word.strip();
    if (!text.startsWith(PREFIX) || text.length() > TEXT_MAX_LENGTH) {
      throw new IllegalArgumentException(
          "an enrolment token begins with %s and has at most %d characters: copy all of it"
              .formatted(PREFIX, TEXT_MAX_LENGTH));
    }
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(text.substring(PREFIX.length()));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the enrolment token has a character that does not belong there: copy all of it, and no more");
    }
    if (bytes.length < HEAD_BYTES || bytes[0] != VERSION) {
      throw new IllegalArgumentException(
          "the enrolment token is cut, or is of another version than this program: copy all of it");
    }
    String addresses =
        StandardCharsets.UTF_8
            .decode(ByteBuffer.wrap(bytes, HEAD_BYTES, bytes.length - HEAD_BYTES))
            .toString();
    return new EnrolmentToken(
        Arrays.copyOfRange(bytes, 1, 1 + SECRET_BYTES),
        Arrays.copyOfRange(bytes, 1 + SECRET_BYTES, HEAD_BYTES),
        Arrays.stream(addresses.split(" "))
            .filter(address -> !address.isEmpty())
            .map(URI::create)
            .toList());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof EnrolmentToken token && token.text().equals(text());
  }

  @Override
  public int hashCode() {
    return text().hashCode();
  }

  /** Nothing of the secret. */
  @Override
  public String toString() {
    return "an enrolment token for " + urls;
  }
}
