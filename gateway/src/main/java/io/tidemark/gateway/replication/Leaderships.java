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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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
  private static final long LOOK_MS = 10;

  /** A follower that is not caught up at that moment declines, and is asked again. */
  private static final long GIVE_BACK_INTERVAL_NANOS = Duration.ofSeconds(2).toNanos();

  private final Neighbours neighbours;
  private final Supplier<@Nullable Membership> membership;
  private final Caller groups;
  private final String self;
  private final AtomicBoolean givingBack = new AtomicBoolean();
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
    /** Asks a follower to stand for election at once. */
    void callElection(RatisLog log, RaftPeerId follower) throws IOException;
  }

  Leaderships(
      String self,
      Neighbours neighbours,
      Supplier<@Nullable Membership> membership,
      Caller groups) {
    this.self = self;
    this.neighbours = neighbours;
    this.membership = membership;
    this.groups = groups;
  }

  @Override
  public CompletionStage<Boolean> stillAt(String group, long term) {
    Membership of = membership.get();
    List<Member> others =
        of == null
            ? List.of()
            : of.members().stream().filter(member -> !member.gateway().equals(self)).toList();
    if (of == null || others.isEmpty()) {
      return CompletableFuture.completedFuture(true);
    }
    CompletableFuture<Boolean> confirmed = new CompletableFuture<>();
    int needed = (others.size() + 1) / 2;
    AtomicInteger agree = new AtomicInteger();
    AtomicInteger open = new AtomicInteger(others.size());
    for (Member other : others) {
      neighbours
          .ask(other.gateway(), other.address())
          .whenComplete(
              (answer, failure) -> {
                if (answer != null
                    && answer.getCluster().equals(of.cluster())
                    && answer.getIncarnation().equals(other.incarnation())
                    && knowsNoLaterTerm(answer, group, term)
                    && agree.incrementAndGet() >= needed) {
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

  /**
   * Hands over the leadership of the groups that this gateway leads, if there is who can take it;
   * returns when that is done, or after a while. For a gateway that stops: so nobody has to find
   * out that it is gone.
   */
  void handOver(List<RatisLog> logs) throws InterruptedException {
    Membership of = membership.get();
    List<Member> others =
        of == null
            ? List.of()
            : of.members().stream().filter(m -> neighbours.recent(m.gateway()) != null).toList();
    long deadline = System.nanoTime() + HAND_OVER_MAX.toNanos();
    for (RatisLog log : logs) {
      for (Member other : others) {
        if (log.leadership() < 0 || System.nanoTime() > deadline) {
          break;
        }
        call(log, other);
        long until = Math.min(deadline, System.nanoTime() + ELECTION_MAX.toNanos());
        while (log.leadership() >= 0 && System.nanoTime() < until) {
          TimeUnit.MILLISECONDS.sleep(LOOK_MS);
        }
      }
    }
  }

  private void call(RatisLog log, Member other) {
    try {
      groups.callElection(log, RaftPeerId.valueOf(other.peer()));
    } catch (IOException | RuntimeException e) {
      // gRPC's are of the second kind.
      LOG.info("{} does not take over group {}: {}", other.gateway(), log.group(), e.getMessage());
    }
  }

  /**
   * Gives the groups that this gateway leads in another's place back to who is there again. Ratis
   * does so by itself only when a group has been idle for seconds. Returns at once; to be called
   * now and then, by one thread.
   */
  void giveBack(List<RatisLog> logs) {
    Membership of = membership.get();
    if (of == null
        || System.nanoTime() - givenBackAt < GIVE_BACK_INTERVAL_NANOS
        || !givingBack.compareAndSet(false, true)) {
      return;
    }
    givenBackAt = System.nanoTime();
    thread.execute(
        () -> {
          try {
            logs.forEach(log -> giveBack(log, of));
          } finally {
            givingBack.set(false);
          }
        });
  }

  private void giveBack(RatisLog log, Membership of) {
    Member preferred = of.member(log.group());
    Greeting greeting = preferred == null ? null : neighbours.recent(preferred.gateway());
    Replica replica = greeting == null ? null : Greetings.replica(greeting, log.group());
    if (preferred != null
        && !preferred.gateway().equals(self)
        && log.leadership() >= 0
        && greeting != null
        && !greeting.getLeaving()
        && replica != null
        && replica.getFailed().isEmpty()) {
      call(log, preferred);
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
