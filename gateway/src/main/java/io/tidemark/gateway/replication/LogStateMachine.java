package io.tidemark.gateway.replication;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.FileListSnapshotInfo;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;

/**
 * What the group agrees on beside the entries themselves: how far they are forwarded, and how many
 * readings that is. Applying an entry adds numbers and does no I/O.
 *
 * <p>A snapshot is the mark: a file {@code mark.TERM.INDEX} that holds how many readings that is.
 * So the log is purged to it; after a restart everything above it is applied again, which is how
 * the readings that wait are counted without reading them; and a follower that was away for longer
 * than the leader's log goes back is sent that file.
 *
 * <p>Written by Ratis' threads, read by any.
 */
final class LogStateMachine extends BaseStateMachine {
  private static final Pattern FILE = Pattern.compile("mark\\.(\\d+)\\.(\\d+)");

  /** Whose proposals are this gateway's own. */
  private final ClientId own;

  // Below: changed under this object's lock.
  private volatile Mark mark = Mark.NONE;
  private long readings;
  private long others;
  private long committed;
  private long ended;
  private long leaderships;
  private volatile long leadership = -1;
  private volatile @Nullable SnapshotInfo snapshot;
  private volatile @Nullable Path dir;
  private volatile @Nullable Throwable failure;
  private volatile Runnable listener = () -> {};

  LogStateMachine(ClientId own) {
    this.own = own;
  }

  @Override
  public void initialize(RaftServer server, RaftGroupId group, RaftStorage storage)
      throws IOException {
    super.initialize(server, group, storage);
    getLifeCycle()
        .startAndTransition(
            () -> {
              File folder = storage.getStorageDir().getStateMachineDir();
              dir = folder.toPath();
              load(folder.toPath());
            });
  }

  @Override
  public void pause() {
    getLifeCycle().transition(LifeCycle.State.PAUSING);
    getLifeCycle().transition(LifeCycle.State.PAUSED);
  }

  /** A leader has sent its snapshot, and Ratis has put it where ours was. */
  @Override
  public void reinitialize() throws IOException {
    Path folder = dir;
    Path parent = folder == null ? null : folder.getParent();
    if (folder == null || parent == null) {
      throw new IOException("a snapshot came before the log was opened");
    }
    // The log below it is let go of next.
    DurableFile.sync(folder);
    DurableFile.sync(parent);
    load(folder);
    getLifeCycle().transition(LifeCycle.State.STARTING);
    getLifeCycle().transition(LifeCycle.State.RUNNING);
  }

  /** Takes the newest snapshot, if there is one. */
  private synchronized void load(Path folder) throws IOException {
    Path newest = null;
    TermIndex at = null;
    for (Path file : snapshots(folder)) {
      TermIndex found = termIndex(file);
      if (at == null || found.compareTo(at) > 0) {
        at = found;
        newest = file;
      }
    }
    if (newest == null || at == null) {
      return;
    }
    String text = Files.readString(newest, StandardCharsets.UTF_8);
    try {
      mark = new Mark(at.getIndex(), Long.parseLong(text.strip()));
    } catch (NumberFormatException e) {
      throw new IOException(newest + " should hold a number, but holds: " + text, e);
    }
    readings = mark.readings();
    snapshot = snapshotOf(newest, at);
    setLastAppliedTermIndex(at);
  }

  private static List<Path> snapshots(Path folder) throws IOException {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
        for (Path file : files) {
          if (FILE.matcher(file.getFileName().toString()).matches()) {
            found.add(file);
          }
        }
      }
    }
    return found;
  }

  private static TermIndex termIndex(Path file) {
    Matcher name = FILE.matcher(file.getFileName().toString());
    if (!name.matches()) {
      throw new IllegalArgumentException(file + " is no snapshot");
    }
    return TermIndex.valueOf(Long.parseLong(name.group(1)), Long.parseLong(name.group(2)));
  }

  private static SnapshotInfo snapshotOf(Path file, TermIndex at) {
    return new FileListSnapshotInfo(List.of(new FileInfo(file.toAbsolutePath(), null)), at);
  }

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
    LogEntryProto entry = transaction.getLogEntry();
    if (entry == null) {
      throw new IllegalStateException("Ratis applies a transaction without an entry");
    }
    ByteBuffer frame = entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer();
    apply(frame, transaction.getClientRequest());
    updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
    listener.run();
    return CompletableFuture.completedFuture(Message.EMPTY);
  }

  private synchronized void apply(ByteBuffer frame, @Nullable RaftClientRequest request) {
    byte kind = frame.get(frame.position());
    switch (kind) {
      case LogFrame.DATA -> {
        int more = LogFrame.readings(frame);
        readings += more;
        if (leadership >= 0) {
          committed += more;
          others += request != null && request.getClientId().equals(own) ? 0 : more;
        }
      }
      case LogFrame.MARK -> {
        Mark next = LogFrame.markOf(frame);
        if (next.index() > mark.index()) {
          mark = next;
        }
      }
      default ->
          throw new IllegalStateException(
              "the log has an entry of kind " + kind + ", which a newer version has written");
    }
  }

  @Override
  public void notifyTermIndexUpdated(long term, long index) {
    super.notifyTermIndexUpdated(term, index);
    listener.run();
  }

  @Override
  public void notifyLeaderReady() {
    synchronized (this) {
      long found = readings - mark.readings();
      others += found;
      committed += found;
      leadership = ++leaderships;
    }
    listener.run();
  }

  @Override
  public void notifyNotLeader(Collection<TransactionContext> pending) {
    synchronized (this) {
      leadership = -1;
      ended = committed;
    }
    listener.run();
  }

  @Override
  public long takeSnapshot() throws IOException {
    Mark now = mark;
    SnapshotInfo last = snapshot;
    Path folder = dir;
    if (folder == null || now.index() < 0 || (last != null && last.getIndex() >= now.index())) {
      return RaftLog.INVALID_LOG_INDEX;
    }
    TermIndex at = log().getTermIndex(now.index());
    if (at == null) {
      throw new IOException("the log has no entry " + now.index() + ", which the mark names");
    }
    List<Path> before = snapshots(folder);
    Path file = folder.resolve("mark." + at.getTerm() + "." + at.getIndex());
    DurableFile.write(file, now.readings() + "\n");
    snapshot = snapshotOf(file, at);
    for (Path old : before) {
      Files.deleteIfExists(old);
    }
    return now.index();
  }

  private RaftLog log() throws IOException {
    return getServer().join().getDivision(getGroupId()).getRaftLog();
  }

  @Override
  public @Nullable SnapshotInfo getLatestSnapshot() {
    return snapshot;
  }

  @Override
  public CompletableFuture<Message> query(Message request) {
    return CompletableFuture.completedFuture(Message.EMPTY);
  }

  @Override
  public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto entry) {
    if (failure == null) {
      failure = cause;
    }
  }

  Mark mark() {
    return mark;
  }

  /** Readings committed and not forwarded, as far as this replica knows. */
  synchronized long waiting() {
    return readings - mark.readings();
  }

  /** Index up to which everything is durable, forgotten or not; -1 if none. */
  long snapshotIndex() {
    SnapshotInfo last = snapshot;
    return last == null ? -1 : last.getIndex();
  }

  synchronized Counts counts() {
    return new Counts(others, committed, ended, 0);
  }

  /** Number of the leadership that lasts; -1 while there is none. */
  long leadership() {
    return leadership;
  }

  @Nullable Throwable failure() {
    return failure;
  }

  void onCommit(Runnable called) {
    listener = called;
  }
}
