package io.tidemark.deploy.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one gateway says of its whole cluster, as {@code GET /api/v1/cluster} has it.
 *
 * @param cluster the cluster's id
 * @param gateway who says it
 * @param canCommit whether that one can commit
 * @param detail in its words
 * @param members all gateways
 * @param groups all groups, one a gateway
 */
public record ClusterState(
    String cluster,
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
   */
  public record Member(
      String gateway,
      String address,
      String mqtt,
      String coap,
      boolean alive,
      boolean canCommit,
      String trouble) {}

  /**
   * The log of one gateway's readings, which all have.
   *
   * @param group named after that gateway
   * @param leader who leads it; null if nobody is known to
   * @param term how often leadership was voted on
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
              member.path("trouble").asText()));
    }
    List<Group> groups = new ArrayList<>();
    for (JsonNode group : node.path("groups")) {
      groups.add(
          new Group(
              group.path("group").asText(),
              group.path("leader").isTextual() ? group.path("leader").asText() : null,
              group.path("term").asLong(),
              group.path("committedIndex").asLong(),
              group.path("forwardedIndex").asLong(),
              group.path("waitingReadings").asLong(),
              group.path("backlogEntries").asLong(),
              group.path("backlogBytes").asLong()));
    }
    return new ClusterState(
        node.path("cluster").asText(),
        node.path("gateway").asText(),
        node.path("canCommit").asBoolean(),
        node.path("detail").asText(),
        List.copyOf(members),
        List.copyOf(groups));
  }

  /** True if all members are alive, without trouble of their own, and every group has a leader. */
  public boolean isWell() {
    return dead().isEmpty() && leaderless().isEmpty() && troubled().isEmpty();
  }

  private List<String> troubled() {
    return members.stream()
        .filter(member -> !member.trouble().isEmpty())
        .map(member -> "%s has trouble (%s)".formatted(member.gateway(), member.trouble()))
        .toList();
  }

  private List<String> dead() {
    return members.stream().filter(member -> !member.alive()).map(Member::gateway).toList();
  }

  private List<String> leaderless() {
    return groups.stream().filter(group -> group.leader() == null).map(Group::group).toList();
  }

  /** A sentence, a table of the members, and one of the groups. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(sentence());
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

  private String sentence() {
    String who = "%s says of cluster %s: ".formatted(gateway, cluster);
    if (isWell()) {
      return who + "every gateway is alive, every group has a leader.";
    }
    List<String> troubles = new ArrayList<>();
    if (!dead().isEmpty()) {
      troubles.add("not alive: " + String.join(", ", dead()));
    }
    if (!leaderless().isEmpty()) {
      troubles.add("groups without a leader: " + String.join(", ", leaderless()));
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
