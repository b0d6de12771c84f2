package io.tidemark.gateway.replication;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.FileListSnapshotInfo;
import org.jspecify.annotations.Nullable;

/**
 * What the group agrees on beside the entries themselves: how far they are forwarded, and how many
 * readings that is. Applying an entry adds numbers and does no I/O.
 *
 * <p>A snapshot is the mark. So the log is purged to it, and after a restart everything above it is
 * applied again, which is how the readings that wait are counted without reading them.
 *
 * <p>Written by Ratis' updater thread, read by any.
 */
final class LogStateMachine extends BaseStateMachine {
  private static final String FILE = "mark";

  private volatile Mark mark = Mark.NONE;
  private volatile long committedReadings;
  private volatile long markedAtStart;
  private volatile long foundReadings = -1;
  private volatile @Nullable SnapshotInfo snapshot;
  private volatile @Nullable Path dir;
  private volatile @Nullable Throwable failure;
  private volatile Runnable listener = () -> {};

  @Override
  public void initialize(RaftServer server, RaftGroupId group, RaftStorage storage)
      throws IOException {
    super.initialize(server, group, storage);
    File folder = storage.getStorageDir().getStateMachineDir();
    dir = folder.toPath();
    Path file = folder.toPath().resolve(FILE);
    if (Files.exists(file)) {
      load(file);
    }
  }

  /** The file holds {@code term index readings}. */
  private void load(Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.UTF_8);
    String[] words = text.strip().split(" ");
    try {
      TermIndex at = TermIndex.valueOf(Long.parseLong(words[0]), Long.parseLong(words[1]));
      mark = new Mark(at.getIndex(), Long.parseLong(words[2]));
      committedReadings = mark.readings();
      snapshot = new FileListSnapshotInfo(List.of(), at);
      setLastAppliedTermIndex(at);
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      throw new IOException(file + " should hold three numbers, but holds: " + text, e);
    }
  }

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
    LogEntryProto entry = transaction.getLogEntry();
    if (entry == null) {
      throw new IllegalStateException("Ratis applies a transaction without an entry");
    }
    ByteBuffer frame = entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer();
    apply(frame);
    updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
    listener.run();
    return CompletableFuture.completedFuture(Message.EMPTY);
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  private void apply(ByteBuffer frame) {
    byte kind = frame.get(frame.position());
    switch (kind) {
      case LogFrame.DATA -> committedReadings += LogFrame.readings(frame);
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
    if (foundReadings < 0) {
      markedAtStart = mark.readings();
      foundReadings = committedReadings - markedAtStart;
    }
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
    DurableFile.write(
        folder.resolve(FILE), "%d %d %d%n".formatted(at.getTerm(), at.getIndex(), now.readings()));
    snapshot = new FileListSnapshotInfo(List.of(), at);
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
  public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto entry) {
    if (failure == null) {
      failure = cause;
    }
  }

  Mark mark() {
    return mark;
  }

  /** Index up to which everything is durable, forgotten or not; -1 if none. */
  long snapshotIndex() {
    SnapshotInfo last = snapshot;
    return last == null ? -1 : last.getIndex();
  }

  Counts counts() {
    long found = foundReadings;
    return found < 0 ? new Counts(0, 0) : new Counts(found, committedReadings - markedAtStart);
  }

  @Nullable Throwable failure() {
    return failure;
  }

  void onCommit(Runnable called) {
    listener = called;
  }
}
