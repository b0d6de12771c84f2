package io.tidemark.ingest.identity;

import io.micrometer.core.instrument.MeterRegistry;
import io.tidemark.identity.UntrustedException;
import java.util.Locale;

/** What is counted of certificates: given, not given, and not believed. Thread-safe. */
public final class IdentityMeters {
  private final MeterRegistry registry;

  /** All at 0. */
  public IdentityMeters(MeterRegistry registry) {
    this.registry = registry;
    for (EnrolmentException.Reason reason : EnrolmentException.Reason.values()) {
      refused(reason, 0);
    }
    for (UntrustedException.Reason reason : UntrustedException.Reason.values()) {
      untrusted(reason, 0);
    }
    issued("enrolled", 0);
    issued("renewed", 0);
  }

  void enrolled() {
    issued("enrolled", 1);
  }

  void renewed() {
    issued("renewed", 1);
  }

  void refused(EnrolmentException.Reason reason) {
    refused(reason, 1);
  }

  /** At a handshake, or at a door behind it. */
  void untrusted(UntrustedException.Reason reason) {
    untrusted(reason, 1);
  }

  private void issued(String how, int certificates) {
    registry.counter("tidemark.ingest.certificates.issued", "how", how).increment(certificates);
  }

  private void refused(EnrolmentException.Reason reason, int requests) {
    registry
        .counter("tidemark.ingest.certificates.refused", "reason", reason.text())
        .increment(requests);
  }

  private void untrusted(UntrustedException.Reason reason, int times) {
    registry
        .counter("tidemark.ingest.untrusted", "reason", reason.name().toLowerCase(Locale.ROOT))
        .increment(times);
  }
}
