package io.tidemark.ingest.gateways;

import io.tidemark.ingest.sql.SqlUnavailableException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Looks every second whether a gateway is not heard of any more. One thread of its own. */
public final class Watch implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Watch.class);
  private static final long PERIOD_MILLIS = 1_000;

  private final Gateways gateways;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "tidemark-gateways");
            thread.setDaemon(true);
            return thread;
          });

  /** Does nothing until {@link #start}. */
  public Watch(Gateways gateways) {
    this.gateways = gateways;
  }

  /** Starts its thread. */
  public void start() {
    // The future says nothing: a look reports its own failures.
    var unused =
        timer.scheduleWithFixedDelay(
            this::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      gateways.look();
    } catch (SqlUnavailableException e) {
      LOG.debug("nobody looks after the gateways while SQL is away", e);
    } catch (RuntimeException e) {
      LOG.error("a look at the gateways failed; the next one is tried", e);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
