package io.tidemark.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any bytes are an access list, signed or not, that can be encoded again, or refused. */
class AccessListFuzz {

  @FuzzTest
  void decodes(byte[] bytes) {
    decodesList(bytes);
    decodesSigned(bytes);
  }

  private static void decodesList(byte[] bytes) {
    AccessList decoded;
    try {
      decoded = AccessListCodec.decode(bytes);
    } catch (WireFormatException refused) {
      assertThat(refused.getMessage()).isNotBlank();
      assertThat(refused.offset()).isBetween(0, bytes.length);
      return;
    }
    try {
      assertThat(AccessListCodec.decode(AccessListCodec.encode(decoded))).isEqualTo(decoded);
    } catch (WireFormatException e) {
      throw new AssertionError("what was decoded, and encoded, does not decode", e);
    }
  }

  private static void decodesSigned(byte[] bytes) {
    SignedAccessList decoded;
    try {
      decoded = SignedAccessListCodec.decode(bytes);
    } catch (WireFormatException refused) {
      assertThat(refused.getMessage()).isNotBlank();
      assertThat(refused.offset()).isBetween(0, bytes.length);
      return;
    }
    try {
      byte[] encoded = SignedAccessListCodec.encode(decoded);
      assertThat(SignedAccessListCodec.encode(SignedAccessListCodec.decode(encoded)))
          .isEqualTo(encoded);
    } catch (WireFormatException e) {
      throw new AssertionError("what was decoded, and encoded, does not decode", e);
    }
  }
}
