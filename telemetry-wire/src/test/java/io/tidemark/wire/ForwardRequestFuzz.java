package io.tidemark.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any bytes are a forward request that can be encoded again, or refused. */
class ForwardRequestFuzz {

  @FuzzTest
  void decodes(byte[] bytes) {
    ForwardRequest decoded;
    try {
      decoded = ForwardCodec.decodeRequest(bytes);
    } catch (WireFormatException refused) {
      assertThat(refused.getMessage()).isNotBlank();
      assertThat(refused.offset()).isBetween(0, bytes.length);
      return;
    }
    try {
      assertThat(ForwardCodec.decodeRequest(ForwardCodec.encodeRequest(decoded)))
          .usingRecursiveComparison()
          .isEqualTo(decoded);
    } catch (WireFormatException e) {
      throw new AssertionError("what was decoded, and encoded, does not decode", e);
    }
  }
}
