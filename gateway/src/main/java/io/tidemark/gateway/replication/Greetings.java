package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.Peers.Address;
import io.tidemark.gateway.replication.generated.Greeting;
import io.tidemark.gateway.replication.generated.Leadership;
import io.tidemark.gateway.replication.generated.Member;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What greetings say, in this room's own types. */
final class Greetings {
  private Greetings() {}

  /** The cluster that a greeting tells of. */
  static Membership membership(Greeting greeting) throws LogStartException {
    try {
      return new Membership(
          greeting.getCluster(),
          greeting.getMembersList().stream()
              .map(
                  member ->
                      new Membership.Member(
                          member.getGateway(),
                          member.getIncarnation(),
                          Address.parse(member.getAddress())))
              .toList(),
          Set.of());
    } catch (IllegalArgumentException e) {
      throw new LogStartException(
          "what gateway %s says of its cluster cannot be understood: %s"
              .formatted(greeting.getGateway(), e.getMessage()),
          e);
    }
  }

  static Member member(Membership.Member member) {
    return Member.newBuilder()
        .setGateway(member.gateway())
        .setIncarnation(member.incarnation())
        .setAddress(member.address().toString())
        .build();
  }

  static Member listed(Map.Entry<String, Address> listed) {
    return Member.newBuilder()
        .setGateway(listed.getKey())
        .setAddress(listed.getValue().toString())
        .build();
  }

  /** What it says of a group that it leads; null if it does not. */
  static @Nullable Leadership leadership(Greeting greeting, String group) {
    for (Leadership leads : greeting.getLeadsList()) {
      if (leads.getGroup().equals(group)) {
        return leads;
      }
    }
    return null;
  }
}
