package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.Peers.Address;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.proto.RaftProtos.RaftGroupIdProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage.StartupOption;
import org.apache.ratis.statemachine.StateMachine;
import org.apache.ratis.util.ExitUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Ratis server of this gateway and the replicas of all groups on it.
 *
 * <p>Ratis takes up by itself what it finds in its folder, knowing the members from the log. A
 * group whose log was not made for certain may not have them there yet: its folder is held back
 * until Ratis runs, and then added. A folder that does not open is never changed to make it open.
 *
 * <p>{@link #open}, {@link #openAgreement} and {@link #remove} block, and are called by one thread
 * at a time.
 */
final class Groups implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Groups.class);
  private static final long MANAGE_SECONDS = 30;

  private final Identity identity;
  private final Path dir;
  private final Path storage;
  private final Path held;
  private final ClientId own = ClientId.randomId();
  private final Map<RaftGroupId, StateMachine> machines = new ConcurrentHashMap<>();
  private final RaftServer server;

  /**
   * Starts the server without any group that is not made.
   *
   * @param tls null if nothing is encrypted
   * @param file what the folder says of its cluster; null if it belongs to none yet
   */
  Groups(
      LogSettings settings,
      @Nullable PeerTls tls,
      Identity identity,
      Address self,
      @Nullable MembershipFile file,
      PeerService.Handler handler)
      throws IOException, LogStartException {
    // Else Ratis ends the process where it cannot listen.
    ExitUtils.disableSystemExit();
    this.identity = identity;
    this.dir = settings.dir().toAbsolutePath();
    this.storage = dir.resolve("raft");
    this.held = dir.resolve("held");
    Files.createDirectories(storage);
    if (file != null) {
      prepare(file);
    }
    Parameters parameters = new Parameters();
    if (tls != null) {
      tls.secure(parameters);
    }
    GrpcConfigKeys.Server.setServicesCustomizer(
        parameters,
        (builder, types) -> {
          builder.addService(PeerService.definition(handler)).intercept(new DurableVotes(storage));
          return tls == null ? builder : builder.intercept(new PeerDoor(tls)); // asked first
        });
    int members =
        file == null ? settings.peers().addresses().size() : file.membership().members().size();
    server =
        RaftServer.newBuilder()
            .setServerId(RaftPeerId.valueOf(identity.peer()))
            .setStateMachineRegistry(
                group -> machines.computeIfAbsent(group, each -> new LogStateMachine(own)))
            .setOption(StartupOption.RECOVER)
            .setProperties(
                RatisSettings.of(storage, self, settings.segmentMaxBytes(), members == 1))
            .setParameters(parameters)
            .build();
    try {
      server.start();
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /**
   * What has to be done before Ratis looks: it makes a log anew in a folder that has lost it, and
   * does not open one whose end is torn.
   *
   * @throws LogStartException if a log that was made is gone or damaged
   */
  private void prepare(MembershipFile file) throws IOException, LogStartException {
    Membership membership = file.membership();
    machines.put(membership.groupId(Membership.AGREEMENT), new AgreementMachine());
    for (String group : membership.ended()) {
      delete(folder(membership, group));
      delete(heldBack(folder(membership, group)));
    }
    List<String> groups = new ArrayList<>(membership.groups());
    groups.add(Membership.AGREEMENT);
    for (String group : groups) {
      Path folder = folder(membership, group);
      if (file.made().contains(group)) {
        requireThere(folder);
      } else if (Files.exists(folder)) {
        Files.createDirectories(held);
        Files.move(folder, heldBack(folder), StandardCopyOption.ATOMIC_MOVE);
      }
      RaftMeta.mend(folder);
      RaftMeta.mend(heldBack(folder));
    }
    for (String group : membership.groups()) {
      takeBackSnapshots(folder(membership, group));
      takeBackSnapshots(heldBack(folder(membership, group)));
    }
    for (String group : groups) {
      OpenSegment.ready(folder(membership, group));
      OpenSegment.ready(heldBack(folder(membership, group)));
    }
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(each);
        }
      }
    }
  }

  private static void requireThere(Path folder) throws LogStartException {
    if (!Files.exists(folder.resolve("current").resolve("raft-meta"))) {
      throw new LogStartException(
          folder + " is gone, though this folder's log was made: " + LogStartException.PUT_BACK,
          null);
    }
  }

  /**
   * Ratis puts a snapshot that a leader has sent in place of the former in two steps, between which
   * there is none: then the former is taken back.
   */
  private static void takeBackSnapshots(Path folder) throws IOException {
    Path snapshots = folder.resolve("sm");
    if (!Files.isDirectory(folder) || Files.exists(snapshots)) {
      return;
    }
    try (DirectoryStream<Path> moved = Files.newDirectoryStream(folder, "sm.tmp*")) {
      for (Path former : moved) {
        Files.move(former, snapshots, StandardCopyOption.ATOMIC_MOVE);
        return;
      }
    }
  }

  private Path folder(Membership membership, String group) {
    return storage.resolve(membership.groupId(group).getUuid().toString());
  }

  /** Where a group's folder lies until Ratis runs. */
  private Path heldBack(Path folder) {
    return held.resolve(folder.getFileName());
  }

  /** Whether a group's replica has been made here, or was begun to be. */
  boolean isHere(Membership membership, String group) {
    Path folder = folder(membership, group);
    return Files.exists(folder) || Files.exists(heldBack(folder));
  }

  /**
   * Opens a group's log, making it where there is none yet.
   *
   * @param made whether it is there for certain
   * @throws LogStartException if it misses its beginning or its end
   */
  RatisLog open(
      Membership membership, String group, boolean made, Room room, RatisLog.Majority majority)
      throws IOException, LogStartException {
    RaftServer.Division division = division(membership, group, made);
    if (!(machines.get(membership.groupId(group)) instanceof LogStateMachine machine)) {
      throw new IOException("Ratis has not asked for a state machine of group " + group);
    }
    RaftReplica replica = new RaftReplica(group, division, () -> LogFrame.mark(machine.mark()));
    RatisLog log = new RatisLog(replica, machine, own, room, majority);
    log.requireWhole();
    log.look();
    return log;
  }

  /**
   * Opens the group in which the members agree on who they are, making it where there is none yet.
   *
   * @param made whether it is there for certain
   * @throws LogStartException if it misses its end
   */
  Agreement openAgreement(Membership membership, boolean made)
      throws IOException, LogStartException {
    AgreementMachine machine = new AgreementMachine();
    StateMachine before = machines.putIfAbsent(membership.groupId(Membership.AGREEMENT), machine);
    RaftReplica replica =
        new RaftReplica(
            Membership.AGREEMENT,
            division(membership, Membership.AGREEMENT, made),
            () -> AgreementMachine.NOTHING);
    replica.requireWhole(-1);
    return new Agreement(replica, before instanceof AgreementMachine earlier ? earlier : machine);
  }

  private RaftServer.Division division(Membership membership, String group, boolean made)
      throws IOException {
    if (!made) {
      add(membership.toMake(group, identity), folder(membership, group));
    }
    return server.getDivision(membership.groupId(group));
  }

  /** Takes a group that has ended away, with its folder. */
  void remove(Membership membership, String group) throws IOException {
    take(membership, group, true);
    delete(folder(membership, group)); // of failing to, Ratis does not tell
  }

  /** Takes a group away that goes on without this gateway; its folder stays. */
  void leave(Membership membership, String group) throws IOException {
    take(membership, group, false);
  }

  private void take(Membership membership, String group, boolean folder) throws IOException {
    RaftGroupId id = membership.groupId(group);
    manage(
        group,
        GroupManagementRequest.newRemove(
            own, server.getId(), System.nanoTime(), id, folder, false));
    machines.remove(id);
  }

  private void add(RaftGroup group, Path folder) throws IOException {
    Path before = heldBack(folder);
    if (Files.exists(before)) {
      Files.move(before, folder, StandardCopyOption.ATOMIC_MOVE);
    }
    // To format makes a log anew, so it is done only where nothing is.
    boolean there = Files.exists(folder);
    GroupManagementRequest request =
        GroupManagementRequest.newAdd(own, server.getId(), System.nanoTime(), group, !there);
    manage(group.getGroupId().toString(), request);
    DurableFile.sync(folder.resolve("current"));
    DurableFile.sync(folder);
    DurableFile.sync(storage);
  }

  private void manage(String group, GroupManagementRequest request) throws IOException {
    try {
      RaftClientReply reply =
          server.groupManagementAsync(request).orTimeout(MANAGE_SECONDS, TimeUnit.SECONDS).join();
      if (!reply.isSuccess()) {
        throw new IOException("group " + group + " does not change here", reply.getException());
      }
    } catch (CompletionException e) {
      throw new IOException(LogStartException.causes(e), e);
    }
  }

  /**
   * Asks a follower to stand for election at once. Ratis has no request for this where the present
   * leader is the preferred one, as a leader that stops is: so what it sends otherwise is sent
   * here.
   *
   * @throws IOException if it cannot be asked
   */
  boolean callElection(RaftReplica replica, RaftPeerId follower) throws IOException {
    return server
        .getServerRpc()
        .startLeaderElection(
            StartLeaderElectionRequestProto.newBuilder()
                .setServerRequest(
                    RaftRpcRequestProto.newBuilder()
                        .setRequestorId(server.getId().toByteString())
                        .setReplyId(follower.toByteString())
                        .setRaftGroupId(
                            RaftGroupIdProto.newBuilder().setId(replica.groupId().toByteString())))
                .setLeaderLastEntry(replica.lastEntry())
                .build())
        .getServerReply()
        .getSuccess();
  }

  /**
   * Makes Ratis' connection to a peer anew, whose silence it has outlasted: TCP finds out only
   * after up to as long again that there is an answer (see {@link PeerLink}), and Ratis does not
   * look. What is on its way is sent again. Returns at once.
   */
  void reconnect(String peer) {
    // Waits some seconds for calls that are open, as those that entries are appended by always are.
    Thread thread =
        new Thread(
            () ->
                server
                    .getServerRpc()
                    .handleException(
                        RaftPeerId.valueOf(peer), new IOException("it was silent"), true),
            "reconnect-" + peer);
    thread.setDaemon(true);
    thread.start();
  }

  /** Where the other gateways reach this one. */
  int port() {
    return server.getServerRpc().getInetSocketAddress().getPort();
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      LOG.warn("The logs in {} did not close well; they are complete all the same", dir, e);
    }
  }
}
