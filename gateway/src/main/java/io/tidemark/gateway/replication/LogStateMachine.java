package io.tidemark.gateway.replication;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
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
import org.apache.ratis.statemachine.impl.FileListSnapshotInfo;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;

/**
 * What the group agrees on beside the entries themselves: how far they are forwarded, and how many
 * readings that is. Applying an entry adds numbers and does no I/O.
 *
 * <p>A snapshot is the mark: an empty file whose name says it all, {@code
 * mark.TERM.INDEX.READINGS}. So the log is purged to it; after a restart everything above it is
 * applied again, which is how the readings that wait are counted without reading them; and a
 * follower that was away for longer than the leader's log goes back is sent that file.
 *
 * <p>Written by Ratis' threads, read by any.
 */
final class LogStateMachine extends ReplicaMachine {
  private static final Pattern FILE = Pattern.compile("mark\\.(\\d+)\\.(\\d+)\\.(\\d+)");

  /** In the answer to data that came behind the close, and so is not of the log. */
  static final String CLOSED = "closed";

  /** Whose proposals are this gateway's own. */
  private final ClientId own;

  // Below: changed under this object's lock.
  private volatile Mark mark = Mark.NONE;
  private long readings;
  private long others;
  private long committed;
  private long ended;
  private long leaderships;
  private long leadership = -1;
  private long leadershipTerm = -1;
  private volatile long closedAt = -1;
  private volatile @Nullable SnapshotInfo snapshot;
  private volatile @Nullable Path dir;
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
    DurableFile.sync(folder);
    DurableFile.sync(parent);
    load(folder);
    getLifeCycle().transition(LifeCycle.State.STARTING);
    getLifeCycle().transition(LifeCycle.State.RUNNING);
  }

  /** Takes the newest snapshot, if there is one. */
  private synchronized void load(Path folder) throws IOException {
    Path newest = null;
    for (Path file : snapshots(folder)) {
      if (newest == null || termIndex(file).getIndex() > termIndex(newest).getIndex()) {
        newest = file;
      }
    }
    if (newest == null) {
      return;
    }
    TermIndex at = termIndex(newest);
    mark = new Mark(at.getIndex(), Long.parseLong(named(newest).group(3)));
    readings = mark.readings();
    snapshot = snapshotOf(newest, at);
    setLastAppliedTermIndex(at);
  }

  private static List<Path> snapshots(Path folder) throws IOException {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
        for (Path file : files) {
          if (FILE.matcher(String.valueOf(file.getFileName())).matches()) {
            found.add(file);
          }
        }
      }
    }
    return found;
  }

  private static Matcher named(Path file) {
    Matcher name = FILE.matcher(String.valueOf(file.getFileName()));
    if (!name.matches()) {
      throw new IllegalArgumentException(file + " is no snapshot");
    }
    return name;
  }

  private static TermIndex termIndex(Path file) {
    Matcher name = named(file);
    return TermIndex.valueOf(Long.parseLong(name.group(1)), Long.parseLong(name.group(2)));
  }

  /** The highest term that a snapshot in a folder is of, 0 if there is none. */
  static long snapshotTerm(Path folder) throws IOException {
    return snapshots(folder).stream().mapToLong(file -> termIndex(file).getTerm()).max().orElse(0);
  }

  private static SnapshotInfo snapshotOf(Path file, TermIndex at) {
    return new FileListSnapshotInfo(List.of(new FileInfo(file.toAbsolutePath(), null)), at);
  }

  /** Refuses what would be no entry of a log, from whomever it comes. */
  @Override
  public TransactionContext startTransaction(RaftClientRequest request) throws IOException {
    ByteBuffer frame = request.getMessage().getContent().asReadOnlyByteBuffer();
    if (!LogFrame.isValid(frame)) {
      throw new IOException("neither an entry nor a mark nor a close");
    }
    return super.startTransaction(request);
  }

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
    LogEntryProto entry = transaction.getLogEntry();
    if (entry == null) {
      throw new IllegalStateException("Ratis applies a transaction without an entry");
    }
    boolean counts = apply(entry, transaction.getClientRequest());
    updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
    listener.run();
    return CompletableFuture.completedFuture(counts ? Message.EMPTY : Message.valueOf(CLOSED));
  }

  /** Whether it counts, which data behind the close does not. */
  private synchronized boolean apply(LogEntryProto entry, @Nullable RaftClientRequest request) {
    ByteBuffer frame = entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer();
    byte kind = frame.get(frame.position());
    switch (kind) {
      case LogFrame.DATA -> {
        if (closedAt >= 0) {
          return false;
        }
        int more = LogFrame.readings(frame);
        readings += more;
        if (leadership >= 0 && entry.getTerm() == leadershipTerm) {
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
      case LogFrame.CLOSE -> closedAt = closedAt >= 0 ? closedAt : entry.getIndex();
      default ->
          throw new IllegalStateException(
              "the log has an entry of kind " + kind + ", which a newer version has written");
    }
    return true;
  }

  @Override
  public void notifyTermIndexUpdated(long term, long index) {
    super.notifyTermIndexUpdated(term, index);
    listener.run();
  }

  /**
   * {@inheritDoc}
   *
   * <p>Called without Ratis' lock, so perhaps after {@link #notifyNotLeader} of the same
   * leadership: that is why its term is kept, and compared with what is the present one.
   */
  @Override
  public void notifyLeaderReady() {
    long term = term();
    synchronized (this) {
      ended = committed;
      long found = readings - mark.readings();
      others += found;
      committed += found;
      leadershipTerm = term;
      leadership = ++leaderships;
    }
    listener.run();
  }

  private long term() {
    try {
      return getServer().join().getDivision(getGroupId()).getInfo().getCurrentTerm();
    } catch (IOException e) {
      throw new UncheckedIOException("the group is gone", e);
    }
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
    Path file =
        folder.resolve("mark.%d.%d.%d".formatted(at.getTerm(), at.getIndex(), now.readings()));
    List<Path> older = new ArrayList<>();
    for (Path before : snapshots(folder)) {
      if (termIndex(before).getIndex() > at.getIndex()) {
        // A leader has sent a newer one in this moment.
        return RaftLog.INVALID_LOG_INDEX;
      }
      older.add(before);
    }
    older.remove(file);
    DurableFile.write(file, "");
    snapshot = snapshotOf(file, at);
    for (Path old : older) {
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

  Mark mark() {
    return mark;
  }

  /** Index of the entry behind which no data counts; -1 if there is none. */
  long closedAt() {
    return closedAt;
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

  /** Number of the leadership of this term; -1 if there is none. */
  synchronized long leadership(long term) {
    return term == leadershipTerm ? leadership : -1;
  }

  void onCommit(Runnable called) {
    listener = called;
  }
}
