package io.tidemark.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;

/** Any bytes are a batch that can be encoded again, or refused. */
class BatchCodecFuzz {

  @FuzzTest
  void decodes(byte[] bytes) {
    decode(bytes);
    // No fuzzer guesses a CRC.
    ByteArrayOutputStream signed = new ByteArrayOutputStream();
    signed.writeBytes(bytes);
    signed.writeBytes(Fixture.crcPart(bytes));
    decode(signed.toByteArray());
  }

  private static void decode(byte[] bytes) {
    Batch batch;
    try {
      batch = BatchCodec.decode(bytes);
    } catch (WireFormatException refused) {
      assertThat(refused.getMessage()).isNotBlank();
      assertThat(refused.offset()).isBetween(0, bytes.length);
      return;
    }
    try {
      assertThat(BatchCodec.verify(bytes)).isEqualTo(batch.header());
      assertThat(BatchCodec.readHeader(bytes)).isEqualTo(batch.header());
      assertThat(BatchCodec.decode(BatchCodec.encode(batch))).isEqualTo(batch);
    } catch (WireFormatException e) {
      throw new AssertionError("what was decoded, and encoded, does not decode", e);
    }
  }
}
