package io.tidemark.gateway.intake.foreign;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidemark.wire.PayloadType;

/** Any bytes that are said to be JSON are readings, or refused. */
class JsonFuzz {

  @FuzzTest
  void reads(byte[] bytes) {
    ForeignProperties.read(bytes, PayloadType.JSON);
  }
}
