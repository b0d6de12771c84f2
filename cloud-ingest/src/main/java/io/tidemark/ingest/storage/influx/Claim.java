package io.tidemark.ingest.storage.influx;

import io.tidemark.ingest.storage.StoreInUseException;
import io.tidemark.ingest.storage.StoreUnavailableException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Says in the database which ledger its rows belong to, over and over, so that no ingest with
 * another ledger writes to it meanwhile: each would find the other's rows to be strange ones. Times
 * are the server's alone. Thread-safe; has a thread of its own while it holds.
 *
 * <p>Who has not been able to renew it for as long as it lasts holds it no more, and has to look
 * again. Two that come at the same moment may both believe to hold it until their next renewal;
 * then the one whose ledger's name is the lesser stays.
 */
final class Claim implements AutoCloseable {
  /** How long it holds when nothing more is heard of its holder. */
  private static final Duration LASTS = Duration.ofSeconds(30);

  private static final int RENEWALS_MEANWHILE = 3;
  private static final Logger LOG = Logger.getLogger(Claim.class);

  /** No kind has a colon in its name. */
  private static final String MEASUREMENT = "tidemark:ingest";

  private static final String LEDGER = "ledger";
  private static final String PROCESS = "process";

  /** In place of a ledger: whoever held it has ended. */
  private static final String NOBODY = "-";

  private static final String NEWEST =
      "SELECT "
          + LEDGER
          + ", "
          + PROCESS
          + " FROM "
          + InfluxQl.identifier(MEASUREMENT)
          + " WHERE time > now() - %dms ORDER BY time DESC LIMIT 1";

  private final InfluxConnection connection;
  private final LedgerName ledger;
  private final Duration lasts;
  private final LongSupplier nanoTime;
  private volatile @Nullable Held held;
  private volatile @Nullable ScheduledExecutorService timer;

  /** That it is held, for which ledger, and when that was said last. */
  private record Held(String ledger, long saidNanos) {}

  private record Holder(String ledger, String process) {}

  Claim(InfluxConnection connection, LedgerName ledger) {
    this(connection, ledger, LASTS, System::nanoTime);
  }

  Claim(InfluxConnection connection, LedgerName ledger, Duration lasts, LongSupplier nanoTime) {
    this.connection = connection;
    this.ledger = ledger;
    this.lasts = lasts;
    this.nanoTime = nanoTime;
  }

  /**
   * Returns at once if it is held, else takes it. The database has to be there.
   *
   * @throws StoreInUseException if another holds it
   * @throws StoreUnavailableException if that cannot be said now
   */
  void hold() throws StoreUnavailableException {
    if (!isHeld()) {
      take();
    }
  }

  private boolean isHeld() {
    Held now = held;
    return now != null && nanoTime.getAsLong() - now.saidNanos < lasts.toNanos();
  }

  private synchronized void take() throws StoreUnavailableException {
    if (isHeld()) {
      return;
    }
    held = null;
    String ours = ledger.get();
    Holder before = other(ours);
    if (before != null) {
      throw inUse(before);
    }
    long now = nanoTime.getAsLong();
    say(ours);
    Holder beside = other(ours);
    if (beside != null && beside.ledger().compareTo(ours) < 0) {
      throw inUse(beside);
    }
    held = new Held(ours, now);
    if (timer == null) {
      timer = startTimer();
    }
  }

  private ScheduledExecutorService startTimer() {
    ScheduledExecutorService started =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, "tidemark-influx-claim");
              thread.setDaemon(true);
              return thread;
            });
    long every = lasts.toMillis() / RENEWALS_MEANWHILE;
    // Its result says nothing: a renewal reports its own failures.
    var unused = started.scheduleWithFixedDelay(this::renew, every, every, TimeUnit.MILLISECONDS);
    return started;
  }

  private void renew() {
    try {
      renewHeld();
    } catch (StoreUnavailableException e) {
      LOG.debug("the claim on the database could not be renewed", e);
    } catch (RuntimeException e) {
      LOG.error("the claim on the database could not be renewed; it is tried again", e);
    }
  }

  private synchronized void renewHeld() throws StoreUnavailableException {
    Held before = held;
    if (before == null || !isHeld()) {
      return; // taken again by who needs it
    }
    Holder other = other(before.ledger);
    if (other != null && other.ledger().compareTo(before.ledger) < 0) {
      held = null;
      LOG.error(inUse(other).getMessage());
      return;
    }
    long now = nanoTime.getAsLong();
    say(before.ledger);
    held = new Held(before.ledger, now);
  }

  private @Nullable Holder other(String ours) throws StoreUnavailableException {
    List<Holder> newest = new ArrayList<>();
    connection.query(
        NEWEST.formatted(lasts.toMillis()),
        (series, values) ->
            newest.add(new Holder(String.valueOf(values.get(1)), String.valueOf(values.get(2)))));
    return newest.stream()
        .filter(holder -> !holder.ledger().equals(ours) && !holder.ledger().equals(NOBODY))
        .findFirst()
        .orElse(null);
  }

  private StoreInUseException inUse(Holder other) {
    return new StoreInUseException(
        "the database %s in InfluxDB at %s is in use by another ingest (process %s), which has a ledger of its own; stop that one (if it has crashed, wait %d s), or set tidemark.influx.database to another"
            .formatted(
                connection.settings().databaseName(),
                connection.settings().url(),
                other.process(),
                lasts.toSeconds()),
        InfluxConnection.MISCONFIGURED_RETRY_SECONDS);
  }

  /** Without a time: the server's own is put in. */
  private void say(String holder) throws StoreUnavailableException {
    String process = ManagementFactory.getRuntimeMXBean().getName().replace("\"", "");
    try {
      connection.write(
          "%s %s=\"%s\",%s=\"%s\"".formatted(MEASUREMENT, LEDGER, holder, PROCESS, process));
    } catch (RefusedException e) {
      throw new StoreUnavailableException(
          "InfluxDB at %s refuses what says whose the database is: %s"
              .formatted(connection.settings().url(), e.getMessage()),
          e,
          InfluxConnection.MISCONFIGURED_RETRY_SECONDS);
    } catch (BusyServerException e) {
      throw new StoreUnavailableException(String.valueOf(e.getMessage()), e, e.retryAfterSeconds());
    }
  }

  /** Gives it back, so that another need not wait, unless the server is away: then it just ends. */
  @Override
  public void close() {
    ScheduledExecutorService renewing = timer;
    if (renewing != null) {
      renewing.shutdownNow();
    }
    giveBack();
  }

  private synchronized void giveBack() {
    Held last = held;
    held = null;
    long renewals = lasts.toNanos() / RENEWALS_MEANWHILE;
    if (last == null || nanoTime.getAsLong() - last.saidNanos > 2 * renewals) {
      return;
    }
    try {
      say(NOBODY);
    } catch (StoreUnavailableException e) {
      LOG.debug("the claim on the database could not be given back", e);
    }
  }
}
