package io.tidemark.gateway.replication;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This gateway's replicas of the cluster's groups, kept to the membership: made for what is new,
 * taken away with what has ended. Of a gateway that is a member no more they stay until the groups
 * have gone on without it, since its voice may be needed for that.
 *
 * <p>Changed by one thread at a time, read by any.
 */
final class Holdings {
  private static final Logger LOG = LoggerFactory.getLogger(Holdings.class);

  private final Path dir;
  private final Identity identity;
  private final Room room;
  private final RatisLog.Majority majority;
  private volatile @Nullable MembershipFile file;
  private volatile @Nullable Agreement agreement;
  private volatile List<RatisLog> logs = List.of();
  private volatile Counts gone = Counts.NONE;
  private volatile Runnable listener = () -> {};

  Holdings(Path dir, Identity identity, Room room, RatisLog.Majority majority) {
    this.dir = dir;
    this.identity = identity;
    this.room = room;
    this.majority = majority;
  }

  /** Opens what is here, and what the membership asks for. */
  void open(Groups groups, MembershipFile found) throws IOException, LogStartException {
    file = found;
    Membership membership = found.membership();
    openMissing(groups, group -> membership.generation() == 0 || groups.isHere(membership, group));
  }

  /**
   * Makes the replicas that are still missing.
   *
   * @param free whether a group has nobody any more in whose place this gateway comes: a former
   *     peer at the same address would be taken for it
   */
  void openMissing(Groups groups, Predicate<String> free) throws IOException, LogStartException {
    MembershipFile now = file;
    if (now == null || now.left()) {
      return;
    }
    Membership membership = now.membership();
    if (agreement == null && free.test(Membership.AGREEMENT)) {
      agreement = groups.openAgreement(membership, now.made().contains(Membership.AGREEMENT));
    }
    for (String group : membership.groups()) {
      if (log(group) == null && free.test(group)) {
        List<RatisLog> more = new ArrayList<>(logs);
        more.add(groups.open(membership, group, now.made().contains(group), room, majority));
        logs = List.copyOf(more);
        listener.run();
      }
    }
  }

  /** Follows a later membership. */
  void adopt(Membership later) throws IOException {
    MembershipFile before = file;
    if (before == null
        || !later.cluster().equals(before.membership().cluster())
        || later.generation() <= before.membership().generation()) {
      return;
    }
    MembershipFile now = before.with(later);
    now.write(dir);
    file = now;
    LOG.info(
        "Cluster {} has its members of generation {}: {}",
        later.cluster(),
        later.generation(),
        later.line());
  }

  /** Takes the groups away that have ended. */
  void dropEnded(Groups groups) throws IOException {
    Membership now = membership();
    for (RatisLog log : logs) {
      if (now != null && now.ended().contains(log.group())) {
        drop(log);
        groups.remove(now, log.group());
      }
    }
  }

  private void drop(RatisLog log) {
    gone = gone.plus(log.counts());
    logs = logs.stream().filter(each -> each != log).toList();
    listener.run();
    log.closing();
  }

  /**
   * Lets go of the replicas that are not needed any more by a cluster that this gateway has left.
   *
   * @param settled whether a group has exactly the members it should
   */
  void letGo(Groups groups, Predicate<String> settled) throws IOException {
    MembershipFile now = file;
    if (now == null || now.membership().has(identity) || now.left()) {
      return;
    }
    Membership membership = now.membership();
    for (RatisLog log : logs) {
      if (settled.test(log.group())) {
        drop(log);
        groups.leave(membership, log.group());
      }
    }
    Agreement agreed = agreement;
    if (agreed != null && settled.test(Membership.AGREEMENT)) {
      agreement = null;
      agreed.replica().closing();
      groups.leave(membership, Membership.AGREEMENT);
    }
    if (logs.isEmpty() && agreement == null) {
      MembershipFile left = now.asLeft();
      left.write(dir);
      file = left;
      LOG.warn("{}", departed(membership, identity));
    }
  }

  /** What is to be said of a gateway that is a member no more. */
  static String departed(Membership membership, Identity identity) {
    return membership.member(identity.gateway()) == null
        ? "gateway %s was removed from cluster %s: stop it. To take it in again, move its data folder away and add it"
            .formatted(identity.gateway(), membership.cluster())
        : "the place of this data folder in cluster %s, as gateway %s, was given to another: stop this one, and use the other"
            .formatted(membership.cluster(), identity.gateway());
  }

  /**
   * Once something is committed in a group, its members are in it too, and it must never be gone.
   */
  void noteMade() throws IOException {
    MembershipFile before = file;
    if (before == null || before.left()) {
      return;
    }
    MembershipFile now = before;
    for (RatisLog log : logs) {
      if (!now.made().contains(log.group()) && log.committedIndex() >= 0) {
        now = now.withMade(log.group());
      }
    }
    Agreement agreed = agreement;
    if (agreed != null
        && !now.made().contains(Membership.AGREEMENT)
        && agreed.replica().appliedIndex() >= 0) {
      now = now.withMade(Membership.AGREEMENT);
    }
    if (!now.equals(before)) {
      now.write(dir);
      file = now;
    }
  }

  /** Called by whoever changes them; before one that is gone closes. */
  void onLogs(Runnable called) {
    listener = called;
  }

  /** Who is in the cluster, as last heard; null before it is known. */
  @Nullable Membership membership() {
    MembershipFile now = file;
    return now == null ? null : now.membership();
  }

  /** The group in which the members agree; null before there is one, and after it is left. */
  @Nullable Agreement agreement() {
    return agreement;
  }

  /** The logs of all groups. */
  List<RatisLog> logs() {
    return logs;
  }

  /** The log of a group; null if it is not here. */
  @Nullable RatisLog log(String group) {
    for (RatisLog log : logs) {
      if (log.group().equals(group)) {
        return log;
      }
    }
    return null;
  }

  /** The replicas of all groups, that of the agreement last. */
  List<RaftReplica> replicas() {
    List<RaftReplica> all = new ArrayList<>();
    logs.forEach(log -> all.add(log.replica()));
    Agreement agreed = agreement;
    if (agreed != null) {
      all.add(agreed.replica());
    }
    return all;
  }

  /** Counted in groups that are gone from here. */
  Counts gone() {
    return gone;
  }

  /** Before the server closes. */
  void closing() {
    logs.forEach(RatisLog::closing);
    Agreement agreed = agreement;
    if (agreed != null) {
      agreed.replica().closing();
    }
  }
}
