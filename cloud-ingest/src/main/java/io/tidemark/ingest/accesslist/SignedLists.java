package io.tidemark.ingest.accesslist;

import io.tidemark.identity.Credential;
import io.tidemark.identity.ListSeal;
import io.tidemark.wire.SignedAccessListCodec;
import jakarta.ws.rs.ClientErrorException;
import jakarta.ws.rs.core.Response;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The access list as gateways get it: signed with what ingest shows of itself, once for each list.
 * Thread-safe.
 */
public final class SignedLists {
  private final Supplier<@Nullable Credential> own;
  private final Clock clock;
  private volatile Signed last = new Signed(null, new byte[0]);

  /**
   * @param of the list, as {@link AccessLists} holds it
   * @param bytes not to be changed
   */
  @SuppressWarnings("ArrayRecordComponent") // it is handed on as it is
  private record Signed(AccessLists.@Nullable Encoded of, byte[] bytes) {}

  /**
   * Signed as of the time of {@code clock}.
   *
   * @param own what ingest shows of itself then; null with security off
   */
  public SignedLists(Supplier<@Nullable Credential> own, Clock clock) {
    this.own = own;
    this.clock = clock;
  }

  /** This list, signed. */
  byte[] of(AccessLists.Encoded list) {
    Signed known = last;
    if (known.of != list) {
      known = new Signed(list, signed(list.bytes()));
      last = known;
    }
    return known.bytes;
  }

  private byte[] signed(byte[] list) {
    Credential by = own.get();
    if (by == null) {
      throw new ClientErrorException(
          "nobody is asked here who it is, and ingest has nothing to sign with: tidemark.security is off",
          Response.Status.CONFLICT);
    }
    try {
      return SignedAccessListCodec.encode(ListSeal.sign(list, by, clock.instant()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("ingest's own key does not sign", e);
    }
  }
}
