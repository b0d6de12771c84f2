package io.tidemark.deploy;

import java.io.IOException;

/** Deliveries with the embedded store. */
class DeliveryTest extends DeliveryContract {
  @Override
  TestPipeline pipeline() throws IOException {
    return TestPipeline.in("delivery");
  }
}
