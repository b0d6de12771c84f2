package io.tidemark.deploy.demo;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * The sums of a ledger, of one device or of all. Every number is a count of readings but {@code
 * redelivered}, of batches.
 */
public record Sums(
    long produced,
    long waiting,
    long stored,
    long quarantined,
    long dropped,
    long missing,
    long duplicates,
    long redelivered) {

  /** Of nothing. */
  static final Sums ZERO = new Sums(0, 0, 0, 0, 0, 0, 0, 0);

  /** Reads what {@code /api/v1/ledger} calls totals. */
  public static Sums of(JsonNode totals) {
    return new Sums(
        totals.path("produced").asLong(),
        totals.path("waiting").asLong(),
        totals.path("stored").asLong(),
        totals.path("quarantined").asLong(),
        totals.path("dropped").asLong(),
        totals.path("missing").asLong(),
        totals.path("duplicates").asLong(),
        totals.path("redelivered").asLong());
  }

  Sums plus(Sums other) {
    return new Sums(
        produced + other.produced,
        waiting + other.waiting,
        stored + other.stored,
        quarantined + other.quarantined,
        dropped + other.dropped,
        missing + other.missing,
        duplicates + other.duplicates,
        redelivered + other.redelivered);
  }

  /** How many have come to rest: nothing more will happen to them by itself. */
  long settled() {
    return stored + quarantined + dropped;
  }
}
