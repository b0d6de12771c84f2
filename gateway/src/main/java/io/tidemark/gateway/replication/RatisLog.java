package io.tidemark.gateway.replication;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.TermIndexProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.LeaderSteppingDownException;
import org.apache.ratis.protocol.exceptions.ResourceUnavailableException;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A group's replica here, by Apache Ratis (Raft), with segments on this gateway's disk.
 *
 * <p>An entry is committed once a majority has fsynced it, and acknowledged after it is applied
 * here. A failure to write to the disk is final: nothing is acknowledged any more until the process
 * is started again.
 *
 * <p>{@link Cluster} opens it. Thread-safe.
 */
public final class RatisLog implements ReplicatedLog {
  private static final Logger LOG = LoggerFactory.getLogger(RatisLog.class);

  private static final long SNAPSHOT_TIMEOUT_MS = 10_000;
  private static final int READ_MAX_INDEXES = 65_536;

  /** In what Ratis says of a request for which there is no room (RaftServerImpl). */
  private static final String NOT_BEGUN = "acquire a pending write request";

  /** Who can say whether this gateway still leads. */
  interface Majority {
    /**
     * Whether a majority of the members, asked now, knows of no later term of the group.
     *
     * @return completes normally
     */
    CompletionStage<Boolean> stillAt(String group, long term);
  }

  private final String group;
  private final RaftServer server;
  private final RaftServer.Division division;
  private final LogStateMachine machine;
  private final RaftGroupId groupId;
  private final Path segmentsDir;
  private final State leading;
  private final ClientId own;

  /** For what is not this gateway's own: it is counted apart. */
  private final ClientId others = ClientId.randomId();

  private final Room room;
  private final Majority majority;
  private final AtomicLong calls = new AtomicLong();
  private final AtomicBoolean snapshotting = new AtomicBoolean();
  private volatile Segments segments;
  private volatile String full = "";
  private volatile boolean closed;

  /**
   * A group's log on a server that has it.
   *
   * @param group name of the group
   * @param own whose proposals are this gateway's own
   * @param room how large it may get here and now
   * @param majority asked whether this gateway still leads
   */
  RatisLog(
      String group,
      RaftServer.Division division,
      LogStateMachine machine,
      ClientId own,
      Room room,
      Majority majority)
      throws IOException {
    this.group = group;
    this.server = division.getRaftServer();
    this.division = division;
    this.machine = machine;
    this.own = own;
    this.room = room;
    this.majority = majority;
    this.groupId = division.getGroup().getGroupId();
    this.segmentsDir = division.getRaftStorage().getStorageDir().getCurrentDir().toPath();
    this.leading = new State(State.Role.LEADING, "leads group " + group);
    this.segments = Segments.in(segmentsDir);
  }

  /** Fails where the oldest entry that is there is not the one that should be. */
  void checkBeginning() throws LogStartException {
    if (segments.count() > 0 && segments.start() > machine.snapshotIndex() + 1) {
      throw new LogStartException(
          "%s begins at index %d, but is forwarded only to %d: a segment or the mark is missing; put it back from a copy"
              .formatted(segmentsDir, segments.start(), machine.snapshotIndex()),
          null);
    }
  }

  @Override
  public String group() {
    return group;
  }

  @Override
  public CompletionStage<Long> propose(byte[] entry, int readings) {
    return propose(entry, readings, own);
  }

  /** The same for another gateway. */
  CompletionStage<Long> proposeForOther(byte[] entry, int readings) {
    return propose(entry, readings, others);
  }

  private CompletionStage<Long> propose(byte[] entry, int readings, ClientId client) {
    State state = state();
    if (!state.canCommit()) {
      return CompletableFuture.failedFuture(new NotProposedException(state.detail()));
    }
    return submit(LogFrame.data(entry, readings), client);
  }

