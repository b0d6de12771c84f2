package io.tidemark.deploy.doctor;

import java.time.Duration;
import java.time.Instant;

/** When certificates end. They are renewed when two thirds of their time are over. */
final class Ends {
  /** With less than that part of its time left, whoever was to renew it has failed for long. */
  static final double LEFT_MIN = 0.2;

  private Ends() {}

  static void look(
      String where, String what, Instant from, Instant to, Instant now, Findings findings) {
    double left =
        (double) Duration.between(now, to).toMillis() / Duration.between(from, to).toMillis();
    if (left < LEFT_MIN) {
      findings.found(
          Kind.CERTIFICATE_ENDS,
          where,
          "%s %s at %s".formatted(what, to.isBefore(now) ? "has ended" : "ends", to));
    } else {
      findings.ok(Check.CERTIFICATE, where, "%s is valid until %s".formatted(what, to));
    }
  }
}
