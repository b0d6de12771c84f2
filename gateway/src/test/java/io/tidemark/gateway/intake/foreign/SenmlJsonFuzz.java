package io.tidemark.gateway.intake.foreign;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidemark.wire.PayloadType;

/** Any bytes that are said to be SenML in JSON are readings, or refused. */
class SenmlJsonFuzz {

  @FuzzTest
  void reads(byte[] bytes) {
    ForeignProperties.read(bytes, PayloadType.SENML_JSON);
  }
}
