package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.Membership.Member;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.ratis.proto.RaftProtos.CommitInfoProto;
import org.apache.ratis.proto.RaftProtos.TermIndexProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One Raft group's replica on this gateway, whatever its entries mean. Thread-safe. */
final class RaftReplica {
  private static final Logger LOG = LoggerFactory.getLogger(RaftReplica.class);
  private static final long SNAPSHOT_TIMEOUT_MS = 10_000;

  /** A follower is that far behind while all is well: what its leader has sent and not heard of. */
  static final long UNDER_WAY_ENTRIES = 16;

  private static final long STEP_DOWN_TIMEOUT_MS = 3_000;

  private final String group;
  private final RaftServer server;
  private final RaftServer.Division division;
  private final ClientId others = ClientId.randomId();
  private final AtomicLong calls = new AtomicLong();
  private final Supplier<byte[]> nothing;
  private final DurableIndex durable;

  private volatile List<RaftPeer> passingTo = List.of();
  private volatile long passingSince;

  /** Why the last change of its peers did not come about; empty if it did. */
  private volatile String problem = "";

  /**
   * A replica on a server that has it.
   *
   * @param nothing gives an entry that says nothing
   */
  RaftReplica(String group, RaftServer.Division division, Supplier<byte[]> nothing)
      throws IOException {
    this.nothing = nothing;
    this.durable = DurableIndex.of(division.getRaftStorage().getStorageDir().getRoot().toPath());
    this.group = group;
    this.server = division.getRaftServer();
    this.division = division;
  }

  String group() {
    return group;
  }

  RaftGroupId groupId() {
    return division.getGroup().getGroupId();
  }

