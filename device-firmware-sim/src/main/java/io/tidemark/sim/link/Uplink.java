package io.tidemark.sim.link;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;

/** One device's way out. */
public interface Uplink {

  /**
   * The single thread on which everything of this device happens. Not to be shut down by the
   * device.
   */
  ScheduledExecutorService loop();

  /**
   * Connects; the listener hears of the outcome on the loop, exactly once {@code connected} or
   * {@code lost} at first. To be called on the loop.
   *
   * @param gateway e.g. {@code tcp://127.0.0.1:1883}
   * @param max how long that may take, the gateway's first answer included
   */
  void connect(URI gateway, String device, Duration max, LinkListener listener);
}
