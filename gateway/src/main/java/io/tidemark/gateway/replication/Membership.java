package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.Peers.Address;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.jspecify.annotations.Nullable;

/**
 * The cluster a data folder belongs to. Each member has a replication group of its own, which it
 * leads by preference; all members are in all groups.
 *
 * <p>Lies in the file {@code cluster}: a line {@code cluster ID}, a line {@code member GATEWAY
 * INCARNATION HOST:PORT} for each, and a line {@code made GROUP} for each group whose log has been
 * made here: from then on its absence is an error.
 *
 * @param cluster 16 hexadecimal digits, minted when it was formed
 * @param members in the order of their ids
 * @param made names of the groups whose logs are here
 */
record Membership(String cluster, List<Member> members, Set<String> made) {
  private static final String FILE = "cluster";
  private static final int PREFERRED = 1;

  /**
   * A gateway of the cluster.
   *
   * @param gateway its id
   * @param incarnation that of its data folder
   * @param address where it listens for the others
   */
  record Member(String gateway, String incarnation, Address address) {
    /** Its id as a peer, in every group. */
    String peer() {
      return gateway + "." + incarnation;
    }
  }

  Membership {
    members = List.copyOf(members);
    made = Set.copyOf(made);
  }

  /**
   * Reads what the folder says.
   *
   * @return null if it belongs to no cluster yet
   * @throws LogStartException if the file cannot be understood
   */
  static @Nullable Membership read(Path dir) throws IOException, LogStartException {
    Path file = dir.resolve(FILE);
    if (!Files.exists(file)) {
      return null;
    }
    String cluster = "";
    List<Member> members = new ArrayList<>();
    Set<String> made = new TreeSet<>();
    try {
      for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
        String[] words = line.split(" ");
        switch (words[0]) {
          case "cluster" -> cluster = words[1];
          case "member" -> members.add(new Member(words[1], words[2], Address.parse(words[3])));
          case "made" -> made.add(words[1]);
          default -> throw new IllegalArgumentException(line);
        }
      }
      if (cluster.isEmpty() || members.isEmpty()) {
        throw new IllegalArgumentException("it names no cluster or no members");
      }
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      throw new LogStartException(
          file + " cannot be understood (" + e.getMessage() + "): put it back from a copy", e);
    }
    return new Membership(cluster, members, made);
  }

  void write(Path dir) throws IOException {
    StringBuilder text = new StringBuilder("cluster " + cluster + "\n");
    for (Member member : members) {
      text.append(
          "member %s %s %s\n".formatted(member.gateway(), member.incarnation(), member.address()));
    }
    new TreeSet<>(made).forEach(group -> text.append("made ").append(group).append('\n'));
    DurableFile.write(dir.resolve(FILE), text.toString());
  }

  Membership withMade(String group) {
    Set<String> more = new TreeSet<>(made);
    more.add(group);
    return new Membership(cluster, members, more);
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

  /** The member that is this peer, if there is one. */
  @Nullable Member peer(RaftPeerId id) {
    for (Member member : members) {
      if (member.peer().equals(id.toString())) {
        return member;
      }
    }
    return null;
  }

  /** The groups' names: those of the members. */
  List<String> groups() {
    return members.stream().map(Member::gateway).toList();
  }

  RaftGroupId groupId(String group) {
    return RaftGroupId.valueOf(
        UUID.nameUUIDFromBytes(
            ("tidemark:" + cluster + ":" + group).getBytes(StandardCharsets.UTF_8)));
  }

  /** A group as Ratis has it, with whom it is named after preferred. */
  RaftGroup group(String group) {
    List<RaftPeer> peers = new ArrayList<>();
    for (Member member : members) {
      peers.add(
          RaftPeer.newBuilder()
              .setId(RaftPeerId.valueOf(member.peer()))
              .setAddress(member.address().toString())
              .setPriority(member.gateway().equals(group) ? PREFERRED : 0)
              .build());
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
