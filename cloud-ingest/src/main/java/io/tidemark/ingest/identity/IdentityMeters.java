package io.tidemark.ingest.identity;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.tidemark.identity.UntrustedException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.function.Supplier;

/** What is counted of certificates: given, not given, and not believed. Thread-safe. */
public final class IdentityMeters {
  private static final double MILLIS_IN_SECOND = 1_000;

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

  /** Shows from now on for how long what ingest itself needs is valid yet; both have to be open. */
  public void watch(CertificateAuthority authority, ServerIdentity server, Clock clock) {
    certificate("root", authority::root, clock);
    certificate("intermediate", () -> authority.intermediates().get(0), clock);
    certificate("server", server::certificate, clock);
  }

  private void certificate(String of, Supplier<X509Certificate> now, Clock clock) {
    Gauge.builder(
            "tidemark.ingest.certificate.left.seconds",
            () -> seconds(clock.instant(), now.get().getNotAfter().toInstant()))
        .description("Until it ends; below 0 it has")
        .tag("of", of)
        .register(registry);
    Gauge.builder(
            "tidemark.ingest.certificate.life.seconds",
            () ->
                seconds(now.get().getNotBefore().toInstant(), now.get().getNotAfter().toInstant()))
        .description("From its beginning to its end")
        .tag("of", of)
        .register(registry);
  }

  private static double seconds(Instant from, Instant to) {
    return Duration.between(from, to).toMillis() / MILLIS_IN_SECOND;
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
