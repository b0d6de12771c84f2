package io.tidemark.ingest.intake;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.tidemark.ingest.quarantine.Reason;
import io.tidemark.ingest.quarantine.Suspect;
import java.util.List;

/**
 * What intake has done since it started. {@code received = stored + quarantined}: readings are
 * counted when they are committed, a payload that is no batch as one. What came again is counted by
 * {@code redelivered} only.
 */
final class IntakeCounters {
  private final MeterRegistry registry;
  private final Counter received;
  private final Counter stored;
  private final Counter redelivered;
  private final Counter refusals;
  private final Counter evicted;

  IntakeCounters(MeterRegistry registry) {
    this.registry = registry;
    received =
        counter("tidemark.ingest.readings.received", "Readings committed: stored or quarantined");
    stored = counter("tidemark.ingest.readings.stored", "Readings that became rows");
    redelivered = counter("tidemark.ingest.batches.redelivered", "Batches that came again");
    refusals = counter("tidemark.ingest.requests.busy", "Forward requests answered 503");
    evicted =
        counter("tidemark.ingest.quarantine.evicted", "Items dropped as the quarantine was full");
    for (Reason reason : Reason.values()) {
      quarantined(reason);
    }
  }

  void committed(int rows, List<Suspect> suspects, long again) {
    received.increment(rows + (double) suspects.size());
    stored.increment(rows);
    redelivered.increment((double) again);
    suspects.forEach(suspect -> quarantined(suspect.reason()).increment());
  }

  void evicted(int items) {
    evicted.increment(items);
  }

  void busy(int requests) {
    refusals.increment(requests);
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  private Counter quarantined(Reason reason) {
    return Counter.builder("tidemark.ingest.readings.quarantined")
        .description("Readings and payloads that went to the quarantine")
        .tag("reason", reason.code())
        .register(registry);
  }
}
