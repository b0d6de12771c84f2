package io.tidemark.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any bytes are a report that can be encoded again, or refused. */
class GatewayReportFuzz {

  @FuzzTest
  void decodes(byte[] bytes) {
    GatewayReport decoded;
    try {
      decoded = ReportCodec.decode(bytes);
    } catch (WireFormatException refused) {
      assertThat(refused.getMessage()).isNotBlank();
      assertThat(refused.offset()).isBetween(0, bytes.length);
      return;
    }
    try {
      assertThat(ReportCodec.decode(ReportCodec.encode(decoded))).isEqualTo(decoded);
    } catch (WireFormatException e) {
      throw new AssertionError("what was decoded, and encoded, does not decode", e);
    }
  }
}
