package io.tidemark.deploy.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one gateway says of its whole cluster, as {@code GET /api/v1/cluster} has it.
 *
 * @param cluster the cluster's id
 * @param generation one more with each change of its members
 * @param gateway who says it
 * @param canCommit whether that one can commit
 * @param detail in its words
 * @param members all gateways
 * @param groups all groups that one has: one a gateway, and those of gateways that were removed
 */
public record ClusterState(
    String cluster,
    long generation,
    String gateway,
    boolean canCommit,
    String detail,
    List<Member> members,
    List<Group> groups) {

  /**
   * A gateway of the cluster.
   *
   * @param gateway its id
   * @param address where it is reached by the others
   * @param mqtt where devices connect
   * @param coap where devices send to that speak CoAP
   * @param alive heard of lately
   * @param canCommit as far as is known
   * @param trouble what is wrong with it that only itself sees, in words; empty if nothing is
   * @param self whether it is the one that says this
   */
  public record Member(
      String gateway,
      String address,
      String mqtt,
      String coap,
      boolean alive,
      boolean canCommit,
      String trouble,
      boolean self) {}

  /**
   * The log of one gateway's readings, which all have.
   *
   * @param group named after that gateway
   * @param leader who leads it; null if nobody is known to
   * @param term how often leadership was voted on
   * @param settled whether it has exactly the members it should, as its leader says
   * @param leaving whether its gateway was removed: it ends once ingest has all of it
   * @param committedIndex its last entry that is safe
   * @param forwardedIndex its last entry that ingest has, with all before it
   * @param waitingReadings readings ingest does not have yet
   * @param backlogEntries the entries they are in
   * @param backlogBytes what these take on the disk
   */
  public record Group(
      String group,
      @Nullable String leader,
      long term,
      boolean settled,
      boolean leaving,
      long committedIndex,
      long forwardedIndex,
      long waitingReadings,
      long backlogEntries,
      long backlogBytes) {}

  /** Reads it. What is not there is empty or 0. */
  public static ClusterState of(JsonNode node) {
    List<Member> members = new ArrayList<>();
    for (JsonNode member : node.path("members")) {
      members.add(
          new Member(
              member.path("gateway").asText(),
              member.path("address").asText(),
              member.path("mqtt").asText(),
              member.path("coap").asText(),
              member.path("alive").asBoolean(),
              member.path("canCommit").asBoolean(),
              member.path("trouble").asText(),
              member.path("self").asBoolean()));
    }
    List<Group> groups = new ArrayList<>();
    for (JsonNode group : node.path("groups")) {
      groups.add(
          new Group(
              group.path("group").asText(),
              group.path("leader").isTextual() ? group.path("leader").asText() : null,
              group.path("term").asLong(),
              group.path("settled").asBoolean(),
              group.path("leaving").asBoolean(),
              group.path("committedIndex").asLong(),
              group.path("forwardedIndex").asLong(),
              group.path("waitingReadings").asLong(),
              group.path("backlogEntries").asLong(),
              group.path("backlogBytes").asLong()));
    }
    return new ClusterState(
        node.path("cluster").asText(),
        node.path("generation").asLong(),
        node.path("gateway").asText(),
        node.path("canCommit").asBoolean(),
        node.path("detail").asText(),
        List.copyOf(members),
        List.copyOf(groups));
  }

  /**
   * True if all members are alive, without trouble of their own, and every group has a leader and
   * its members.
   */
  public boolean isWell() {
    return dead().isEmpty()
        && leaderless().isEmpty()
        && troubled().isEmpty()
        && unsettled().isEmpty();
  }

  /** True if it is well and each group is led by the gateway that it is named after. */
  public boolean isAtHome() {
    return isWell() && groups.stream().allMatch(group -> group.group().equals(group.leader()));
  }

  /** Whether a change is done: its generation is known, and all groups have their members. */
  public boolean isDone(long change) {
    return generation >= change && settledCount() >= groupCount();
  }

  /** How many groups have exactly their members. */
  public int settledCount() {
    return groups.size() - unsettled().size();
  }

  /** How many groups there are to be, some of which the gateway that says this may not have yet. */
  public int groupCount() {
    return members.size() + leaving().size();
  }

  /** Whether the gateway that says this is a member still, with the data folder it has. */
  public boolean isOfMember() {
    return members.stream().anyMatch(Member::self);
  }

  /** Groups that have not exactly their members yet, as far as there is a replica here. */
  public List<String> unsettled() {
    return groups.stream().filter(group -> !group.settled()).map(Group::group).toList();
  }

  /** Groups of gateways that were removed. */
  public List<Group> leaving() {
    return groups.stream().filter(Group::leaving).toList();
  }

  private List<String> troubled() {
    return members.stream()
        .filter(member -> !member.trouble().isEmpty())
        .map(member -> "%s has trouble (%s)".formatted(member.gateway(), member.trouble()))
        .toList();
  }

  /** Members that have not been heard of lately. */
  public List<String> dead() {
    return members.stream().filter(member -> !member.alive()).map(Member::gateway).toList();
  }

  private List<String> leaderless() {
    return groups.stream().filter(group -> group.leader() == null).map(Group::group).toList();
  }

  /** A sentence, a table of the members, and one of the groups. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(sentence());
    leaving().forEach(group -> lines.add(farewell(group)));
    lines.add("");
    lines.add(
        "%-9s %-6s %-8s %-22s %-22s %s"
            .formatted("gateway", "alive", "commits", "replication", "MQTT", "CoAP"));
    for (Member member : members) {
      lines.add(
          "%-9s %-6s %-8s %-22s %-22s %s"
              .formatted(
                  member.gateway(),
                  yes(member.alive()),
                  yes(member.canCommit()),
                  member.address(),
                  member.mqtt(),
                  member.coap()));
    }
    lines.add("");
    lines.add(
        "%-9s %-9s %6s %12s %12s %18s %8s %9s"
            .formatted(
                "group",
                "leader",
                "term",
                "committed",
                "forwarded",
                "readings waiting",
                "entries",
                "on disk"));
    for (Group group : groups) {
      lines.add(
          "%-9s %-9s %6d %,12d %,12d %,18d %,8d %,6d kB"
              .formatted(
                  group.group(),
                  group.leader() == null ? "none" : group.leader(),
                  group.term(),
                  group.committedIndex(),
                  group.forwardedIndex(),
                  group.waitingReadings(),
                  group.backlogEntries(),
                  (group.backlogBytes() + 999) / 1_000));
    }
    return List.copyOf(lines);
  }

  /** What is left of a gateway that was removed, in words. */
  public static String farewell(Group group) {
    return "Group %s, whose gateway was removed, ends once ingest has all of it: %,d readings wait."
        .formatted(group.group(), group.waitingReadings());
  }

  private String sentence() {
    String who = "%s says of cluster %s, generation %d: ".formatted(gateway, cluster, generation);
    if (isWell()) {
      return who + "every gateway is alive, every group has a leader and its members.";
    }
    List<String> troubles = new ArrayList<>();
    if (!dead().isEmpty()) {
      troubles.add("not alive: " + String.join(", ", dead()));
    }
    if (!leaderless().isEmpty()) {
      troubles.add("groups without a leader: " + String.join(", ", leaderless()));
    }
    if (!unsettled().isEmpty()) {
      troubles.add("groups without their new members yet: " + String.join(", ", unsettled()));
    }
    troubles.addAll(troubled());
    if (!canCommit) {
      troubles.add("it cannot commit (" + detail + ")");
    }
    return who + String.join("; ", troubles) + ".";
  }

  private static String yes(boolean is) {
    return is ? "yes" : "no";
  }
}
