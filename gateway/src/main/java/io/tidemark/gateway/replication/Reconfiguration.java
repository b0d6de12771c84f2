package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.generated.Greeting;
import io.tidemark.gateway.replication.generated.Replica;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the groups that this gateway leads to the membership, one peer at a time, and looks after
 * peers that Ratis would leave without what the others have.
 *
 * <p>One at a time because Ratis 3.3.0 gives up the old half of a joint configuration as soon as a
 * new leader is elected in it (LeaderStateImpl's StartupLogEntry): with one peer more or less the
 * majorities of old and new overlap all the same. Peers go before others come, so that nobody comes
 * to the address of a peer that still counts. A leader is never removed by itself, which can hang
 * (LeaderStateImpl.checkAndUpdateConfiguration closes the server under its lock): it hands over
 * first.
 *
 * <p>Belongs to one thread.
 */
final class Reconfiguration {
  private static final Logger LOG = LoggerFactory.getLogger(Reconfiguration.class);

  /** In a group without traffic Ratis does not notice that a new peer is caught up. */
  private static final long NUDGE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** A new peer that is gone for so long while it is filled up is given up for now. */
  private static final long GONE_NANOS = TimeUnit.SECONDS.toNanos(10);

  /**
   * Looks in a row after which a peer without a sender is believed to be one, and one that has not
   * all of a log at rest to need a nudge: longer than what peers say of themselves is old.
   */
  private static final int LOOKS = 6;

  /** Hands a group over. */
  interface HandOver {
    /** Asks another member to lead the group; returns at once. */
    void begin(RaftReplica replica, Membership of);
  }

  private final RaftPeerId self;
  private final Function<String, @Nullable Greeting> recent;
  private final HandOver handOver;
  private final Map<String, Long> nudged = new HashMap<>();
  private final Map<String, Integer> forgotten = new HashMap<>();
  private final Map<String, Rest> rests = new HashMap<>();

  /**
   * A group at rest, though a peer has not all of it.
   *
   * @param applied index of the last entry that is committed and applied here
   * @param looks for how many it has been so
   */
  private record Rest(long applied, int looks) {}

  /**
   * For the groups of one gateway.
   *
   * @param recent what a gateway said of itself a moment ago; null if it has not been heard since
   */
  Reconfiguration(RaftPeerId self, Function<String, @Nullable Greeting> recent, HandOver handOver) {
    this.self = self;
    this.recent = recent;
    this.handOver = handOver;
  }

  /** Looks after one group; to be called again and again. Returns soon. */
  void look(Membership of, RaftReplica replica) {
    if (!replica.leads()) {
      replica.passesNoMore();
      return;
    }
    List<RaftPeer> wanted = of.peers();
    if (!replica.passingTo().isEmpty()) {
      attend(replica, wanted);
    } else if (replica.isStable()) {
      lookForForgotten(replica);
      lookForShort(replica);
      step(of, replica, wanted);
    }
  }

  private void step(Membership of, RaftReplica replica, List<RaftPeer> wanted) {
    List<RaftPeer> next = next(replica.peers(), wanted, self, peer -> isReady(peer, replica));
    if (next != null) {
      LOG.info(
          "Group {} passes to the members {}",
          replica.group(),
          next.stream().map(RaftPeer::getId).toList());
      replica.passTo(next);
    } else if (wanted.stream().noneMatch(peer -> peer.getId().equals(self))) {
      handOver.begin(replica, of);
    }
  }

  /** Whether a peer is there with a sound replica of the group. */
  private boolean isReady(RaftPeer peer, RaftReplica replica) {
    Membership.Member member = Membership.Member.of(peer);
    Greeting greeting = recent.apply(member.gateway());
    Replica theirs = greeting == null ? null : Greetings.replica(greeting, replica.group());
    return theirs != null
        && theirs.getFailed().isEmpty()
        && greeting.getIncarnation().equals(member.incarnation());
  }

  /**
   * The next step from the present peers to those that are wanted. There are never more than one
   * less than wanted, so that what is committed is on as many disks; and nobody who is there goes
   * while the others that are there are no majority without it.
   *
   * @param ready whether a peer is there, with a replica of the group
   * @return null if there is none now: all are there, a new one is not ready, or the leader is not
   *     wanted and has to hand over first
   */
  static @Nullable List<RaftPeer> next(
      Collection<RaftPeer> now,
      Collection<RaftPeer> wanted,
      RaftPeerId leader,
      Predicate<RaftPeer> ready) {
    Map<RaftPeerId, RaftPeer> newcomers = new LinkedHashMap<>();
    wanted.forEach(peer -> newcomers.put(peer.getId(), peer));
    List<RaftPeer> peers = new ArrayList<>();
    List<RaftPeer> unwanted = new ArrayList<>();
    for (RaftPeer peer : now) {
      RaftPeer aim = newcomers.remove(peer.getId());
      peers.add(aim == null ? peer : aim);
      if (aim == null) {
        unwanted.add(peer);
      }
    }
    if (now.stream().anyMatch(peer -> peer.getPriority() != 0)) {
      return now.stream().map(Reconfiguration::asAnyOther).toList(); // a group of before
    }
    Predicate<RaftPeer> there = peer -> peer.getId().equals(leader) || ready.test(peer);
    if (peers.size() >= wanted.size()) {
      unwanted.removeIf(peer -> peer.getId().equals(leader) || !canGo(peer, peers, there));
      unwanted.sort(Comparator.comparing(there::test)); // who is away first
      for (RaftPeer peer : unwanted) {
        return without(peer, peers);
      }
    }
    for (RaftPeer newcomer : newcomers.values()) {
      if (peers.size() < wanted.size() && there.test(newcomer)) {
        peers.add(newcomer);
        return peers;
      }
    }
    return null;
  }

  private static RaftPeer asAnyOther(RaftPeer peer) {
    return RaftPeer.newBuilder(peer).setPriority(0).build();
  }

  private static boolean canGo(RaftPeer peer, List<RaftPeer> peers, Predicate<RaftPeer> there) {
    List<RaftPeer> others = without(peer, peers);
    return 2 * others.stream().filter(there).count() > others.size();
  }

  private static List<RaftPeer> without(RaftPeer peer, List<RaftPeer> peers) {
    return peers.stream().filter(other -> other != peer).toList();
  }

  /** While it passes to other peers: Ratis waits for a new one for ever, and may miss it. */
  private void attend(RaftReplica replica, List<RaftPeer> wanted) {
    for (RaftPeer peer : replica.passingTo()) {
      boolean isNew = replica.peers().stream().noneMatch(p -> p.getId().equals(peer.getId()));
      boolean isWanted = wanted.stream().anyMatch(aim -> aim.getId().equals(peer.getId()));
      if (isNew
          && (!isWanted || (replica.passingNanos() > GONE_NANOS && !isReady(peer, replica)))) {
        LOG.warn(
            "Group {} does not wait for {} any more; another leader goes on",
            replica.group(),
            peer.getId());
        replica.stepDown();
        return;
      }
    }
    long now = System.nanoTime();
    Long last = nudged.get(replica.group());
    if (replica.passingNanos() > NUDGE_NANOS && (last == null || now - last > NUDGE_NANOS)) {
      nudged.put(replica.group(), now);
      replica.appendNothing();
    }
  }

  /** Ratis can lose the sender of a peer that it has taken in: then another leader has one. */
  private void lookForForgotten(RaftReplica replica) {
    if (replica.sendsToAll()) {
      forgotten.remove(replica.group());
    } else if (forgotten.merge(replica.group(), 1, Integer::sum) >= LOOKS) {
      forgotten.remove(replica.group());
      LOG.warn(
          "Group {} has a member that is sent nothing; another leader goes on", replica.group());
      replica.stepDown();
    }
  }

  /**
   * A follower that has less than it once had, as with a folder of before, is sent that by Ratis
   * only with the next entry: from a heartbeat that does not fit its leader learns nothing
   * (LogAppenderBase.getNextIndexForInconsistency), and the follower no leader's commit.
   */
  private void lookForShort(RaftReplica replica) {
    long applied = replica.appliedIndex();
    Rest before = rests.get(replica.group());
    if (replica.peers().stream().noneMatch(peer -> isShort(peer, replica.group(), applied))) {
      rests.remove(replica.group());
    } else if (before == null || before.applied() != applied) {
      rests.put(replica.group(), new Rest(applied, 1));
    } else if (before.looks() < LOOKS) {
      rests.put(replica.group(), new Rest(applied, before.looks() + 1));
    } else {
      rests.remove(replica.group());
      replica.appendNothing();
    }
  }

  /**
   * By its own word; one that has not been heard of lately, or that an entry does not help, is not.
   */
  private boolean isShort(RaftPeer peer, String group, long applied) {
    Greeting greeting = recent.apply(Membership.Member.of(peer).gateway());
    Replica theirs = greeting == null ? null : Greetings.replica(greeting, group);
    return theirs != null
        && theirs.getFailed().isEmpty()
        && theirs.getStalled().isEmpty()
        && theirs.hasApplied()
        && theirs.getApplied() < applied;
  }

  /** Whether a group has exactly its members, by what its leader says of it. */
  static boolean isSettled(@Nullable Replica leaders, Membership of) {
    return leaders != null
        && leaders.getPeersCount() == of.members().size()
        && of.members().stream().allMatch(m -> leaders.getPeersList().contains(m.peer()));
  }

  /** Whether a group has not the member's peer, or has those of all other members. */
  static boolean canReplace(@Nullable Replica leaders, Membership of, Membership.Member member) {
    List<String> peers = leaders == null ? List.of() : leaders.getPeersList();
    return !peers.isEmpty()
        && (!peers.contains(member.peer())
            || of.others(member.gateway()).stream()
                .allMatch(other -> peers.contains(other.peer())));
  }

  /** Whether a group has no peer in whose place this gateway comes. */
  static boolean isFree(@Nullable Replica leaders, Identity identity) {
    return leaders != null
        && leaders.getPeersCount() > 0
        && leaders.getPeersList().stream()
            .noneMatch(
                other ->
                    !other.equals(identity.peer())
                        && other.substring(0, other.lastIndexOf('.')).equals(identity.gateway()));
  }
}
