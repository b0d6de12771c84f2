package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.Peers.Address;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.jspecify.annotations.Nullable;

/**
 * Who is in the cluster, as its members have agreed. Each member has a replication group of its
 * own, which it leads by preference; all members are in all groups.
 *
 * @param cluster 16 hexadecimal digits, minted when it was formed
 * @param generation 0 as it was formed, and one more with each change
 * @param members in the order of their ids
 * @param leaving names of the groups whose member was removed: they live until all that is
 *     committed in them is forwarded
 * @param ended names of the groups that have been, which no other group may have: ingest knows them
 */
record Membership(
    String cluster,
    long generation,
    List<Member> members,
    List<String> leaving,
    List<String> ended) {
  /** Name of the group in which the members agree on this; no gateway can have it. */
  static final String AGREEMENT = "@members";

  private static final String FOUNDER = "founder";

  /**
   * A gateway of the cluster.
   *
   * @param gateway its id
   * @param incarnation that of its data folder
   * @param address where it listens for the others
   * @param group name of the group it leads by preference
   * @param founder whether it has been added, and makes that group by itself: it takes nothing
   *     before all members have it
   */
  record Member(
      String gateway, String incarnation, Address address, String group, boolean founder) {

    /** Its id as a peer, in every group. */
    String peer() {
      return Identity.peer(gateway, incarnation);
    }

    /** The same once its group has all members. */
    Member settled() {
      return new Member(gateway, incarnation, address, group, false);
    }

    /** As a Raft group's configuration has it; the name of its own group is not in there. */
    static Member of(RaftPeer peer) {
      String id = peer.getId().toString();
      int dot = id.lastIndexOf('.');
      return new Member(
          id.substring(0, dot), id.substring(dot + 1), Address.parse(peer.getAddress()), "", false);
    }
  }

  Membership {
    members = List.copyOf(members);
    leaving = List.copyOf(leaving);
    ended = List.copyOf(ended);
  }

  /**
   * Parses what {@link #lines} gives.
   *
   * @throws IllegalArgumentException if it cannot be understood
   */
  static Membership parse(List<String> lines) {
    String cluster = "";
    long generation = 0;
    List<Member> members = new ArrayList<>();
    List<String> leaving = new ArrayList<>();
    List<String> ended = new ArrayList<>();
    for (String line : lines) {
      String[] words = line.split(" ", -1);
      try {
        switch (words[0]) {
          case "cluster" -> {
            cluster = words[1];
            generation = Long.parseLong(words[2]);
          }
          case "member" ->
              members.add(
                  new Member(
                      words[1],
                      words[2],
                      Address.parse(words[3]),
                      words[4],
                      words[5].equals(FOUNDER)));
          case "leaving" -> leaving.add(words[1]);
          case "ended" -> ended.add(words[1]);
          default -> throw new IllegalArgumentException("\"" + line + "\" says nothing of it");
        }
      } catch (ArrayIndexOutOfBoundsException e) {
        throw new IllegalArgumentException("\"" + line + "\" has too few words", e);
      }
    }
    if (cluster.isEmpty() || members.isEmpty()) {
      throw new IllegalArgumentException("it names no cluster or no members");
    }
    return new Membership(cluster, generation, members, leaving, ended);
  }

  /** As it is written down and agreed on. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("cluster %s %d".formatted(cluster, generation));
    for (Member member : members) {
      lines.add(
          String.join(
              " ",
              "member",
              member.gateway(),
              member.incarnation(),
              member.address().toString(),
              member.group(),
              member.founder() ? FOUNDER : "-"));
    }
    leaving.forEach(group -> lines.add("leaving " + group));
    ended.forEach(group -> lines.add("ended " + group));
    return lines;
  }

  /** The member with this id, if there is one. */
  @Nullable Member member(String gateway) {
    for (Member member : members) {
      if (member.gateway().equals(gateway)) {
        return member;
      }
    }
    return null;
  }

  /** Whether this gateway with this data folder is a member. */
  boolean has(Identity identity) {
    Member member = member(identity.gateway());
    return member != null && member.incarnation().equals(identity.incarnation());
  }

  /** The member that leads a group by preference; null for one whose member was removed. */
  @Nullable Member preferred(String group) {
    for (Member member : members) {
      if (member.group().equals(group)) {
        return member;
      }
    }
    return null;
  }

  /** Whether a group is being made, so that all hangs on its first member. */
  boolean isFounding(String group) {
    Member member = preferred(group);
    return member != null && member.founder();
  }

  /** All members but this one. */
  List<Member> others(String gateway) {
    return members.stream().filter(member -> !member.gateway().equals(gateway)).toList();
  }

  /** The names of the groups that have entries: those of the members, and those that leave. */
  List<String> groups() {
    return Stream.concat(members.stream().map(Member::group), leaving.stream()).toList();
  }

  /** The names of all groups, that of the agreement last. */
  List<String> allGroups() {
    return Stream.concat(groups().stream(), Stream.of(AGREEMENT)).toList();
  }

  RaftGroupId groupId(String group) {
    return RaftGroupId.valueOf(
        UUID.nameUUIDFromBytes(
            ("tidemark:" + cluster + ":" + group).getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Who is to be in every group, as Ratis has it. None has a higher priority there: while such a
   * peer is silent, two rounds of votes wait for it in vain.
   */
  List<RaftPeer> peers() {
    List<RaftPeer> peers = new ArrayList<>();
    for (Member member : members) {
      peers.add(
          RaftPeer.newBuilder()
              .setId(RaftPeerId.valueOf(member.peer()))
              .setAddress(member.address().toString())
              .build());
    }
    return peers;
  }

  /**
   * A group to be made here: with all its members as the cluster is formed, with itself by the
   * gateway whose group it is to be, and otherwise with nobody, so that it votes only once its
   * leader has taken it in.
   */
  RaftGroup toMake(String group, Identity here) {
    List<RaftPeer> peers = generation == 0 ? peers() : List.of();
    Member member = preferred(group);
    if (generation > 0 && member != null && member.founder() && has(here)) {
      peers =
          peers().stream()
              .filter(peer -> peer.getId().toString().equals(member.peer()))
              .filter(peer -> peer.getId().toString().equals(here.peer()))
              .toList();
    }
    return RaftGroup.valueOf(groupId(group), peers);
  }

  /** The members as they are written in the settings. */
  String line() {
    return members.stream()
        .map(member -> member.gateway() + "=" + member.address())
        .collect(Collectors.joining(","));
  }
}
