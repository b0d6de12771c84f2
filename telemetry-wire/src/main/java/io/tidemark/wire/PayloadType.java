package io.tidemark.wire;

import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a device may send: each kind under the name MQTT 5 and HTTP give it, and CoAP's number. */
public enum PayloadType {
  /** An encoded {@link Batch}. CoAP's number is of the range for experiments (RFC 7252, 12.3). */
  BATCH("application/vnd.tidemark.batch", 65_001),
  /** SenML in JSON (RFC 8428, section 5). */
  SENML_JSON("application/senml+json", 110),
  /** SenML in CBOR (RFC 8428, section 6). */
  SENML_CBOR("application/senml+cbor", 112),
  /** Plain JSON: an object of metrics, or of a reading, or an array of either. */
  JSON("application/json", 50);

  /** All their media types, for people. */
  public static final String CONTENT_TYPES =
      Stream.of(values()).map(PayloadType::contentType).collect(Collectors.joining(", "));

  /** Field 1, a varint: how a batch begins. */
  private static final int BATCH_FIRST = 0x08;

  /** CBOR arrays with their length in the first byte, and of indefinite length. */
  private static final int CBOR_ARRAY_FIRST = 0x80;

  private static final int CBOR_ARRAY_LAST = 0x9F;

  private final String contentType;
  private final int contentFormat;

  PayloadType(String contentType, int contentFormat) {
    this.contentType = contentType;
    this.contentFormat = contentFormat;
  }

  /** Its media type, in MQTT 5 and HTTP. */
  public String contentType() {
    return contentType;
  }

  /** Its CoAP content format. */
  public int contentFormat() {
    return contentFormat;
  }

  /** The kind with this media type, whatever its parameters and case; null if there is none. */
  public static @Nullable PayloadType ofContentType(String text) {
    int parameters = text.indexOf(';');
    String bare =
        (parameters < 0 ? text : text.substring(0, parameters)).strip().toLowerCase(Locale.ROOT);
    for (PayloadType type : values()) {
      if (type.contentType.equals(bare)) {
        return type;
      }
    }
    return null;
  }

  /** The kind with this CoAP content format; null if there is none. */
  public static @Nullable PayloadType ofContentFormat(int number) {
    for (PayloadType type : values()) {
      if (type.contentFormat == number) {
        return type;
      }
    }
    return null;
  }

  /**
   * What a payload without a type is taken for, by its first byte. Whether JSON is SenML only its
   * first record tells.
   */
  public static PayloadType guess(byte[] payload) {
    int first = payload.length == 0 ? -1 : payload[0] & 0xFF;
    if (first == BATCH_FIRST) {
      return BATCH;
    }
    return first >= CBOR_ARRAY_FIRST && first <= CBOR_ARRAY_LAST ? SENML_CBOR : JSON;
  }
}
