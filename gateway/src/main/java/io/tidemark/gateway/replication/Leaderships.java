package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.Membership.Member;
import io.tidemark.gateway.replication.generated.Greeting;
import io.tidemark.gateway.replication.generated.Replica;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.ratis.protocol.RaftPeerId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who leads which group, as far as this gateway has a say in it: hands over what it leads, gives
 * back what is another's by preference, and finds out whether it still leads. Thread-safe.
 */
final class Leaderships implements AutoCloseable, RatisLog.Majority {
  private static final Logger LOG = LoggerFactory.getLogger(Leaderships.class);
  private static final Duration HAND_OVER_MAX = Duration.ofSeconds(3);
  private static final Duration ELECTION_MAX = Duration.ofSeconds(1);

  /** In which what is under way when a group is given back has to be committed. */
  private static final Duration REST_MAX = Duration.ofSeconds(1);

  /**
   * As long as a candidate asks for votes: whoever lets it stand, and appends anything before it
   * has been asked, makes the candidate's log too short.
   */
  private static final Duration VOTES_MAX = RatisSettings.TIMEOUT_MAX;

  private static final long LOOK_MS = 10;

  /** A follower that is not caught up at that moment declines, and is asked again. */
  private static final long GIVE_BACK_INTERVAL_NANOS = Duration.ofSeconds(2).toNanos();

