package io.tidemark.gateway.replication;

import io.tidemark.wire.Limits;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/**
 * Ratis' own settings, as this gateway needs them: durable, small in memory, truncated when told.
 */
final class RatisSettings {
  /** Longest entry, framed, and with what Ratis puts around it. */
  static final int APPEND_MAX_BYTES = Limits.ENTRY_MAX_BYTES + (64 << 10);

  /** Longest that a follower waits for its leader, and a candidate for votes. */
  static final Duration TIMEOUT_MAX = Duration.ofSeconds(3);

  private static final int OPEN_SEGMENT_PREALLOCATED_BYTES = 1 << 20;
  private static final int STAGING_CATCHUP_GAP = 100;
  private static final int UNCOMMITTED_MAX_BYTES = 16 << 20;

  private RatisSettings() {}

  static RaftProperties of(Path storage, Peers.Address self, int segmentMaxBytes, boolean alone) {
    RaftProperties p = new RaftProperties();
    RaftConfigKeys.Rpc.setType(p, SupportedRpcType.GRPC);
    GrpcConfigKeys.Server.setHost(p, self.host());
    GrpcConfigKeys.Server.setPort(p, self.port());
    List<File> dirs = List.of(storage.toFile());
    RaftServerConfigKeys.setStorageDir(p, dirs);
    RaftServerConfigKeys.setRemovedGroupsDir(p, storage.resolveSibling("removed").toFile());
    // Room on the disk is watched by RatisLog, which turns proposals away before it is short.
    RaftServerConfigKeys.setStorageFreeSpaceMin(p, SizeInBytes.valueOf("1MB"));
    // A suspended machine is no reason to close the log for good.
    RaftServerConfigKeys.setCloseThreshold(p, TimeDuration.valueOf(1, TimeUnit.DAYS));
    log(p, segmentMaxBytes);
    timing(p, alone);
    RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(p, false);
    RaftServerConfigKeys.Snapshot.setTriggerWhenStopEnabled(p, false);
    RaftServerConfigKeys.Snapshot.setRetentionFileNum(p, 1);
    // A new peer counts once it has nearly everything, as what is committed may wait for it then.
    RaftServerConfigKeys.setStagingCatchupGap(p, STAGING_CATCHUP_GAP);
    RaftServerConfigKeys.RetryCache.setExpiryTime(p, seconds(10));
    return p;
  }

  private static void log(RaftProperties p, int segmentMaxBytes) {
    RaftServerConfigKeys.Log.setSegmentSizeMax(p, SizeInBytes.valueOf(segmentMaxBytes));
    RaftServerConfigKeys.Log.setSegmentCacheNumMax(p, 2);
    RaftServerConfigKeys.Log.setSegmentCacheSizeMax(p, SizeInBytes.valueOf(2L * segmentMaxBytes));
    RaftServerConfigKeys.Log.setPreallocatedSize(
        p, SizeInBytes.valueOf(Math.min(OPEN_SEGMENT_PREALLOCATED_BYTES, segmentMaxBytes)));
    RaftServerConfigKeys.Log.Appender.setBufferByteLimit(p, SizeInBytes.valueOf(APPEND_MAX_BYTES));
    // Who comes back is to catch up at once, however long it was away.
    RaftServerConfigKeys.Log.Appender.setRetryPolicy(p, "1ms,10, 500ms,1000000");
    RaftServerConfigKeys.Log.setWriteBufferSize(p, SizeInBytes.valueOf(APPEND_MAX_BYTES + 8));
    RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(p, true);
    RaftServerConfigKeys.Log.setPurgeGap(p, 1);
    // Else each commit appends and fsyncs an entry of its own that says so; a leader's first entry
    // commits everything before it anyway.
    RaftServerConfigKeys.Log.setLogMetadataEnabled(p, false);
    // Ratis 3.3.0 takes a batch for one that it has already by its first index alone, and answers
    // for
    // all of it (ServerImplUtils.NavigableIndices): entries would count as a follower's that it
    // never had.
    RaftServerConfigKeys.Log.setAppendEntriesComposeEnabled(p, false);
    RaftServerConfigKeys.Log.setUnsafeFlushEnabled(p, false);
    RaftServerConfigKeys.Log.setAsyncFlushEnabled(p, false);
    RaftServerConfigKeys.Write.setByteLimit(p, SizeInBytes.valueOf(UNCOMMITTED_MAX_BYTES));
  }

  private static void timing(RaftProperties p, boolean alone) {
    // Shorter ones flap on a busy machine.
    RaftServerConfigKeys.Rpc.setTimeoutMin(p, TimeDuration.valueOf(1500, TimeUnit.MILLISECONDS));
    RaftServerConfigKeys.Rpc.setTimeoutMax(
        p, TimeDuration.valueOf(TIMEOUT_MAX.toMillis(), TimeUnit.MILLISECONDS));
    // A leader without its followers gives up after as long: the same for one that was suspended.
    RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(
        p, TimeDuration.valueOf(3, TimeUnit.SECONDS));
    // After a start there is nobody to wait for if this gateway is alone; and otherwise a group has
    // a leader that says so, or none.
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(
        p, TimeDuration.valueOf(alone ? 50 : 400, TimeUnit.MILLISECONDS));
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(
        p, TimeDuration.valueOf(alone ? 100 : 800, TimeUnit.MILLISECONDS));
  }

  private static TimeDuration seconds(long seconds) {
    return TimeDuration.valueOf(seconds, TimeUnit.SECONDS);
  }
}
