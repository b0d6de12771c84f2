package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.Peers.Address;
import io.tidemark.gateway.replication.generated.Greeting;
import io.tidemark.gateway.replication.generated.Member;
import io.tidemark.gateway.replication.generated.Proposal;
import io.tidemark.gateway.replication.generated.Replica;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.Limits;
import io.tidemark.wire.WireFormatException;
import java.util.ArrayList;
import java.util.List;
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

  /** What it says of its replica of a group; null if it says nothing. */
  static @Nullable Replica replica(Greeting greeting, String group) {
    for (Replica replica : greeting.getReplicasList()) {
      if (replica.getGroup().equals(group)) {
        return replica;
      }
    }
    return null;
  }

  /** What is wrong with a proposal; empty if nothing is. What got into a log would stay in it. */
  static String problem(Proposal proposal) {
    if (proposal.getReadings() < 0) {
      return "more readings than an entry can have";
    }
    if (proposal.getEntry().size() > Limits.ENTRY_MAX_BYTES) {
      return "an entry may have %d bytes, but this has %d"
          .formatted(Limits.ENTRY_MAX_BYTES, proposal.getEntry().size());
    }
    try {
      ForwardCodec.decodeEntry(proposal.getEntry().toByteArray());
      return "";
    } catch (WireFormatException e) {
      return "not an entry: " + e.getMessage();
    }
  }

  /** How a gateway's own replica is. */
  static Replica replica(RatisLog log) {
    State state = log.state();
    boolean full = state.role() == State.Role.FULL;
    return Replica.newBuilder()
        .setGroup(log.group())
        .setTerm(log.term())
        .setLeads(full || state.role() == State.Role.LEADING)
        .setFull(full ? state.detail() : "")
        .setFailed(state.role() == State.Role.FAILED ? state.detail() : "")
        .build();
  }

  /** What is wrong with a gateway that only itself can see, in words; empty if nothing is. */
  static String trouble(Greeting greeting) {
    List<String> troubles = new ArrayList<>();
    for (Replica replica : greeting.getReplicasList()) {
      if (!replica.getFailed().isEmpty()) {
        troubles.add("group " + replica.getGroup() + ": " + replica.getFailed());
      }
    }
    if (!greeting.getNoRoom().isEmpty()) {
      troubles.add(greeting.getNoRoom());
    }
    return String.join("; ", troubles);
  }
}
