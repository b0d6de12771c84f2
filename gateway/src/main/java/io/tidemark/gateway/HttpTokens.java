package io.tidemark.gateway;

import io.tidemark.identity.SecretFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The words by which somebody may look at a gateway over HTTPS, or change it, too. There is none
 * unless one is given.
 */
final class HttpTokens {
  /** Nobody may. */
  static final HttpTokens NONE = new HttpTokens(null, null);

  private static final int MIN_CHARS = 32;
  private static final int MAX_CHARS = 256;
  private static final String BEARER = "Bearer ";

  /** What somebody may do, more from one to the next. */
  enum May {
    NOTHING,
    LOOK,
    CHANGE
  }

  private final byte @Nullable [] viewer;
  private final byte @Nullable [] operator;

  private HttpTokens(byte @Nullable [] viewer, byte @Nullable [] operator) {
    this.viewer = viewer;
    this.operator = operator;
  }

  /**
   * Reads them.
   *
   * @throws IOException if a file cannot be read, may be read by others, or has no such word; the
   *     message has nothing of what is in it
   */
  static HttpTokens read(GatewaySettings.Http files) throws IOException {
    return new HttpTokens(
        word("viewer-token-file", files.viewerTokenFile()),
        word("operator-token-file", files.operatorTokenFile()));
  }

  private static byte @Nullable [] word(String key, Optional<Path> file) throws IOException {
    if (file.isEmpty()) {
      return null;
    }
    if (!Files.isRegularFile(file.get())) {
      throw new IOException(
          "there is no file %s, which tidemark.http.%s names".formatted(file.get(), key));
    }
    SecretFile.require(file.get());
    String word = Files.readString(file.get()).strip();
    if (word.length() < MIN_CHARS
        || word.length() > MAX_CHARS
        || !word.chars().allMatch(letter -> letter > ' ' && letter < 127)) {
      throw new IOException(
          "%s, which tidemark.http.%s names, has to be one word of %d to %d characters, as openssl rand -hex 32 makes one"
              .formatted(file.get(), key, MIN_CHARS, MAX_CHARS));
    }
    return word.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * What somebody may do.
   *
   * @param authorization as the header has it; null for none
   */
  May may(@Nullable String authorization) {
    if (authorization == null
        || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return May.NOTHING;
    }
    byte[] word = authorization.substring(BEARER.length()).strip().getBytes(StandardCharsets.UTF_8);
    if (is(word, operator)) {
      return May.CHANGE;
    }
    return is(word, viewer) ? May.LOOK : May.NOTHING;
  }

  private static boolean is(byte[] word, byte @Nullable [] wanted) {
    return wanted != null && MessageDigest.isEqual(word, wanted);
  }
}
