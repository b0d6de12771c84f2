package io.tidemark.gateway.intake;

/** Whether what devices deliver now can be expected to be committed. */
public enum Readiness {
  /** It can. */
  READY,
  /**
   * It cannot, as the log has no room: it will have some once more is forwarded. Devices are told
   * to try later, and stay.
   */
  FULL,
  /**
   * It cannot, and nobody knows until when: there is no majority, the log is broken, or the gateway
   * is stopping. Devices are better off elsewhere.
   */
  UNREADY
}
