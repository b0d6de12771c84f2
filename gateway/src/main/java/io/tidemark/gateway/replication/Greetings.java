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
import org.jspecify.annotations.Nullable;

/** What greetings say, in this room's own types. */
final class Greetings {
  private Greetings() {}

  /**
   * Who is in the cluster that a greeting tells of; null if it tells of none.
   *
   * @throws IllegalArgumentException if it cannot be understood
   */
  static @Nullable Membership membership(Greeting greeting) {
    if (greeting.getCluster().isEmpty()) {
      return null;
    }
    Membership told = Membership.parse(greeting.getMembership().getLinesList());
    if (!told.cluster().equals(greeting.getCluster())) {
      throw new IllegalArgumentException("it tells of cluster " + told.cluster());
    }
    return told;
  }

  /** The same; null also if it cannot be understood, as one of a later version. */
  static @Nullable Membership understood(Greeting greeting) {
    try {
      return membership(greeting);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  static io.tidemark.gateway.replication.generated.Membership membership(Membership told) {
    return io.tidemark.gateway.replication.generated.Membership.newBuilder()
        .addAllLines(told.lines())
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

  /** How a gateway's own replica of a log is. */
  static Replica replica(RatisLog log) {
    State state = log.state();
    boolean full = state.role() == State.Role.FULL;
    return replica(log.replica()).toBuilder()
        .setLeads(full || state.role() == State.Role.LEADING)
        .setFull(full ? state.detail() : "")
        .setFailed(state.role() == State.Role.FAILED ? state.detail() : "")
        .setStalled(log.stalled())
        .build();
  }

  /** How a gateway's own replica of the agreement is. */
  static Replica replica(Agreement agreement) {
    return replica(agreement.replica()).toBuilder().setFailed(agreement.failure()).build();
  }

  /** How a gateway's own replica of any group is. */
  static Replica replica(RaftReplica replica) {
    Replica.Builder told =
        Replica.newBuilder()
            .setGroup(replica.group())
            .setTerm(replica.term())
            .setFailed(replica.closed())
            .setLeads(replica.leads())
            .setApplied(replica.appliedIndex());
    if (replica.leads() && replica.isStable()) {
      replica.peers().forEach(peer -> told.addPeers(peer.getId().toString()));
    }
    return told.build();
  }

  /** What is wrong with a gateway that only itself can see, in words; empty if nothing is. */
  static String trouble(Greeting greeting) {
    List<String> troubles = new ArrayList<>();
    for (Replica replica : greeting.getReplicasList()) {
      if (!replica.getFailed().isEmpty()) {
        troubles.add("group " + replica.getGroup() + ": " + replica.getFailed());
      }
      if (!replica.getStalled().isEmpty()) {
        troubles.add(replica.getStalled());
      }
    }
    if (!greeting.getNoRoom().isEmpty()) {
      troubles.add(greeting.getNoRoom());
    }
    return String.join("; ", troubles);
  }
}
