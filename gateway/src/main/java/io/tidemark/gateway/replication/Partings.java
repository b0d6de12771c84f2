package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.Membership.Member;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Leaves the connections that this gateway has made to one that is shut out, or whose certificates
 * of before are void. What it then tries to connect again is a handshake, in which the other one is
 * refused or shows what it has now. What the other one has begun, {@link PeerDoor} ends. For one
 * thread.
 */
final class Partings {
  private final @Nullable PeerTls tls;
  private final Neighbours neighbours;
  private final Consumer<String> reconnect;

  /** By gateway, as it was when its connections were last left. */
  private final Map<String, Instant> voidBefore = new HashMap<>();

  /**
   * @param tls null if nothing is encrypted, and nobody can be shut out
   * @param reconnect makes Ratis' connection to a peer anew; returns at once
   */
  Partings(@Nullable PeerTls tls, Neighbours neighbours, Consumer<String> reconnect) {
    this.tls = tls;
    this.neighbours = neighbours;
    this.reconnect = reconnect;
  }

  /** Looks at each of these; to be called again and again. */
  void look(Collection<Member> others) {
    if (tls == null) {
      return;
    }
    for (Member other : others) {
      Instant now = tls.voidBefore(other.gateway());
      Instant before = voidBefore.put(other.gateway(), now);
      if (!now.equals(before == null ? Instant.MIN : before)) {
        tls.lookAgain(other.gateway());
        neighbours.leave(other.address());
        reconnect.accept(other.peer());
      }
    }
  }
}
