package io.tidemark.gateway.replication;

import java.lang.reflect.Field;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.util.AwaitToRun;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread in which Ratis empties its cache of entries.
 *
 * <p>Ratis 3.3.0 ends it while it holds the log's write lock, which that thread may be waiting for:
 * then closing the log never returns. There is no way to it but its field.
 */
final class CacheEviction {
  private static final Logger LOG = LoggerFactory.getLogger(CacheEviction.class);

  private CacheEviction() {}

  /** Returns when the thread has ended, so that closing the log does not wait for it any more. */
  static void stop(RaftLog log) {
    try {
      Field field = log.getClass().getDeclaredField("cacheEviction");
      field.setAccessible(true);
      ((AwaitToRun) field.get(log)).close();
    } catch (ReflectiveOperationException e) {
      LOG.warn("Ratis' cache eviction is not where it was; closing the log may hang", e);
    }
  }
}
