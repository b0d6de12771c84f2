package io.tidemark.gateway.replication;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.ResourceUnavailableException;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage.StartupOption;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.ExitUtils;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A replicated log by Apache Ratis (Raft), with segments on this gateway's disk.
 *
 * <p>An entry is committed once a majority has fsynced it, and acknowledged after it is applied
 * here. A failure to write to the disk is final: nothing is acknowledged any more until the process
 * is started again.
 *
 * <p>Opens in {@link #open}; a folder that does not open is never changed to make it open.
 */
public final class RatisLog implements ReplicatedLog {
  private static final Logger LOG = LoggerFactory.getLogger(RatisLog.class);

  private static final long SNAPSHOT_TIMEOUT_MS = 10_000;
  private static final long LOOK_INTERVAL_MS = 500;
  private static final int READ_MAX_INDEXES = 65_536;

  private final LogSettings settings;
  private final RaftServer server;
  private final RaftServer.Division division;
  private final LogStateMachine machine;
  private final RaftGroupId groupId;
  private final Path segmentsDir;
  private final State leading;
  private final ClientId client = ClientId.randomId();
  private final AtomicLong calls = new AtomicLong();
  private final AtomicBoolean snapshotting = new AtomicBoolean();
  private final ScheduledExecutorService watch;
  private volatile Segments segments;
  private volatile String full = "";
  private volatile boolean closed;

  private RatisLog(
      LogSettings settings,
      RaftServer server,
      RaftServer.Division division,
      LogStateMachine machine,
      Path segmentsDir)
      throws IOException {
    this.settings = settings;
    this.server = server;
    this.division = division;
    this.machine = machine;
    this.groupId = division.getGroup().getGroupId();
    this.segmentsDir = segmentsDir;
    this.leading = new State(State.Role.LEADING, "leads group " + settings.gateway());
    this.segments = Segments.in(segmentsDir);
    this.watch =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "log-watch");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Opens the log, making it where there is none. It leads a moment later.
   *
   * @throws LogStartException that says why it cannot be opened and what to do
   */
  public static RatisLog open(LogSettings settings) throws LogStartException {
    // Else Ratis ends the process where it cannot listen.
    ExitUtils.disableSystemExit();
    Path dir = settings.dir().toAbsolutePath();
    try {
      Identity identity = Identity.of(dir, settings.gateway());
      return open(settings, dir, identity);
    } catch (IOException | RuntimeException e) {
      throw new LogStartException(
          "the log in %s does not open: %s. Nothing was changed in it; free the folder or the port, or put it back from a copy, and start again"
              .formatted(dir, LogStartException.causes(e)),
          e);
    }
  }

  private static RatisLog open(LogSettings settings, Path dir, Identity identity)
      throws IOException, LogStartException {
    Peers.Address self = settings.peers().addresses().get(settings.gateway());
    if (self == null) {
      throw new LogStartException("the peers do not name gateway " + settings.gateway(), null);
    }
    RaftGroupId groupId =
        RaftGroupId.valueOf(
            UUID.nameUUIDFromBytes(
                ("tidemark:" + settings.gateway()).getBytes(StandardCharsets.UTF_8)));
    Path storage = dir.resolve("raft");
    Path current = storage.resolve(groupId.getUuid().toString()).resolve("current");
    StartupOption option = option(identity, current);
    RaftPeer peer =
        RaftPeer.newBuilder()
            .setId(RaftPeerId.valueOf(identity.peer()))
            .setAddress(self.toString())
            .build();
    LogStateMachine machine = new LogStateMachine();
    boolean alone = settings.peers().addresses().size() == 1;
    RaftServer server =
        RaftServer.newBuilder()
            .setServerId(peer.getId())
            .setGroup(RaftGroup.valueOf(groupId, peer))
            .setStateMachineRegistry(group -> machine)
            .setOption(option)
            .setProperties(RatisSettings.of(storage, self, settings.segmentMaxBytes(), alone))
            .build();
    try {
      server.start();
      RaftServer.Division division = server.getDivision(groupId);
      checkBeginning(machine, Segments.in(current), current);
      if (!identity.made()) {
        DurableFile.sync(current);
        identity.nowMade(dir);
      }
      RatisLog log = new RatisLog(settings, server, division, machine, current);
      log.look();
      log.watch.scheduleWithFixedDelay(
          log::look, LOOK_INTERVAL_MS, LOOK_INTERVAL_MS, TimeUnit.MILLISECONDS);
      return log;
    } catch (IOException | RuntimeException | LogStartException e) {
      server.close();
      throw e;
    }
  }

  /** Ratis' FORMAT makes a log anew, so it is used only where nothing is. */
  private static StartupOption option(Identity identity, Path current) throws LogStartException {
    boolean there = Files.exists(current.resolve("raft-meta"));
    if (identity.made()) {
      if (!there) {
        throw new LogStartException(
            current
                + " is gone, though this folder's log was made: put it back from a copy, or move the"
                + " whole data folder away to start as a new peer",
            null);
      }
      return StartupOption.RECOVER;
    }
    Path group = current.getParent();
    // There already: stopped between making the log and saying so.
    return group != null && Files.exists(group) ? StartupOption.RECOVER : StartupOption.FORMAT;
  }

  private static void checkBeginning(LogStateMachine machine, Segments found, Path current)
      throws LogStartException {
    if (found.count() > 0 && found.start() > machine.snapshotIndex() + 1) {
      throw new LogStartException(
          "%s begins at index %d, but is forwarded only to %d: a segment or the mark is missing; put it back from a copy"
              .formatted(current, found.start(), machine.snapshotIndex()),
          null);
    }
  }

  @Override
  public String group() {
    return settings.gateway();
  }

  @Override
  public CompletionStage<Long> propose(byte[] entry, int readings) {
    State state = state();
    if (!state.canCommit()) {
      return CompletableFuture.failedFuture(new NotProposedException(state.detail()));
    }
    return submit(LogFrame.data(entry, readings));
  }

  private CompletableFuture<Long> submit(byte[] frame) {
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
    // These two are raised before anything is appended. A NotLeaderException may come after it, and
    // the entry may still commit.
    if (cause instanceof LeaderNotReadyException || cause instanceof ResourceUnavailableException) {
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
  public Mark mark() {
    return machine.mark();
  }

  @Override
  public CompletionStage<Long> advance(Mark mark) {
    return submit(LogFrame.mark(mark)).thenApply(this::truncate);
  }

  /** Deletes the segments that are forwarded, if there are any. */
  private long truncate(long index) {
    Segments now = segments;
    if (now.firstClosedEnd() <= machine.mark().index() && snapshotting.compareAndSet(false, true)) {
      SnapshotManagementRequest request =
          SnapshotManagementRequest.newCreate(
              client, division.getId(), groupId, calls.incrementAndGet(), SNAPSHOT_TIMEOUT_MS, 1);
      server
          .snapshotManagementAsync(request)
          .whenComplete(
              (reply, failure) -> {
                snapshotting.set(false);
                if (failure != null || !reply.isSuccess()) {
                  LOG.warn("The log was not truncated; tried again at the next mark", failure);
                }
              });
    }
    return index;
  }

  /** Runs on the watch thread: how large the log is, and whether there is room for more. */
  private void look() {
    try {
      segments = Segments.in(segmentsDir);
      long free = Files.getFileStore(segmentsDir).getUsableSpace();
      String before = full;
      full = whyFull(segments.bytes(), usage().entries(), free);
      if (before.isEmpty() && !full.isEmpty()) {
        LOG.warn("No more is taken in: {}", full);
      } else if (!before.isEmpty() && full.isEmpty()) {
        LOG.info("There is room again");
      }
    } catch (IOException e) {
      if (!closed) {
        LOG.warn("Cannot look at the log in {}", segmentsDir, e);
      }
    }
  }

  private String whyFull(long bytes, long entries, long free) {
    if (bytes > settings.maxBytes()) {
      return "the log has %d bytes that are not forwarded, tidemark.log.max-bytes is %d"
          .formatted(bytes, settings.maxBytes());
    }
    if (entries > settings.maxEntries()) {
      return "the log has %d entries that are not forwarded, tidemark.log.max-entries is %d"
          .formatted(entries, settings.maxEntries());
    }
    if (free < settings.freeSpaceMinBytes()) {
      return "the disk of %s has %d bytes left, tidemark.log.free-space-min-bytes is %d"
          .formatted(segmentsDir, free, settings.freeSpaceMinBytes());
    }
    return "";
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
    if (!info.isLeader() || !info.isLeaderReady()) {
      return new State(State.Role.ELECTING, "the log has no leader yet: try again soon");
    }
    String why = full;
    return why.isEmpty() ? leading : new State(State.Role.FULL, why);
  }

  @Override
  public Usage usage() {
    Segments now = segments;
    long above = Math.max(0, committedIndex() - Math.max(mark().index(), 0));
    return new Usage(now.bytes(), now.count(), above);
  }

  /** Where the other peers reach this one. */
  public int port() {
    return server.getServerRpc().getInetSocketAddress().getPort();
  }

  @Override
  public void onCommit(Runnable listener) {
    machine.onCommit(listener);
  }

  @Override
  public void close() {
    closed = true;
    watch.shutdownNow();
    CacheEviction.stop(division.getRaftLog());
    try {
      server.close();
    } catch (IOException e) {
      LOG.warn("The log in {} did not close well; it is complete all the same", segmentsDir, e);
    }
  }
}
