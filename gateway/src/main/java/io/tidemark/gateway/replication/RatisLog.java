package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.Membership.Member;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.LeaderSteppingDownException;
import org.apache.ratis.protocol.exceptions.ResourceUnavailableException;
import org.apache.ratis.server.raftlog.RaftLog;
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
    CompletionStage<Boolean> stillAt(RaftReplica replica, long term);
  }

  private final RaftReplica replica;
  private final LogStateMachine machine;
  private final State leading;
  private final ClientId own;

  /** For what is not this gateway's own: it is counted apart. */
  private final ClientId others = ClientId.randomId();

  private final Room room;
  private final Majority majority;
  private final AtomicBoolean snapshotting = new AtomicBoolean();

  /** Done unless entries are held back; what is submitted meanwhile waits for it. */
  private volatile CompletableFuture<Boolean> heldBack = CompletableFuture.completedFuture(true);

  /** How many are between looking whether they are held back and having appended. */
  private final AtomicInteger submitting = new AtomicInteger();

  private final AtomicBoolean closingForGood = new AtomicBoolean();
  private volatile Segments segments;
  private final Flushing flushing = new Flushing();
  private volatile String full = "";
  private volatile String stalled = "";
  private volatile boolean ended;
  private volatile boolean closed;

  /**
   * A group's log on a server that has it.
   *
   * @param own whose proposals are this gateway's own
   * @param room how large it may get here and now
   * @param majority asked whether this gateway still leads
   */
  RatisLog(RaftReplica replica, LogStateMachine machine, ClientId own, Room room, Majority majority)
      throws IOException {
    this.replica = replica;
    this.machine = machine;
    this.own = own;
    this.room = room;
    this.majority = majority;
    this.leading = new State(State.Role.LEADING, "leads group " + replica.group());
    this.segments = Segments.in(replica.segments());
  }

  /** Fails where its beginning or its end is missing. */
  void requireWhole() throws LogStartException {
    replica.requireWhole(machine.snapshotIndex());
    if (segments.count() > 0 && segments.start() > machine.snapshotIndex() + 1) {
      throw new LogStartException(
          "%s begins at index %d, but is forwarded only to %d: a segment or the mark is missing: %s"
              .formatted(
                  replica.segments(),
                  segments.start(),
                  machine.snapshotIndex(),
                  LogStartException.PUT_BACK),
          null);
    }
  }

  @Override
  public String group() {
    return replica.group();
  }

  RaftReplica replica() {
    return replica;
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
    submitting.incrementAndGet(); // before it looks: who holds back sees it, or is seen
    try {
      return heldBack.thenCompose(
          over ->
              over || replica.isLeader()
                  ? replica.submit(frame, client).thenApply(RatisLog::indexOf)
                  : CompletableFuture.failedFuture(
                      new NotProposedException("another gateway leads group " + group() + " now")));
    } finally {
      submitting.decrementAndGet();
    }
  }

  /**
   * Appends nothing until {@link #goOn}. Who stands for election while its leader goes on appending
   * lacks an entry when the others are asked for their votes, and is not elected.
   */
  void holdBack() {
    heldBack = new CompletableFuture<>();
  }

  /**
   * Whether all that was submitted before {@link #holdBack} is committed, so that the log does not
   * grow before {@link #goOn}. Ratis has appended an entry when it has taken it.
   */
  boolean isAtRest() {
    return submitting.get() == 0 && replica.isAllCommitted();
  }

  /** Whether it is between {@link #holdBack} and {@link #goOn}. */
  boolean isHeldBack() {
    return !heldBack.isDone();
  }

  /** What was held back is appended if this gateway still leads, and is not proposed otherwise. */
  void goOn() {
    heldBack.complete(false);
    heldBack = CompletableFuture.completedFuture(true);
  }

  private static long indexOf(RaftClientReply reply) {
    if (reply.isSuccess()) {
      if (!reply.getMessage().getContent().isEmpty()) {
        throw new CompletionException(
            new NotProposedException(
                "the log is closed: its gateway was removed from the cluster"));
      }
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
    RaftLog log = replica.log();
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
    long applied = machine.getLastAppliedTermIndex().getIndex();
    long close = machine.closedAt();
    return close < 0 ? applied : Math.min(applied, close - 1);
  }

  @Override
  public CompletionStage<Long> confirmedIndex() {
    long term = replica.term();
    if (leadership() < 0) {
      return CompletableFuture.failedFuture(new IOException(state().detail()));
    }
    long index = committedIndex();
    // Ratis' own read index asks nobody as long as nothing new is committed.
    return majority
        .stillAt(replica, term)
        .thenApply(
            confirmed -> {
              if (!confirmed) {
                throw new CompletionException(
                    new IOException("no majority says that this gateway still leads " + group()));
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

  @Override
  public boolean closed() {
    return machine.closedAt() >= 0;
  }

  @Override
  public void ended() {
    ended = true;
  }

  /** Whether it is of no more use. */
  boolean hasEnded() {
    return ended;
  }

  /** Closes it for good, which only its leader can; to be called again until it is. */
  void closeForGood() {
    if (closed() || !closingForGood.compareAndSet(false, true)) {
      return;
    }
    submit(LogFrame.close(), others)
        .whenComplete(
            (index, failure) -> {
              closingForGood.set(false);
              if (failure == null) {
                LOG.info("The log of group {} is closed: nothing more comes into it", group());
              } else {
                LOG.info("The log of group {} is not closed yet; tried again", group(), failure);
              }
            });
  }

  /** Looks how large the log is and whether there is room for more, and truncates it. May block. */
  void look() {
    try {
      lookAtDisk();
      segments = Segments.in(replica.segments());
      String before = full;
      full = room.whyFull(group(), usage());
      if (before.isEmpty() && !full.isEmpty()) {
        LOG.warn("No more is taken in: {}", full);
      } else if (!before.isEmpty() && full.isEmpty()) {
        LOG.info("There is room again in the log of group {}", group());
      }
      truncate();
    } catch (IOException e) {
      if (!closed) {
        LOG.warn("Cannot look at the log in {}", replica.segments(), e);
      }
    }
  }

  private void lookAtDisk() {
    boolean open = replica.closed().isEmpty();
    Duration still =
        open ? flushing.look(replica.lastIndex(), replica.flushedIndex()) : Duration.ZERO;
    if (still.isZero() != stalled.isEmpty()) {
      LOG.warn(
          still.isZero()
              ? "The disk of {} takes entries again"
              : "The disk of {} takes no entries, and does not refuse them either",
          replica.segments());
    }
    stalled =
        still.isZero()
            ? ""
            : "the disk of %s has taken no entry of group %s for %d s"
                .formatted(replica.segments(), group(), still.toSeconds());
  }

  /** Why entries wait for this gateway's disk; empty if they do not. */
  String stalled() {
    return stalled;
  }

  /** Deletes the segments that are forwarded, if there are any. Each replica does it for itself. */
  private void truncate() {
    if (machine.failure() != null
        || segments.firstClosedEnd() > machine.mark().index()
        || !snapshotting.compareAndSet(false, true)) {
      return;
    }
    replica
        .snapshot()
        .whenComplete(
            (reply, failure) -> {
              snapshotting.set(false);
              if (failure != null || !reply.isSuccess()) {
                LOG.warn(
                    "The log of group {} was not truncated; tried again",
                    group(),
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
              + "): make room if the disk is full, and start again");
    }
    String life = replica.closed();
    if (closed || !life.isEmpty()) {
      return new State(State.Role.FAILED, "the log is closed (" + life + "): start again");
    }
    if (leadership() >= 0) {
      String why = full;
      if (!stalled.isEmpty()) {
        return new State(State.Role.STALLED, stalled);
      }
      return why.isEmpty() ? leading : new State(State.Role.FULL, why);
    }
    Member leader = replica.follows() ? replica.leader() : null;
    return leader == null
        ? new State(State.Role.ELECTING, "group " + group() + " has no leader yet: try again soon")
        : new State(State.Role.FOLLOWING, leader.gateway() + " leads group " + group());
  }

  /** Readings committed and not forwarded, as far as this replica knows. */
  long waiting() {
    return machine.waiting();
  }

  @Override
  public long leadership() {
    return replica.isLeader() ? machine.leadership(replica.term()) : -1;
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
    replica.closing();
  }
}
