package io.tidemark.ingest.identity;

import io.tidemark.identity.Role;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * What allows enrolments, without its secret. Times in nanoseconds since 1970.
 *
 * @param id never given again
 * @param used how often it has been used
 * @param withdrawnAtNanos 0 if it is not
 */
public record Token(
    long id, Spec spec, long used, long madeAtNanos, long endsAtNanos, long withdrawnAtNanos) {
  /** Uses of a token, at most. */
  public static final int USES_MAX = 100_000;

  /** Hosts of a token, at most. */
  public static final int HOSTS_MAX = CertificateAsked.HOSTS_MAX;

  /**
   * What it allows.
   *
   * @param role device or gateway
   * @param name the only one it is for; null for any
   * @param site of its devices, in the registry; empty if it says nothing of that
   * @param labels of its devices, in the registry
   * @param hosts that its gateways may have in their certificates, in their one spelling
   */
  public record Spec(
      Role role,
      @Nullable String name,
      int uses,
      String site,
      SortedSet<String> labels,
      SortedSet<String> hosts) {}

  /** How it stands. */
  public enum State {
    /** It can be used. */
    GOOD,

    /** It has been used as often as it may be. */
    USED,

    /** Its time is over. */
    EXPIRED,

    /** Somebody has withdrawn it. */
    WITHDRAWN
  }

  /** How it stands at that time. */
  public State state(long nowNanos) {
    if (withdrawnAtNanos != 0) {
      return State.WITHDRAWN;
    }
    if (used >= spec.uses) {
      return State.USED;
    }
    return nowNanos >= endsAtNanos ? State.EXPIRED : State.GOOD;
  }
}
