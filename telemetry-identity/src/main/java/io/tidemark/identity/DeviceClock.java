package io.tidemark.identity;

import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.function.Supplier;

/**
 * The time at which a device with a clock that may be wrong checks a server's certificate. A
 * computer without a battery begins in 1970, and would believe nobody, not even who tells it the
 * time. It cannot be earlier than when the device's own certificate was made; a clock that says so
 * says nothing, and then a certificate that has ever been valid is taken. Thread-safe.
 */
public final class DeviceClock implements ServerTrust.CheckedAt {
  private final Clock clock;
  private final Supplier<Instant> earliest;

  /**
   * @param earliest before this it cannot be now
   */
  public DeviceClock(Clock clock, Supplier<Instant> earliest) {
    this.clock = clock;
    this.earliest = earliest;
  }

  @Override
  public Instant at(X509Certificate server) {
    return isWrong() ? server.getNotBefore().toInstant() : clock.instant();
  }

  /** Whether the clock says what cannot be. */
  public boolean isWrong() {
    return clock.instant().isBefore(earliest.get());
  }
}
