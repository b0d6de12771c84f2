package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.generated.Greeting;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the other members say of their room; one that was never heard has said nothing. */
final class OthersRoom implements Room.Others {
  private final String self;
  private final Neighbours neighbours;
  private final Supplier<@Nullable Membership> membership;

  OthersRoom(String self, Neighbours neighbours, Supplier<@Nullable Membership> membership) {
    this.self = self;
    this.neighbours = neighbours;
    this.membership = membership;
  }

  @Override
  public long maxBytes() {
    long least = Long.MAX_VALUE;
    Membership of = membership.get();
    for (Greeting greeting :
        of == null ? List.<Greeting>of() : neighbours.lastOf(of.others(self))) {
      if (greeting.getLogMaxBytes() > 0) {
        least = Math.min(least, greeting.getLogMaxBytes());
      }
    }
    return least;
  }

  @Override
  public String withoutRoom() {
    Membership of = membership.get();
    if (of == null) {
      return "";
    }
    List<String> without = new ArrayList<>();
    for (Greeting greeting : neighbours.recentOf(of.others(self))) {
      if (!greeting.getNoRoom().isEmpty()) {
        without.add(greeting.getGateway() + ": " + greeting.getNoRoom());
      }
    }
    // Those that are away have none either, but then nothing is committed anyway.
    boolean majorityHas = 2 * without.size() < of.members().size();
    return majorityHas ? "" : String.join("; ", without);
  }
}
