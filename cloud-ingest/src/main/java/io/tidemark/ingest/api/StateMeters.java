package io.tidemark.ingest.api;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.tidemark.ingest.ledger.DeviceSummary;
import io.tidemark.ingest.ledger.Duplicates;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.ledger.Sums;
import io.tidemark.ingest.quarantine.Quarantine;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import io.tidemark.wire.Names;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.ToDoubleFunction;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What ledger, quarantine, devices and disk come to, for those who watch with metrics. All but the
 * disk is looked up every 15 s on a thread of its own, so that a request for the metrics waits for
 * no database; what cannot be looked up is NaN until it can be. Several ingests on one database say
 * the same, but that one of them alone counts duplicates, which is a pass over the whole store:
 * with the others they are NaN.
 */
public final class StateMeters implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(StateMeters.class);
  private static final long PERIOD_SECONDS = 15;
  private static final String PREFIX = "tidemark.ingest.";

  /** Devices looked at by one query. */
  private static final int PAGE_DEVICES = 1_000;

  private static final List<String> STATUSES = List.of("online", "late", "silent", "disconnected");

  private final Ledger ledger;
  private final Quarantine quarantine;
  private final Presence presence;
  private final BooleanSupplier taking;
  private final BooleanSupplier counting;
  private final TimeSeriesStore store;
  private final Path folder;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "tidemark-state");
            thread.setDaemon(true);
            return thread;
          });
  private volatile boolean storing;
  private volatile @Nullable Looked looked;

  /** What the databases said. */
  private record Looked(
      Sums sums,
      double duplicates,
      Map<String, Long> devices,
      Quarantine.Size quarantine,
      double filled) {}

  /**
   * Does nothing until {@link #start}.
   *
   * @param taking whether intake takes what comes
   * @param counting whether this is, of all ingests on the database, the one to count duplicates
   * @param folder the data folder, whose disk is watched
   */
  public StateMeters(
      Ledger ledger,
      Quarantine quarantine,
      Presence presence,
      BooleanSupplier taking,
      BooleanSupplier counting,
      TimeSeriesStore store,
      Path folder,
      MeterRegistry registry) {
    this.ledger = ledger;
    this.quarantine = quarantine;
    this.presence = presence;
    this.taking = taking;
    this.counting = counting;
    this.store = store;
    this.folder = folder;
    bindTo(registry);
  }

  private void bindTo(MeterRegistry registry) {
    gauge("storing", "1 while store and SQL take what is written", all -> all.storing ? 1 : 0)
        .register(registry);
    sum(registry, "waiting", Sums::waiting);
    sum(registry, "stored", Sums::stored);
    sum(registry, "quarantined", Sums::quarantined);
    sum(registry, "dropped", Sums::dropped);
    sum(registry, "missing", Sums::missing);
    gauge(
            "ledger.duplicates",
            "Rows of one reading beyond the first, as far as they are counted",
            all -> all.value(Looked::duplicates))
        .register(registry);
    for (String status : STATUSES) {
      gauge(
              "devices",
              "Devices that are so, without the doctor's own",
              all -> all.value(now -> now.devices.getOrDefault(status, 0L)))
          .tag("status", status)
          .register(registry);
    }
    gauge(
            "quarantine.items",
            "Items in the quarantine",
            all -> all.value(now -> now.quarantine.items()))
        .register(registry);
    gauge(
            "quarantine.filled",
            "How much of its room the quarantine takes; at 1 the oldest items go",
            all -> all.value(Looked::filled))
        .register(registry);
    gauge(
            "disk.usable.bytes",
            "Room left on the disk of the data folder",
            all -> all.disk(FileStore::getUsableSpace))
        .register(registry);
    gauge(
            "disk.size.bytes",
            "Size of the disk of the data folder",
            all -> all.disk(FileStore::getTotalSpace))
        .register(registry);
  }

  private void sum(MeterRegistry registry, String state, ToDoubleFunction<Sums> of) {
    gauge(
            "ledger.readings",
            "Readings of all devices by what became of them",
            all -> all.value(now -> of.applyAsDouble(now.sums)))
        .tag("state", state)
        .register(registry);
  }

  private Gauge.Builder<StateMeters> gauge(
      String name, String description, ToDoubleFunction<StateMeters> value) {
    return Gauge.builder(PREFIX + name, this, value).description(description);
  }

  private double value(ToDoubleFunction<Looked> of) {
    Looked now = looked;
    return now == null ? Double.NaN : of.applyAsDouble(now);
  }

  /** Something a disk says of itself. */
  private interface OfDisk {
    long of(FileStore disk) throws IOException;
  }

  private double disk(OfDisk what) {
    try {
      return what.of(Files.getFileStore(folder));
    } catch (IOException e) {
      return Double.NaN; // nobody knows
    }
  }

  /** Starts its thread. */
  public void start() {
    // Its result says nothing: a look reports its own failures.
    var unused = timer.scheduleWithFixedDelay(this::look, 0, PERIOD_SECONDS, TimeUnit.SECONDS);
  }

  /** Looks everything up. */
  void look() {
    try {
      storing = canStore();
      looked = lookUp();
    } catch (SqlUnavailableException | StoreUnavailableException e) {
      storing = false;
      looked = null;
      LOG.debug("no metrics of the ledger while SQL or store are away", e);
    } catch (RuntimeException | Error e) { // thrown on, it would be the last look
      storing = false;
      looked = null;
      LOG.error("the ledger could not be looked at for the metrics; it is tried again", e);
    }
  }

  private boolean canStore() {
    try {
      store.check();
      return taking.getAsBoolean();
    } catch (StoreUnavailableException e) {
      return false;
    }
  }

  private Looked lookUp() throws SqlUnavailableException, StoreUnavailableException {
    Duplicates duplicates =
        counting.getAsBoolean() ? ledger.duplicates(false) : Duplicates.NOT_COUNTED;
    boolean isCounted = duplicates.checkedAtNanos() > 0;
    Sums sums = Sums.ZERO;
    Map<String, Long> devices = new HashMap<>();
    @Nullable String after = null;
    List<DeviceSummary> page;
    do {
      page = ledger.devicesAfter(after, PAGE_DEVICES, duplicates);
      for (DeviceSummary device : page) {
        after = device.device();
        sums = sums.plus(device.sums());
        if (!device.device().equals(Names.DOCTOR)) { // else each run of it made an alert
          devices.merge(presence.status(device), 1L, Long::sum);
        }
      }
    } while (page.size() == PAGE_DEVICES);
    Quarantine.Size size = quarantine.size();
    double filled =
        Math.max(
            (double) size.items() / quarantine.maxItems(),
            (double) size.bytes() / quarantine.maxBytes());
    return new Looked(sums, isCounted ? sums.duplicates() : Double.NaN, devices, size, filled);
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
