package io.tidemark.sim.view;

/**
 * What came of devices' certificates during a run.
 *
 * @param renewed how many were
 * @param failures attempts that failed, and are made again
 * @param lastFailure why the last of them did; empty if none has
 */
public record CertificateSums(long renewed, long failures, String lastFailure) {
  /** In words. */
  String text() {
    String done = "%,d renewed".formatted(renewed);
    return failures == 0
        ? done
        : "%s; %,d attempts failed, the last: %s".formatted(done, failures, lastFailure);
  }
}
