package io.tidemark.gateway.replication;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a replica whose log could not be written out of its group, until the process is started
 * again.
 *
 * <p>Ratis 3.3.0 would go on with it. What could not be written stays in its memory, where an entry
 * that the leader sends once more is found and answered for, as if it were on the disk
 * (SegmentedRaftLogCache.computeTruncateIndices); later ones are answered for in the same way, and
 * a truncation that was not made counts as made (SegmentedRaftLogWorker.run). As a leader it would
 * stay one, though nothing can be committed by it any more: of what a majority has, it counts only
 * what its own disk has too (RaftLogBase.updateCommitIndex).
 */
final class Withdrawal {
  private static final Logger LOG = LoggerFactory.getLogger(Withdrawal.class);

  private static final long EVICTION_MS = 100;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** In vain only if it cannot be closed at all. */
  private static final Duration CLOSING_MAX = Duration.ofSeconds(5);

  private Withdrawal() {}

  /**
   * Returns when the replica answers nobody any more. To be called by the thread that failed,
   * before it tells anybody of the failure: a leader that heard of it would send the entry again.
   */
  static void from(RaftServer server, RaftGroupId group, Throwable cause) {
    LOG.error("The log of group {} could not be written", group, cause);
    try {
      RaftServer.Division division = server.getDivision(group);
      if (isAlone(division)) {
        return;
      }
      // Both wait for locks that this thread's own caller may be waited for with.
      Thread eviction =
          inBackground("eviction", group, () -> CacheEviction.stop(division.getRaftLog()));
      eviction.join(EVICTION_MS);
      inBackground("withdrawal", group, division::close);
      long deadline = System.nanoTime() + CLOSING_MAX.toNanos();
      while (division.getInfo().isAlive() && System.nanoTime() < deadline) {
        LockSupport.parkNanos(LOOK_NANOS);
      }
    } catch (IOException e) {
      LOG.warn("Group {} is gone already", group, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // its log is being closed
    }
  }

  /** Then nobody asks it, nothing is committed, and what was can still be read and forwarded. */
  private static boolean isAlone(RaftServer.Division division) {
    RaftConfiguration now = division.getRaftConf();
    return now.getCurrentPeers().size() <= 1 && now.getPreviousPeers().isEmpty();
  }

  private static Thread inBackground(String what, RaftGroupId group, Runnable run) {
    Thread thread = new Thread(run, what + "-" + group);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
