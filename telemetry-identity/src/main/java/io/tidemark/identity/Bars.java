package io.tidemark.identity;

import io.tidemark.identity.UntrustedException.Reason;
import io.tidemark.wire.AccessList;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Who is shut out, and whose older certificates are void. Immutable. */
public final class Bars {
  /** Nobody is. */
  public static final Bars NONE = new Bars(Map.of());

  /** Of one for whom there is no way in at all: whatever its certificate, it is older. */
  private static final Instant ENTIRELY = Instant.MAX;

  private final Map<Identity, Instant> voidBefore;

  private Bars(Map<Identity, Instant> voidBefore) {
    this.voidBefore = Map.copyOf(voidBefore);
  }

  /** Those of a list. */
  public static Bars of(AccessList list) {
    Map<Identity, Instant> voidBefore = new HashMap<>();
    for (AccessList.Barred one : list.barred()) {
      voidBefore.put(
          new Identity(Role.valueOf(one.role().toUpperCase(Locale.ROOT)), one.name()),
          one.entirely() ? ENTIRELY : Instant.ofEpochMilli(one.issuedBefore()));
    }
    return new Bars(voidBefore);
  }

  /**
   * Before when the certificates of this one are void: {@link Instant#MAX} if it is shut out,
   * {@link Instant#MIN} if nothing speaks against it.
   */
  public Instant voidBefore(Identity identity) {
    return voidBefore.getOrDefault(identity, Instant.MIN);
  }

  /** Whether there is no way in for it at all. */
  public boolean isShutOut(Identity identity) {
    return ENTIRELY.equals(voidBefore.get(identity));
  }

  /**
   * Returns if nothing speaks against it.
   *
   * @param validFrom when the time of its certificate begins; {@link Instant#MAX} if it has none
   * @throws UntrustedException if it is shut out, or its certificate is void
   */
  public void check(Identity identity, Instant validFrom) throws UntrustedException {
    Instant before = voidBefore.get(identity);
    if (before == null) {
      return;
    }
    if (before.equals(ENTIRELY)) {
      throw new UntrustedException(
          Reason.SHUT_OUT, identity + " is shut out: what it has waits until it is let back in");
    }
    if (validFrom.isBefore(before)) {
      throw new UntrustedException(
          Reason.SUPERSEDED,
          "%s has been enrolled anew, so its certificates from before %s are void"
              .formatted(identity, before));
    }
  }
}
