package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.Membership.Member;
import io.tidemark.gateway.replication.Peers.Address;
import io.tidemark.wire.Names;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a membership becomes. All are functions of the one before, and throw {@link
 * IllegalArgumentException} with what is wrong and what is allowed.
 */
final class MembershipChange {
  private MembershipChange() {}

  /** As the gateways form the cluster. */
  static Membership formed(String cluster, List<Newcomer> founders) {
    return new Membership(
        cluster,
        0,
        founders.stream()
            .sorted(Comparator.comparing(Newcomer::gateway))
            .map(
                founder ->
                    new Member(
                        founder.gateway(),
                        founder.incarnation(),
                        founder.address(),
                        founder.gateway(),
                        false))
            .toList(),
        List.of(),
        List.of());
  }

  /**
   * A gateway that is not in yet, or no more.
   *
   * @param gateway its id
   * @param incarnation that of its data folder
   * @param address where it listens for the others
   */
  record Newcomer(String gateway, String incarnation, Address address) {}

  /** Another data folder in the place of a member's, at the same address or another. */
  static Membership replaced(Membership before, Newcomer by) {
    Member former = member(before, by.gateway());
    if (before.members().size() == 1) {
      throw new IllegalArgumentException(
          "%s is the only gateway, and nobody else has its readings: add two others first"
              .formatted(by.gateway()));
    }
    List<Member> members = new ArrayList<>(before.others(by.gateway()));
    List<String> ended = new ArrayList<>(before.ended());
    String group = former.group();
    if (former.founder()) {
      // Nothing was taken in it yet, and perhaps nobody else has it.
      group = freshGroup(before, by.gateway());
      ended.add(former.group());
    }
    members.add(new Member(by.gateway(), by.incarnation(), by.address(), group, former.founder()));
    return next(before, members, before.leaving(), ended);
  }

  /** Members whose new groups have all members: they take readings from now on. */
  static @Nullable Membership founded(Membership before, List<String> gateways) {
    List<Member> members = new ArrayList<>();
    for (Member member : before.members()) {
      members.add(gateways.contains(member.gateway()) ? member.settled() : member);
    }
    return members.equals(before.members())
        ? null
        : next(before, members, before.leaving(), before.ended());
  }

  /** The only member at another address: with others, it is them who have to find it. */
  static @Nullable Membership moved(Membership before, String gateway, Address address) {
    Member member = member(before, gateway);
    if (before.members().size() > 1 || member.address().equals(address)) {
      return null;
    }
    return next(
        before,
        List.of(
            new Member(gateway, member.incarnation(), address, member.group(), member.founder())),
        before.leaving(),
        before.ended());
  }

  /** More members. */
  static Membership added(Membership before, List<Newcomer> newcomers) {
    List<Member> members = new ArrayList<>(before.members());
    boolean afar = newcomers.stream().anyMatch(newcomer -> !newcomer.address().isLoopback());
    for (Member member : members) {
      if (member.address().port() == 0 || (afar && member.address().isLoopback())) {
        throw new IllegalArgumentException(
            "%s is a member at %s, where the others cannot find it: give it its real address in tidemark.cluster.peers and start it again first"
                .formatted(member.gateway(), member.address()));
      }
    }
    for (Newcomer newcomer : newcomers) {
      if (before.member(newcomer.gateway()) != null) {
        throw new IllegalArgumentException(
            "%s is a member already: to put another data folder in its place, replace it"
                .formatted(newcomer.gateway()));
      }
      members.add(
          new Member(
              newcomer.gateway(),
              newcomer.incarnation(),
              newcomer.address(),
              freshGroup(before, newcomer.gateway()),
              true));
    }
    return next(before, members, before.leaving(), before.ended());
  }

  /** A name that no group had before. */
  private static String freshGroup(Membership before, String gateway) {
    Set<String> taken = new HashSet<>(before.ended());
    taken.addAll(before.groups());
    String name = gateway;
    for (long number = before.generation() + 1; taken.contains(name); number++) {
      name = gateway + "." + number;
    }
    if (!Names.isName(name)) {
      throw new IllegalArgumentException(
          "%s has been a member, and its group cannot be called %s, which is too long: give it another id"
              .formatted(gateway, name));
    }
    return name;
  }

  /** Fewer members; their groups are to be forwarded first. */
  static Membership removed(Membership before, List<String> gateways) {
    List<Member> members = new ArrayList<>(before.members());
    List<String> leaving = new ArrayList<>(before.leaving());
    for (String gateway : gateways) {
      Member member = member(before, gateway);
      if (members.remove(member)) {
        leaving.add(member.group());
      }
    }
    return next(before, members, leaving, before.ended());
  }

  /** Without a group that is forwarded and closed; null if it is not there any more. */
  static @Nullable Membership ended(Membership before, String group) {
    if (!before.leaving().contains(group)) {
      return null;
    }
    List<String> leaving = new ArrayList<>(before.leaving());
    leaving.remove(group);
    List<String> ended = new ArrayList<>(before.ended());
    ended.add(group);
    return next(before, before.members(), leaving, ended);
  }

  private static Member member(Membership before, String gateway) {
    Member member = before.member(gateway);
    if (member == null) {
      throw new IllegalArgumentException(
          "%s is not a member; the members are %s".formatted(gateway, before.line()));
    }
    return member;
  }

  private static Membership next(
      Membership before, List<Member> members, List<String> leaving, List<String> ended) {
    if (!Peers.SIZES.contains(members.size())) {
      throw new IllegalArgumentException(
          "that would make %d gateways, but a cluster has 1, 3 or 5".formatted(members.size()));
    }
    Set<Address> addresses = members.stream().map(Member::address).collect(Collectors.toSet());
    Set<String> ids = members.stream().map(Member::gateway).collect(Collectors.toSet());
    if (ids.size() < members.size()) {
      throw new IllegalArgumentException("a gateway is named twice");
    }
    if (addresses.size() < members.size()) {
      throw new IllegalArgumentException(
          "two gateways would have the same address; the members are " + before.line());
    }
    List<Member> sorted = new ArrayList<>(members);
    sorted.sort(Comparator.comparing(Member::gateway));
    return new Membership(before.cluster(), before.generation() + 1, sorted, leaving, ended);
  }
}
