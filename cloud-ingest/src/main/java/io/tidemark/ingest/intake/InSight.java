package io.tidemark.ingest.intake;

import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Shows the other ingests once a second, on a thread of its own, that this process is there:
 * whatever its intake waits for.
 */
final class InSight implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(InSight.class);
  private static final int PERIOD_SECONDS = 1;

  private final Sql sql;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "tidemark-in-sight");
            thread.setDaemon(true);
            return thread;
          });

  InSight(Sql sql) {
    this.sql = sql;
  }

  /** Begins, if there can be others. */
  void start() {
    if (sql.isShared()) {
      // Its result says nothing: it reports its own failures.
      var unused =
          timer.scheduleWithFixedDelay(
              this::show, PERIOD_SECONDS, PERIOD_SECONDS, TimeUnit.SECONDS);
    }
  }

  private void show() {
    try {
      sql.present();
    } catch (SqlUnavailableException e) {
      LOG.debug("cannot show the database now that this ingest is there; tries again", e);
    } catch (RuntimeException e) {
      LOG.error("could not show the database that this ingest is there; it is tried again", e);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
