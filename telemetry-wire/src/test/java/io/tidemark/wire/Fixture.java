package io.tidemark.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Bytes written down as hex, with remarks after {@code #}. The word {@code crc} stands for the CRC
 * part of all bytes before it. A remark {@code expect: TEXT @ OFFSET} says with what message, and
 * at which byte, decoding has to fail.
 */
record Fixture(String name, byte[] bytes, @Nullable String expectedMessage, int expectedOffset) {

  static Fixture load(String name) {
    try (InputStream in = Fixture.class.getResourceAsStream("/batches/" + name + ".hex")) {
      assertThat(in).as("fixture " + name).isNotNull();
      return parse(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Fixture parse(String name, String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    String expected = null;
    int offset = -1;
    for (String line : text.lines().toList()) {
      int remark = line.indexOf('#');
      String hex = remark < 0 ? line : line.substring(0, remark);
      if (remark >= 0 && line.substring(remark).startsWith("# expect: ")) {
        int at = line.lastIndexOf(" @ ");
        expected = line.substring(remark + "# expect: ".length(), at);
        offset = Integer.parseInt(line.substring(at + 3).strip());
      }
      for (String word : hex.strip().split("\\s+")) {
        if (word.equals("crc")) {
          bytes.writeBytes(crcPart(bytes.toByteArray()));
        } else if (!word.isEmpty()) {
          bytes.writeBytes(HexFormat.of().parseHex(word));
        }
      }
    }
    return new Fixture(name, bytes.toByteArray(), expected, offset);
  }

  /** The field {@code crc32c} for a batch that begins with {@code bytes}. */
  static byte[] crcPart(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    int value = (int) crc.getValue();
    return new byte[] {
      0x7D, (byte) value, (byte) (value >>> 8), (byte) (value >>> 16), (byte) (value >>> 24)
    };
  }

  @Override
  public String toString() {
    return name;
  }
}
