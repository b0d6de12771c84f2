package io.tidemark.deploy.device;

import io.tidemark.wire.PayloadType;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** How CoAP writes what a device sends and reads what it gets (RFC 7252, section 3). */
public final class CoapBytes {
  public static final int HEADER_BYTES = 4;
  public static final int TOKEN_BYTES = 4;

  /** Types of messages, as bits 4 and 5 of the first byte. */
  public static final int CON = 0;

  public static final int NON = 1;
  public static final int ACK = 2;
  public static final int RST = 3;

  public static final int EMPTY = 0;
  public static final int CHANGED = 0x44; // 2.04

  private static final int VERSION_1 = 0x40;
  private static final int POST = 0x02;
  private static final int URI_PATH = 11;
  private static final int CONTENT_FORMAT = 12;
  private static final int PAYLOAD_MARKER = 0xFF;
  private static final int BYTE_MAX = 0xFF;

  /** From here on an option's length has a byte of its own, and counts from here. */
  private static final int LENGTH_EXTENDED = 13;

  private CoapBytes() {}

  /** Confirmable POST; the number gives message id and token. */
  public static void post(
      ByteArrayOutputStream out, String path, int number, PayloadType type, byte[] payload) {
    out.write(VERSION_1 | CON << 4 | TOKEN_BYTES);
    out.write(POST);
    twoBytes(out, number);
    twoBytes(out, number >>> 16);
    twoBytes(out, number);
    int before = 0;
    for (String segment : path.split("/")) {
      option(out, URI_PATH - before, segment.getBytes(StandardCharsets.UTF_8));
      before = URI_PATH;
    }
    int format = type.contentFormat();
    byte[] shortest =
        format <= BYTE_MAX
            ? new byte[] {(byte) format}
            : new byte[] {(byte) (format >>> 8), (byte) format};
    option(out, CONTENT_FORMAT - before, shortest);
    out.write(PAYLOAD_MARKER);
    out.writeBytes(payload);
  }

  /** A message that is only a header: the acknowledgement of another, or a ping. */
  public static byte[] empty(int type, int messageId) {
    return new byte[] {
      (byte) (VERSION_1 | type << 4), EMPTY, (byte) (messageId >>> 8), (byte) messageId
    };
  }

  /** Type of the message with that first byte. */
  public static int type(byte first) {
    return first >>> 4 & 3;
  }

  /** Code as it is written: class, dot, detail. */
  public static String code(int code) {
    return "%d.%02d".formatted(code >>> 5, code & 31);
  }

  /** The number of options grows by less than 13 here. */
  private static void option(ByteArrayOutputStream out, int delta, byte[] value) {
    if (value.length < LENGTH_EXTENDED) {
      out.write(delta << 4 | value.length);
    } else {
      out.write(delta << 4 | LENGTH_EXTENDED);
      out.write(value.length - LENGTH_EXTENDED);
    }
    out.writeBytes(value);
  }

  private static void twoBytes(ByteArrayOutputStream out, int value) {
    out.write(value >>> 8);
    out.write(value);
  }
}