  private CompletableFuture<Long> submit(byte[] frame, ClientId client) {
    RaftClientRequest request =
        RaftClientRequest.newBuilder()
            .setClientId(client)
            .setServerId(division.getId())
            .setGroupId(groupId)
            .setCallId(calls.incrementAndGet())
            .setMessage(Message.valueOf(UnsafeByteOperations.unsafeWrap(frame)))
            .setType(RaftClientRequest.writeRequestType())
            .build();
    try {
      return server.submitClientRequestAsync(request).thenApply(RatisLog::indexOf);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static long indexOf(RaftClientReply reply) {
    if (reply.isSuccess()) {
      return reply.getLogIndex();
    }
    Throwable cause = reply.getException();
    // These are raised before anything is appended. A NotLeaderException may come after it, and the
    // entry may still commit; so may a ResourceUnavailableException, but for the one that says that
    // there is no room to begin with.
    if (cause instanceof LeaderNotReadyException
        || cause instanceof LeaderSteppingDownException
        || (cause instanceof ResourceUnavailableException
            && String.valueOf(cause.getMessage()).contains(NOT_BEGUN))) {
      throw new CompletionException(new NotProposedException(String.valueOf(cause.getMessage())));
    }
    throw new CompletionException(cause);
  }

  @Override
  public Chunk read(long from, int maxBytes) throws IOException {
    RaftLog log = division.getRaftLog();
    long committed = committedIndex();
    List<CommittedEntry> entries = new ArrayList<>();
    long bytes = 0;
    long at = Math.max(from, 0);
    for (long end = at + READ_MAX_INDEXES; at <= committed && at < end; at++) {
      LogEntryProto entry = get(log, at);
      if (entry == null) {
        throw new IOException(
            "index %d is not in the log, which begins at %d and is committed to %d"
                .formatted(at, log.getStartIndex(), committed));
      }
      if (!entry.hasStateMachineLogEntry()) {
        continue;
      }
      ByteBuffer frame = entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer();
      if (frame.get(frame.position()) != LogFrame.DATA) {
        continue;
      }
      bytes += frame.remaining();
      if (bytes > maxBytes && !entries.isEmpty()) {
        break;
      }
      entries.add(new CommittedEntry(at, LogFrame.readings(frame), LogFrame.entry(frame)));
    }
    return new Chunk(entries, at);
  }

  private static @Nullable LogEntryProto get(RaftLog log, long index) throws IOException {
    try {
      return log.get(index);
    } catch (IllegalStateException e) {
      throw new IOException("the log is closed", e);
    }
  }

  @Override
  public long committedIndex() {
    return machine.getLastAppliedTermIndex().getIndex();
  }

  @Override
  public CompletionStage<Long> confirmedIndex() {
    long term = term();
    if (leadership() < 0) {
      return CompletableFuture.failedFuture(new IOException(state().detail()));
    }
    long index = committedIndex();
    // Ratis' own read index asks nobody as long as nothing new is committed.
    return majority
        .stillAt(group, term)
        .thenApply(
            confirmed -> {
              if (!confirmed) {
                throw new CompletionException(
                    new IOException("no majority says that this gateway still leads " + group));
              }
              return index;
            });
  }

  @Override
  public Mark mark() {
    return machine.mark();
  }

  @Override
  public CompletionStage<Long> advance(Mark mark) {
    return submit(LogFrame.mark(mark), others);
  }

  /** Looks how large the log is and whether there is room for more, and truncates it. May block. */
  void look() {
    try {
      segments = Segments.in(segmentsDir);
      String before = full;
      full = room.whyFull(group, usage());
      if (before.isEmpty() && !full.isEmpty()) {
        LOG.warn("No more is taken in: {}", full);
      } else if (!before.isEmpty() && full.isEmpty()) {
        LOG.info("There is room again in the log of group {}", group);
      }
      truncate();
    } catch (IOException e) {
      if (!closed) {
        LOG.warn("Cannot look at the log in {}", segmentsDir, e);
      }
    }
  }

  /** Deletes the segments that are forwarded, if there are any. Each replica does it for itself. */
  private void truncate() {
    if (segments.firstClosedEnd() > machine.mark().index()
        || !snapshotting.compareAndSet(false, true)) {
      return;
    }
    SnapshotManagementRequest request =
        SnapshotManagementRequest.newCreate(
            others, division.getId(), groupId, calls.incrementAndGet(), SNAPSHOT_TIMEOUT_MS, 1);
    server
        .snapshotManagementAsync(request)
        .whenComplete(
            (reply, failure) -> {
              snapshotting.set(false);
              if (failure != null || !reply.isSuccess()) {
                LOG.warn(
                    "The log of group {} was not truncated; tried again",
                    group,
                    failure == null ? reply.getException() : failure);
              }
            });
  }

  @Override
  public Counts counts() {
    return machine.counts();
  }

  @Override
  public State state() {
    Throwable failure = machine.failure();
    if (failure != null) {
      return new State(
          State.Role.FAILED,
          "the log could not be written ("
              + LogStartException.causes(failure)
              + "): make room and start again");
    }
    DivisionInfo info = division.getInfo();
    LifeCycle.State life = info.getLifeCycleState();
    if (closed || life.isClosingOrClosed() || life == LifeCycle.State.EXCEPTION) {
      return new State(State.Role.FAILED, "the log is closed (" + life + "): start again");
    }
    if (leadership() >= 0) {
      String why = full;
      return why.isEmpty() ? leading : new State(State.Role.FULL, why);
    }
    RaftPeerId leader = info.getLeaderId();
    return leader == null || leader.equals(division.getId())
        ? new State(State.Role.ELECTING, "group " + group + " has no leader yet: try again soon")
        : new State(State.Role.FOLLOWING, leader + " leads group " + group);
  }

  /** Who leads as far as this replica knows; null if it knows of none. */
  @Nullable RaftPeerId leader() {
    return division.getInfo().getLeaderId();
  }

  RaftServer.Division division() {
    return division;
  }

  RaftGroupId groupId() {
    return groupId;
  }

  /** Term and index of the last entry here, committed or not. */
  TermIndexProto lastEntry() {
    TermIndex last = division.getRaftLog().getLastEntryTermIndex();
    return (last == null ? TermIndex.INITIAL_VALUE : last).toProto();
  }

  /** Raft's word for what it is doing, in lower case. */
  String role() {
    return division.getInfo().getCurrentRole().name().toLowerCase(Locale.ROOT);
  }

  /** The current term. */
  long term() {
    return division.getInfo().getCurrentTerm();
  }

  /** Readings committed and not forwarded, as far as this replica knows. */
  long waiting() {
    return machine.waiting();
  }

  @Override
  public long leadership() {
    DivisionInfo info = division.getInfo();
    return info.isLeader() ? machine.leadership(info.getCurrentTerm()) : -1;
  }

  @Override
  public Usage usage() {
    Segments now = segments;
    long above = Math.max(0, committedIndex() - Math.max(mark().index(), 0));
    return new Usage(now.bytes(), now.count(), above, room.filled(now.bytes(), above));
  }

  @Override
  public void onCommit(Runnable listener) {
    machine.onCommit(listener);
  }

  /** Before its server closes. Nothing committed is lost. Open proposals may never complete. */
  void closing() {
    closed = true;
    CacheEviction.stop(division.getRaftLog());
  }
}
