package io.tidemark.sim.payload;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Writes JSON into memory. */
final class JsonText {
  /** Numbers in the fewest digits that say them, which Java's own are not before version 19. */
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER).build();

  /** Writes something, and ends where it began. */
  @FunctionalInterface
  interface Contents {
    void write(JsonGenerator out) throws IOException;
  }

  private JsonText() {}

  static byte[] of(Contents contents) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(1_024);
    try (JsonGenerator out = JSON.createGenerator(bytes)) {
      contents.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return bytes.toByteArray();
  }
}
