package io.tidemark.ingest.intake;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tidemark.ingest.ledger.EpochLedger;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.ledger.Sums;
import io.tidemark.ingest.quarantine.Quarantine;
import io.tidemark.ingest.quarantine.Quarantined;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.TestDatabase;
import io.tidemark.ingest.storage.TimeSeriesStore;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.ForwardRequest;
import io.tidemark.wire.LogEntry;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** An intake with a real ledger and quarantine, and a store of the test's choice. */
final class Rig implements AutoCloseable {
  static final long EPOCH = 1_234;

  /** 2026-03-01T00:00:00Z. */
  static final long T0 = 1_772_323_200_000_000_000L;

  final Sql sql;
  final TimeSeriesStore store;
  final Ledger ledger;
  final Quarantine quarantine;
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  final Intake intake;

  Rig(Path folder, TimeSeriesStore store) {
    this(folder, store, Intake.QUEUE_MAX_BYTES, 100, CrashPoint.NONE);
  }

  /** One of several on one database. */
  Rig(Path folder, TimeSeriesStore store, String ingest) {
    this(
        folder,
        store,
        Intake.QUEUE_MAX_BYTES,
        100,
        CrashPoint.NONE,
        Quarantine.MAX_ITEMS,
        Quarantine.MAX_BYTES,
        ingest);
  }

  Rig(Path folder, TimeSeriesStore store, long queueMaxBytes, int chunk, CrashPoint crashPoint) {
    this(
        folder,
        store,
        queueMaxBytes,
        chunk,
        crashPoint,
        Quarantine.MAX_ITEMS,
        Quarantine.MAX_BYTES,
        "rig");
  }

  Rig(
      Path folder,
      TimeSeriesStore store,
      long queueMaxBytes,
      int chunk,
      CrashPoint crashPoint,
      long quarantineMaxItems,
      long quarantineMaxBytes,
      String ingest) {
    sql = TestDatabase.open(folder.resolve("rig.db"), ingest);
    this.store = store;
    ledger = new Ledger(sql, store, Clock.systemUTC());
    quarantine = new Quarantine(sql, quarantineMaxItems, quarantineMaxBytes);
    intake =
        new Intake(
            sql,
            store,
            ledger,
            quarantine,
            registry,
            (rows, devices) -> {},
            Clock.systemUTC(),
            queueMaxBytes,
            chunk,
            Duration.ofSeconds(60),
            crashPoint);
    intake.start();
  }

  static Reading reading(long number, double value) {
    return new Reading("main", "k", T0 + number * 1_000, Map.of("v", Value.of(value)));
  }

  static List<Reading> readings(long first, int count) {
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      readings.add(reading(first + i, (double) (first + i)));
    }
    return readings;
  }

  static byte[] batch(String device, long first, List<Reading> readings) {
    long next = first + readings.size();
    return BatchCodec.encode(Batch.ofReadings(device, EPOCH, first, readings, next, first));
  }

  static ForwardRequest request(String device, byte[]... payloads) {
    return request(1, 1, 0, device, payloads);
  }

  static ForwardRequest request(
      long committed, long forwarded, long tick, String device, byte[]... payloads) {
    List<Delivery> deliveries = new ArrayList<>();
    for (byte[] payload : payloads) {
      deliveries.add(new Delivery(device, payload));
    }
    List<LogEntry> entries =
        deliveries.isEmpty() ? List.of() : List.of(new LogEntry("g1", T0 + 1_000_000, deliveries));
    return new ForwardRequest("g1", committed, forwarded, tick, entries);
  }

  CompletableFuture<Long> submit(ForwardRequest request) {
    return intake.submit(request, intake.budget().lease());
  }

  /** Sends and waits; fails as the intake does. */
  long send(ForwardRequest request) throws Exception {
    try {
      return submit(request).get(60, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof BusyException busy) {
        throw busy;
      }
      throw e;
    }
  }

  Sums sums() throws Exception {
    return ledger.totals(ledger.duplicates(true));
  }

  List<EpochLedger> epochs(String device) throws Exception {
    return ledger.epochs(device, ledger.duplicates(true));
  }

  List<Quarantined> quarantined() throws Exception {
    return quarantine.list(null, null, Long.MAX_VALUE, 100, true);
  }

  double counter(String name) {
    return registry.find(name).counters().stream().mapToDouble(counter -> counter.count()).sum();
  }

  @Override
  public void close() {
    ledger.close();
    intake.close();
    store.close();
    sql.close();
  }
}
