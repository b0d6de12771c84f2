package io.tidemark.gateway.replication;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.util.SizeInBytes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file in which Ratis keeps a replica's term and whom it has voted for in that.
 *
 * <p>On a full disk Ratis 3.3.0 puts an empty file in its place: AtomicFileOutputStream is closed
 * after the write that has failed, and what it closes takes the place of what was there. Such a
 * replica does not open any more.
 */
final class RaftMeta {
  private static final Logger LOG = LoggerFactory.getLogger(RaftMeta.class);
  private static final String TERM = "term";
  private static final String VOTE = "votedFor";

  /** More elections than there can have been since the last entry: each takes a second or more. */
  private static final long TERMS_AHEAD = 1_000_000;

  private RaftMeta() {}

  /**
   * Gives a replica that has lost its term and its vote a term in which it cannot have voted: the
   * one thing that must not be is to vote twice in one. The others follow it to that term by an
   * election.
   *
   * @param group the replica's folder; where none is, nothing is done
   */
  static void mend(Path group) throws IOException {
    Path current = group.resolve("current");
    Path file = current.resolve("raft-meta");
    if (!Files.exists(file) || isWhole(file)) {
      return;
    }
    long last = Math.max(lastTerm(current), LogStateMachine.snapshotTerm(group.resolve("sm")));
    long term = last + TERMS_AHEAD;
    LOG.warn(
        "{} was emptied when the disk was full: goes on in term {}, as the last known is {}",
        file,
        term,
        last);
    DurableFile.write(file, TERM + "=" + term + "\n" + VOTE + "=\n");
  }

  private static boolean isWhole(Path file) throws IOException {
    Properties found = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      found.load(reader);
    }
    return found.containsKey(TERM) && found.containsKey(VOTE);
  }

  /** Term of the last entry in the log, 0 if it has none. */
  private static long lastTerm(Path current) throws IOException {
    List<LogSegmentPath> segments = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(current, "log_*")) {
      for (Path file : files) {
        LogSegmentPath segment = LogSegmentPath.matchLogSegment(file);
        if (segment != null) {
          segments.add(segment);
        }
      }
    }
    segments.sort(Comparator.comparing(LogSegmentPath::getStartEnd).reversed());
    AtomicLong term = new AtomicLong();
    for (LogSegmentPath segment : segments) {
      int entries =
          LogSegment.readSegmentFile(
              segment.getPath().toFile(),
              segment.getStartEnd(),
              SizeInBytes.valueOf(RatisSettings.APPEND_MAX_BYTES),
              CorruptionPolicy.WARN_AND_RETURN,
              null,
              entry -> term.set(entry.getTerm()));
      if (entries > 0) {
        break;
      }
    }
    return term.get();
  }
}
