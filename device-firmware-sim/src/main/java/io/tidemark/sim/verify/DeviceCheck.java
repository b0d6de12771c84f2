package io.tidemark.sim.verify;

import java.io.IOException;
import java.util.List;

/**
 * Says what became of one device's readings. How depends on whether they carry numbers: {@link
 * NumberedCheck}, {@link ContentCheck}. Not thread-safe; used once.
 */
interface DeviceCheck {

  /**
   * Looks at the device's rows and its quarantine; names what is wrong.
   *
   * @return the sums of each of its epochs
   */
  List<Verdict.DeviceSums> check() throws IOException, InterruptedException;
}