  private final Neighbours neighbours;
  private final Supplier<@Nullable Membership> membership;
  private final Caller groups;
  private final String self;
  private final AtomicBoolean givingBack = new AtomicBoolean();
  private final AtomicBoolean handingOver = new AtomicBoolean();
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread made = new Thread(task, "leaderships");
            made.setDaemon(true);
            return made;
          });
  private long givenBackAt = System.nanoTime();

  /** Who calls an election; blocks. */
  interface Caller {
    /**
     * Asks a follower to stand for election at once.
     *
     * @return false if it declines, as it lacks an entry
     */
    boolean callElection(RaftReplica replica, RaftPeerId follower) throws IOException;
  }

  /**
   * For one gateway.
   *
   * @param membership gives the latest it knows of; what is reported is by that or a later one
   */
  Leaderships(
      String self,
      Neighbours neighbours,
      Supplier<@Nullable Membership> membership,
      Caller groups) {
    this.self = self;
    this.membership = membership;
    this.neighbours = neighbours;
    this.groups = groups;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Of the group's own configuration, by which its leader is elected; while it changes, of both.
   */
  @Override
  public CompletionStage<Boolean> stillAt(RaftReplica replica, long term) {
    CompletionStage<Boolean> all = CompletableFuture.completedFuture(true);
    for (List<Member> voters : replica.configuration()) {
      all = all.thenCombine(majority(voters, replica.group(), term), Boolean::logicalAnd);
    }
    return all;
  }

  private CompletionStage<Boolean> majority(List<Member> voters, String group, long term) {
    List<Member> others = voters.stream().filter(voter -> !voter.gateway().equals(self)).toList();
    AtomicInteger needed =
        new AtomicInteger(voters.size() / 2 + 1 - (voters.size() - others.size()));
    if (needed.get() <= 0) {
      return CompletableFuture.completedFuture(true);
    }
    CompletableFuture<Boolean> confirmed = new CompletableFuture<>();
    AtomicInteger open = new AtomicInteger(others.size());
    for (Member other : others) {
      neighbours
          .ask(other)
          .whenComplete(
              (answer, failure) -> {
                if (answer != null
                    && knowsNoLaterTerm(answer, group, term)
                    && knowsNoOtherGroups(answer)
                    && needed.decrementAndGet() == 0) {
                  confirmed.complete(true);
                }
                if (open.decrementAndGet() == 0) {
                  confirmed.complete(false);
                }
              });
    }
    return confirmed;
  }

  private static boolean knowsNoLaterTerm(Greeting answer, String group, long term) {
    Replica replica = Greetings.replica(answer, group);
    return replica != null && replica.getTerm() <= term;
  }

  /** What is told to ingest names all groups in which something may be committed by then. */
  private boolean knowsNoOtherGroups(Greeting answer) {
    Membership theirs = Greetings.understood(answer);
    Membership ours = membership.get();
    return theirs != null && ours != null && theirs.generation() <= ours.generation();
  }

  /**
   * Hands over the leadership of the groups that this gateway leads, if there is who can take it;
   * returns when that is done, or after a while. For a gateway that stops: so nobody has to find
   * out that it is gone.
   */
  void handOverAll(Membership of, List<RaftReplica> replicas) throws InterruptedException {
    List<Member> others = present(of);
    long deadline = System.nanoTime() + HAND_OVER_MAX.toNanos();
    for (RaftReplica replica : replicas) {
      if (!replica.isLeader() || others.isEmpty()) {
        continue;
      }
      for (Member other : others) {
        if (!replica.isLeader() || System.nanoTime() > deadline) {
          break;
        }
        call(replica, other);
        long left = deadline - System.nanoTime();
        await(replica::follows, Math.min(left, ELECTION_MAX.toNanos()));
      }
    }
  }

  /** False if it is not done in time. */
  private static boolean await(BooleanSupplier done, long nanos) throws InterruptedException {
    long until = System.nanoTime() + nanos;
    while (!done.getAsBoolean()) {
      if (System.nanoTime() - until >= 0) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MS);
    }
    return true;
  }

  private List<Member> present(Membership of) {
    return of.others(self).stream()
        .filter(member -> neighbours.recent(member.gateway()) != null)
        .toList();
  }

  /** Asks one member or another to take over a group that this gateway may lead no longer. */
  void handOver(RaftReplica replica, Membership of) {
    List<Member> able =
        present(of).stream().filter(member -> isSound(member, replica.group())).toList();
    if (!able.isEmpty() && handingOver.compareAndSet(false, true)) {
      Member one = able.get(ThreadLocalRandom.current().nextInt(able.size()));
      thread.execute(
          () -> {
            try {
              call(replica, one);
            } finally {
              handingOver.set(false);
            }
          });
    }
  }

  private boolean isSound(Member member, String group) {
    Greeting greeting = neighbours.recent(member.gateway());
    Replica replica = greeting == null ? null : Greetings.replica(greeting, group);
    return replica != null && replica.getFailed().isEmpty() && replica.getStalled().isEmpty();
  }

  private boolean call(RaftReplica replica, Member other) {
    try {
      return groups.callElection(replica, RaftPeerId.valueOf(other.peer()));
    } catch (IOException | RuntimeException e) {
      // gRPC's are of the second kind.
      LOG.info(
          "{} does not take over group {}: {}", other.gateway(), replica.group(), e.getMessage());
      return false;
    }
  }

  /**
   * Gives the groups that this gateway leads in another's place back to who is there again. To
   * Ratis all are equal (see {@link Membership#peers}). Returns at once; to be called now and then,
   * by one thread.
   */
  void giveBack(Membership of, List<RatisLog> logs) {
    if (System.nanoTime() - givenBackAt < GIVE_BACK_INTERVAL_NANOS
        || !givingBack.compareAndSet(false, true)) {
      return;
    }
    givenBackAt = System.nanoTime();
    thread.execute(
        () -> {
          try {
            logs.forEach(log -> giveBackIfItIsThere(log, of.preferred(log.group())));
          } finally {
            givingBack.set(false);
          }
        });
  }

  private void giveBackIfItIsThere(RatisLog log, @Nullable Member preferred) {
    Greeting greeting = preferred == null ? null : neighbours.recent(preferred.gateway());
    RaftReplica replica = log.replica();
    if (preferred != null
        && !preferred.gateway().equals(self)
        && log.leadership() >= 0
        && replica.isStable()
        && replica.passingTo().isEmpty()
        && replica.peers().stream()
            .anyMatch(peer -> peer.getId().toString().equals(preferred.peer()))
        && greeting != null
        && !greeting.getLeaving()
        && isSound(preferred, log.group())) {
      giveBack(log, preferred);
    }
  }

  /**
   * Holds back what comes in until it is decided, which takes milliseconds as a rule. Nobody is
   * asked to stand while something is still being appended: it is tried again later.
   */
  private void giveBack(RatisLog log, Member preferred) {
    RaftReplica replica = log.replica();
    log.holdBack();
    try {
      if (await(log::isAtRest, REST_MAX.toNanos()) && call(replica, preferred)) {
        await(() -> !replica.isLeader(), VOTES_MAX.toNanos());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it closes
    } finally {
      log.goOn();
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
