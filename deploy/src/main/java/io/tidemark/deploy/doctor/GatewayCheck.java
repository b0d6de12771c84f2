package io.tidemark.deploy.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.cluster.ClusterState;
import io.tidemark.deploy.cluster.ClusterState.Group;
import io.tidemark.deploy.cluster.ClusterState.Member;
import java.io.IOException;

/** What is looked at at a gateway, and what it says of its cluster. For one thread. */
final class GatewayCheck {
  /** A replica that is further behind than that is not only on its way. */
  static final long LAG_MAX_ENTRIES = 1_000;

  /** So many times the least that has to be free is too little. */
  static final int FREE_TIMES_MIN = 4;

  /** The logs are taken for filling up from this part of their bound on. */
  static final double LOG_PART_MAX = 0.5;

  private final Part gateway;
  private final Findings findings;
  private final Facts facts;

  GatewayCheck(Part gateway, Findings findings, Facts facts) {
    this.gateway = gateway;
    this.findings = findings;
    this.facts = facts;
  }

  /** Looks. False if it does not answer as a gateway does. */
  boolean look() throws IOException, InterruptedException {
    if (!gateway.reach(findings)) {
      return false;
    }
    Part.Answer answer = gateway.get("/api/v1/cluster");
    if (!answer.isOk()) {
      Kind kind =
          answer.body().isEmpty() || answer.status() >= 500 ? Kind.NO_ANSWER : Kind.NOT_LET_IN;
      findings.found(kind, gateway.name(), answer.words());
      return false;
    }
    ClusterState state = ClusterState.of(answer.body());
    gateway.call("gateway " + state.gateway());
    facts.asked.add(state.gateway());
    facts.said(gateway.name(), answer.body().path("software").asText(), answer);
    disk(answer.body().path("disk"));
    quorum(state, answer.body());
    return true;
  }

  private void disk(JsonNode disk) {
    long free = disk.path("freeBytes").asLong();
    long least = disk.path("freeMinBytes").asLong();
    long log = disk.path("logBytes").asLong();
    long logMax = disk.path("logMaxBytes").asLong();
    String what = "%s are free, %s have to be".formatted(Bytes.of(free), Bytes.of(least));
    if (free < least) {
      findings.found(Kind.DISK_FULL, gateway.name(), what);
    } else if (free < FREE_TIMES_MIN * least) {
      findings.found(Kind.DISK_LOW, gateway.name(), what);
    } else {
      findings.ok(Check.DISK, gateway.name(), what);
    }
    String taken = "its logs take %s of at most %s".formatted(Bytes.of(log), Bytes.of(logMax));
    if (log > LOG_PART_MAX * logMax) {
      findings.found(Kind.LOG_FILLS, gateway.name(), taken);
    } else {
      findings.ok(Check.DISK, gateway.name(), taken);
    }
  }

  private void quorum(ClusterState state, JsonNode said) {
    for (Member member : state.members()) {
      facts.doors.put(member.gateway(), new Facts.Door(member.mqtt(), member.coap()));
      String where = "gateway " + member.gateway();
      if (!member.alive()) {
        findings.found(Kind.GATEWAY_DOWN, where, gateway.name() + " has not heard of it lately");
      }
      if (!member.trouble().isEmpty()) {
        findings.found(Kind.GATEWAY_TROUBLE, where, member.trouble());
      }
    }
    if (!state.canCommit()) {
      findings.found(Kind.CANNOT_COMMIT, gateway.name(), state.detail());
    }
    for (Group group : state.groups()) {
      if (group.leader() == null) {
        findings.found(
            Kind.NO_LEADER,
            gateway.name(),
            "group %s has no leader that it knows of".formatted(group.group()));
      }
      if (!group.settled()) {
        findings.found(
            Kind.NOT_SETTLED,
            gateway.name(),
            "group %s has not exactly its members".formatted(group.group()));
      }
    }
    for (JsonNode group : said.path("groups")) {
      if (group.path("lag").asLong() > LAG_MAX_ENTRIES) {
        findings.found(
            Kind.MEMBER_BEHIND,
            gateway.name(),
            "%,d entries of group %s are not there yet"
                .formatted(group.path("lag").asLong(), group.path("group").asText()));
      }
    }
    if (state.isWell() && state.canCommit()) {
      findings.ok(
          Check.QUORUM,
          gateway.name(),
          "%d of cluster %s are alive, every group has a leader and its members"
              .formatted(state.members().size(), state.cluster()));
    }
  }
}