  /** Submits an entry. */
  CompletableFuture<RaftClientReply> submit(byte[] frame, ClientId client) {
    RaftClientRequest request =
        RaftClientRequest.newBuilder()
            .setClientId(client)
            .setServerId(division.getId())
            .setGroupId(groupId())
            .setCallId(calls.incrementAndGet())
            .setMessage(Message.valueOf(UnsafeByteOperations.unsafeWrap(frame)))
            .setType(RaftClientRequest.writeRequestType())
            .build();
    try {
      return server.submitClientRequestAsync(request);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Makes it take a snapshot, and let go of the log below that. */
  CompletableFuture<RaftClientReply> snapshot() {
    return server.snapshotManagementAsync(
        SnapshotManagementRequest.newCreate(
            others, division.getId(), groupId(), calls.incrementAndGet(), SNAPSHOT_TIMEOUT_MS, 1));
  }

  RaftLog log() {
    return division.getRaftLog();
  }

  /** Highest index that is committed and applied here; -1 if there is none. */
  long appliedIndex() {
    return division.getInfo().getLastAppliedIndex();
  }

  /**
   * Fails where there is less than was on this disk before.
   *
   * @param snapshotIndex up to where the log is not needed; -1 if it all is
   */
  void requireWhole(long snapshotIndex) throws LogStartException {
    TermIndex last = log().getLastEntryTermIndex();
    long end = Math.max(last == null ? -1 : last.getIndex(), snapshotIndex);
    if (end < durable.noted()) {
      throw new LogStartException(
          "%s ends with entry %d, but had entry %d before: %s"
              .formatted(segments(), end, durable.noted(), LogStartException.PUT_BACK),
          null);
    }
  }

  /** Notes beside the log how far it is on the disk. Blocks as long as the disk does. */
  void noteDurable() throws IOException {
    durable.note(appliedIndex());
  }

  /** Where its segments are. */
  Path segments() {
    return division.getRaftStorage().getStorageDir().getCurrentDir().toPath();
  }

  /** Why Ratis has closed it, in its word for the state it is in; empty if it has not. */
  String closed() {
    LifeCycle.State life = division.getInfo().getLifeCycleState();
    return life.isClosingOrClosed() || life == LifeCycle.State.EXCEPTION ? life.toString() : "";
  }

  /** Whether it leads and is ready to. */
  boolean leads() {
    return division.getInfo().isLeaderReady();
  }

  /** Whether it leads, ready or not. */
  boolean isLeader() {
    return division.getInfo().isLeader() && division.getInfo().isAlive();
  }

  /** Whether a leader is known, and it is another one. */
  boolean follows() {
    RaftPeerId leader = division.getInfo().getLeaderId();
    return leader != null && !leader.equals(division.getId());
  }

  /** Who leads as far as this replica knows; null if it knows of none, as one that is closed. */
  @Nullable Member leader() {
    RaftPeerId leader = division.getInfo().isAlive() ? division.getInfo().getLeaderId() : null;
    RaftPeer peer = leader == null ? null : division.getRaftConf().getPeer(leader);
    return peer == null ? null : Member.of(peer);
  }

  /** Raft's word for what it is doing, in lower case; {@code closed} if that is nothing. */
  String role() {
    return division.getInfo().isAlive()
        ? division.getInfo().getCurrentRole().name().toLowerCase(Locale.ROOT)
        : "closed";
  }

  /** The current term. */
  long term() {
    return division.getInfo().getCurrentTerm();
  }

  /**
   * How many entries that its leader has committed are not applied here yet, as far as the leader
   * has told; 0 where none is known, and for the leader itself.
   */
  long lag() {
    OptionalLong committed = committedByLeader();
    return committed.isPresent() ? Math.max(0, committed.getAsLong() - appliedIndex()) : 0;
  }

  /**
   * Whether all that its leader has committed is here, but for what may be under way; false as long
   * as no leader has told how far it is.
   */
  boolean hasCaughtUp() {
    OptionalLong committed = committedByLeader();
    return isLeader()
        || (committed.isPresent() && committed.getAsLong() - appliedIndex() <= UNDER_WAY_ENTRIES);
  }

  /** How far another leader has told to have committed; empty if there is none, or it has not. */
  private OptionalLong committedByLeader() {
    RaftPeerId leader = division.getInfo().getLeaderId();
    if (leader == null || leader.equals(division.getId())) {
      return OptionalLong.empty();
    }
    return division.getCommitInfos().stream()
        .filter(told -> RaftPeerId.valueOf(told.getServer().getId()).equals(leader))
        .mapToLong(CommitInfoProto::getCommitIndex)
        .findFirst();
  }

  /** Whether every entry here is committed. */
  boolean isAllCommitted() {
    TermIndex last = log().getLastEntryTermIndex();
    return last == null || last.getIndex() <= log().getLastCommittedIndex();
  }

  /** Term and index of the last entry here, committed or not. */
  TermIndexProto lastEntry() {
    TermIndex last = log().getLastEntryTermIndex();
    return (last == null ? TermIndex.INITIAL_VALUE : last).toProto();
  }

  /** Index of the last entry here, committed or not. */
  long lastIndex() {
    return lastEntry().getIndex();
  }

  /** Index of the last entry that this gateway's disk has. */
  long flushedIndex() {
    return log().getFlushIndex();
  }

  /**
   * The sets of peers of each of which a majority has to agree, as far as this replica knows: one,
   * or two while the group passes from one to the other.
   */
  List<List<Member>> configuration() {
    RaftConfiguration now = division.getRaftConf();
    List<Member> current = now.getCurrentPeers().stream().map(Member::of).toList();
    List<Member> previous = now.getPreviousPeers().stream().map(Member::of).toList();
    return previous.isEmpty() ? List.of(current) : List.of(current, previous);
  }

  /** Its peers, or those that it passes to. */
  Collection<RaftPeer> peers() {
    return division.getRaftConf().getCurrentPeers();
  }

  /** Whether its peers are committed, and no others are passed to. */
  boolean isStable() {
    RaftConfiguration now = division.getRaftConf();
    return now.getPreviousPeers().isEmpty()
        && now.getLogEntryIndex() <= log().getLastCommittedIndex();
  }

  /**
   * Whether this leader sends what it has to all its peers, which Ratis may forget (see {@link
   * Reconfiguration}).
   */
  boolean sendsToAll() {
    long[] followers = division.getInfo().getFollowerMatchIndices();
    return followers == null || followers.length >= peers().size() - 1;
  }

  /** The peers it is passing to since a moment, empty if it does not. */
  List<RaftPeer> passingTo() {
    return passingTo;
  }

  /** Nanoseconds since that began. */
  long passingNanos() {
    return System.nanoTime() - passingSince;
  }

  /**
   * Begins to make these its peers: one more or one less than now. A new one is filled up first.
   *
   * @param peers with this gateway among them: Ratis can hang where a leader removes itself
   */
  void passTo(List<RaftPeer> peers) {
    List<RaftPeer> passing = List.copyOf(peers);
    passingTo = passing;
    passingSince = System.nanoTime();
    SetConfigurationRequest request =
        new SetConfigurationRequest(
            others,
            division.getId(),
            groupId(),
            calls.incrementAndGet(),
            SetConfigurationRequest.Arguments.newBuilder()
                .setServersInNewConf(peers)
                .setServersInCurrentConf(List.copyOf(peers()))
                .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
                .build());
    try {
      server
          .setConfigurationAsync(request)
          .whenComplete((reply, failure) -> passed(passing, reply, failure));
    } catch (IOException | RuntimeException e) {
      passed(passing, null, e);
    }
  }

  private void passed(
      List<RaftPeer> passing, @Nullable RaftClientReply reply, @Nullable Throwable failure) {
    Throwable cause = reply == null ? failure : reply.getException();
    String now = cause == null ? "" : LogStartException.causes(cause);
    if (now.isEmpty()) {
      LOG.info(
          "Group {} has the members {}", group, peers().stream().map(RaftPeer::getId).toList());
    } else if (!now.equals(problem)) {
      LOG.info("Group {} does not change its members yet; tried again: {}", group, now);
    }
    problem = now;
    if (passingTo == passing) {
      passesNoMore();
    }
  }

  /** Whoever leads now has to begin anew. */
  void passesNoMore() {
    passingTo = List.of();
  }

  /** Appends an entry that says nothing. */
  void appendNothing() {
    submit(nothing.get(), others);
  }

  /** Gives up leading, and with it what it passes to; whoever is elected leads. */
  void stepDown() {
    passesNoMore();
    TransferLeadershipRequest request =
        new TransferLeadershipRequest(
            others,
            division.getId(),
            groupId(),
            calls.incrementAndGet(),
            null,
            STEP_DOWN_TIMEOUT_MS);
    try {
      server.transferLeadershipAsync(request);
    } catch (IOException e) {
      LOG.info("Group {} keeps its leader for now", group, e);
    }
  }

  /** Before its server closes it. */
  void closing() {
    CacheEviction.stop(log());
    try (durable) {
      noteDurable();
    } catch (IOException e) {
      LOG.warn("Cannot note how far the log of group {} is on the disk", group, e);
    }
  }
}
