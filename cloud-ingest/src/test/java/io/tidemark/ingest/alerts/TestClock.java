package io.tidemark.ingest.alerts;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that stands until it is told. */
final class TestClock extends Clock {
  /** 2026-03-01T12:00:00Z. */
  static final long T0 = 1_772_366_400_000_000_000L;

  static final long SECOND = 1_000_000_000L;

  private long nanos = T0;

  void set(long nowNanos) {
    nanos = nowNanos;
  }

  long nanos() {
    return nanos;
  }

  @Override
  public Instant instant() {
    return Words.instant(nanos);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }
}
