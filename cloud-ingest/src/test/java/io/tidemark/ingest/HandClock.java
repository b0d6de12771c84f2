package io.tidemark.ingest;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** Stands still unless it is told to go on. */
public final class HandClock extends Clock {
  private Instant now = Instant.parse("2026-03-01T12:00:00Z");

  /** Sets it to a moment, in nanoseconds since 1970. */
  public void set(long nanos) {
    now = Instant.ofEpochSecond(0, nanos);
  }

  public void goOn(Duration by) {
    now = now.plus(by);
  }

  /** Nanoseconds since 1970. */
  public long nanos() {
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }

  @Override
  public Instant instant() {
    return now;
  }
}
