package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.Membership.Member;
import io.tidemark.gateway.replication.Peers.Address;
import io.tidemark.gateway.replication.generated.Change;
import io.tidemark.gateway.replication.generated.ChangeOutcome;
import io.tidemark.gateway.replication.generated.Greeting;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.ratis.protocol.RaftPeerId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This gateway as a member of its cluster: its replicas of all groups, the group its own entries go
 * to, and what it knows of the others.
 *
 * <p>Thread-safe. {@link #open} and {@link #close} block.
 */
public final class Cluster implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Cluster.class);
  private static final long LOOK_INTERVAL_MS = 500;
  private static final long WATCH_END_SECONDS = 10;
  private static final Duration LIST_TIMEOUT = Duration.ofSeconds(10);
  private static final byte[] NO_LIST = {};
  private static final Duration CHANGE_TIMEOUT = Duration.ofSeconds(10);

  private final LogSettings settings;
  private final Identity identity;
  private final Neighbours neighbours;
  private final Partings partings;
  private final ScheduledExecutorService watch;
  private final ScheduledExecutorService noting;
  private final FolderLock lock;
  private final Room room;
  private final Groups groups;
  private final Leaderships leaderships;
  private final Holdings holdings;
  private final ClusterView view;
  private final Changes changes;
  private final Reconfiguration reconfiguration;
  private final OwnGroup own;
  private volatile String noRoom = "";
  private volatile @Nullable DiskUse disk;
  private volatile String lastRefused = "";
  private volatile boolean leaving;
  private volatile boolean caughtUp;
  private volatile @Nullable SharedList shared;
  private final AtomicBoolean listAsked = new AtomicBoolean();
  private volatile String mqtt = "";
  private volatile String coap = "";

  private Cluster(
      LogSettings settings,
      @Nullable PeerTls tls,
      FolderLock lock,
      Identity identity,
      Address self,
      @Nullable MembershipFile file)
      throws IOException, LogStartException {
    this.settings = settings;
    this.lock = lock;
    this.identity = identity;
    this.neighbours = new Neighbours(this::greeting, tls);
    this.partings = new Partings(tls, neighbours, this::reconnect);
    this.watch = thread("cluster-watch");
    this.noting = thread("log-notes");
    this.room =
        new Room(
            settings,
            this::groupCount,
            new OthersRoom(identity.gateway(), neighbours, this::known));
    this.leaderships =
        new Leaderships(identity.gateway(), neighbours, this::latest, this::callElection);
    this.holdings = new Holdings(settings.dir().toAbsolutePath(), identity, room, leaderships);
    this.own = new OwnGroup(holdings, identity, neighbours);
    this.view = new ClusterView(identity, holdings, neighbours, own, this::greeting);
    this.changes = new Changes(holdings, neighbours, view);
    this.reconfiguration =
        new Reconfiguration(
            RaftPeerId.valueOf(identity.peer()), neighbours::recent, leaderships::handOver);
    this.groups =
        new Groups(
            settings,
            tls,
            identity,
            self,
            file,
            new PeerAnswers(
                holdings, neighbours, changes, this::greeting, this::listBytes, this::isKnown));
  }

  private static ScheduledExecutorService thread(String name) {
    return Executors.newSingleThreadScheduledExecutor(
        task -> {
          Thread thread = new Thread(task, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  private @Nullable Membership latest() {
    return changes.current();
  }

  private void reconnect(String peer) {
    groups.reconnect(peer);
  }

  private boolean callElection(RaftReplica replica, RaftPeerId follower) throws IOException {
    return groups.callElection(replica, follower);
  }

  /**
   * Opens this gateway's logs, and makes them where there are none: for that all gateways of the
   * cluster have to be there once, or a cluster that takes this gateway in, and are waited for.
   * Each group has a leader a moment later.
   *
   * @param tls how gateways speak to each other; null if in the clear
   * @param stopped whether waiting is given up
   * @param said told what is waited for
   * @throws LogStartException that says why it cannot be opened and what to do
   * @throws InterruptedException if waiting was given up
   */
  public static Cluster open(
      LogSettings settings, @Nullable PeerTls tls, BooleanSupplier stopped, Consumer<String> said)
      throws LogStartException, InterruptedException {
    Path dir = settings.dir().toAbsolutePath();
    FolderLock lock = null;
    Cluster cluster = null;
    boolean opened = false;
    try {
      lock = FolderLock.of(dir);
      Identity identity = Identity.of(dir, settings.gateway());
      Address self = settings.peers().addresses().get(settings.gateway());
      if (self == null) {
        throw new LogStartException("the peers do not name gateway " + settings.gateway(), null);
      }
      MembershipFile file = MembershipFile.read(dir);
      if (file != null && file.left()) {
        throw new LogStartException(Holdings.departed(file.membership(), identity), null);
      }
      new Reachability(InetAddress::getByName)
          .check(settings.gateway(), self, Reachability.others(settings, file), LOG::warn);
      cluster = new Cluster(settings, tls, lock, identity, self, file);
      cluster.begin(file, stopped, said);
      opened = true;
      return cluster;
    } catch (IOException | RuntimeException e) {
      throw new LogStartException(
          "the log in %s does not open: %s. Nothing was changed in it; free the folder or the port and start again. A log that is damaged: %s"
              .formatted(dir, LogStartException.causes(e), LogStartException.PUT_BACK),
          e);
    } finally {
      if (!opened && cluster != null) {
        cluster.close();
      } else if (!opened && lock != null) {
        lock.close();
      }
    }
  }

  private void begin(@Nullable MembershipFile file, BooleanSupplier stopped, Consumer<String> said)
      throws IOException, LogStartException, InterruptedException {
    MembershipFile found = file;
    if (found == null) {
      Membership membership =
          new Formation(identity, settings.peers(), neighbours).await(stopped, said);
      found = new MembershipFile(membership, Set.of(), false);
      found.write(settings.dir().toAbsolutePath());
      LOG.info(
          "Gateway {} is of cluster {}: {}",
          identity.gateway(),
          membership.cluster(),
          membership.line());
    } else if (!found.membership().line().equals(settings.peers().line())) {
      LOG.warn(
          "tidemark.cluster.peers is {}, but the members of cluster {} are {}: these count",
          settings.peers().line(),
          found.membership().cluster(),
          found.membership().line());
    }
    holdings.open(groups, found);
    watch.scheduleWithFixedDelay(this::look, 0, LOOK_INTERVAL_MS, TimeUnit.MILLISECONDS);
    noting.scheduleWithFixedDelay(
        this::noteDurable, LOOK_INTERVAL_MS, LOOK_INTERVAL_MS, TimeUnit.MILLISECONDS);
  }

  /** On a thread of its own, as a disk may stand still, which others have to be told. */
  private void noteDurable() {
    for (RaftReplica replica : holdings.replicas()) {
      step(replica::noteDurable);
    }
  }

  /** A step of {@link #look}; one that fails does not keep the others from being made. */
  private interface Step {
    void run() throws IOException, LogStartException;
  }

  private void look() {
    step(holdings::noteMade);
    step(() -> holdings.adopt(latestMembership()));
    Membership of = membership();
    boolean member = of.has(identity);
    step(() -> neighbours.greetAll(neighbouring(of)));
    step(() -> askForList(of));
    step(() -> neighbours.returned().forEach(groups::reconnect));
    step(() -> partings.look(neighbouring(of)));
    step(() -> holdings.dropEnded(groups));
    step(() -> holdings.openMissing(groups, group -> member && isFree(group)));
    step(() -> noRoom = room.shortDisk());
    step(() -> disk = room.disk(logBytes()));
    for (RatisLog log : holdings.logs()) {
      step(log::look);
    }
    if (member) {
      step(() -> leaderships.giveBack(of, holdings.logs()));
      holdings.logs().stream()
          .filter(log -> log.state().role() == State.Role.STALLED)
          .forEach(log -> step(() -> leaderships.handOver(log.replica(), of)));
    }
    if (!leaving) {
      for (RaftReplica replica : holdings.replicas()) {
        step(() -> reconfiguration.look(of, replica));
      }
    }
    step(
        () ->
            holdings.logs().stream()
                .filter(log -> isToClose(log, of))
                .forEach(RatisLog::closeForGood));
    step(() -> holdings.letGo(groups, group -> view.isSettled(group, of)));
    step(() -> changes.due(identity, settings.peers()).forEach(this::ask));
  }

  private static void step(Step step) {
    try {
      step.run();
    } catch (IOException | LogStartException | RuntimeException e) {
      LOG.warn("Looking after the logs failed in part; tried again", e);
    }
  }

  private byte[] listBytes() {
    SharedList list = shared;
    return list == null ? NO_LIST : list.bytes();
  }

  /** Of another gateway that has a newer one; at most one is on its way. */
  private void askForList(Membership of) {
    SharedList list = shared;
    if (list == null) {
      return;
    }
    for (Member member : neighbouring(of)) {
      Greeting theirs = neighbours.recent(member.gateway());
      if (theirs != null
          && Long.compareUnsigned(theirs.getAccessVersion(), list.version()) > 0
          && listAsked.compareAndSet(false, true)) {
        neighbours
            .link(member.address())
            .list(LIST_TIMEOUT)
            .whenComplete(
                (answer, failure) -> {
                  listAsked.set(false);
                  if (answer != null) {
                    list.offered(answer.getList().toByteArray(), member.gateway());
                  }
                });
      }
    }
  }

  /** For a change that is due; it is asked for again as long as it is. */
  private void ask(Change due) {
    change(due)
        .whenComplete(
            (outcome, failure) -> {
              String refused = outcome == null ? String.valueOf(failure) : outcome.getRefused();
              if (!refused.isEmpty() && !refused.equals(lastRefused)) {
                LOG.info("A change of the members that is due waits: {}", refused);
              }
              lastRefused = refused;
            });
  }

  /** The latest that its members have agreed on, as far as this gateway has heard. */
  private Membership latestMembership() {
    Membership agreed = changes.current();
    Membership known = agreed == null ? membership() : agreed;
    Membership heard = neighbours.latest(known.cluster());
    return heard != null && heard.generation() > known.generation() ? heard : known;
  }

  /** Whether a group's replica may be made here. */
  private boolean isFree(String group) {
    return own.founds(group) || Reconfiguration.isFree(neighbours.leaders(group), identity);
  }

  private Membership membership() {
    Membership of = holdings.membership();
    if (of == null) {
      throw new IllegalStateException("not opened");
    }
    return of;
  }

  /** A group whose gateway was removed is closed once it has only the others. */
  private boolean isToClose(RatisLog log, Membership of) {
    return of.leaving().contains(log.group())
        && log.leadership() >= 0
        && view.isSettled(log.group(), of);
  }

  private @Nullable Membership known() {
    return holdings.membership();
  }

  private int groupCount() {
    Membership of = known();
    return of == null ? 1 : of.groups().size();
  }

  /**
   * Whom this gateway greets: the other members, who may have the same id if its place was given
   * away, and who still is in a group.
   */
  private Collection<Member> neighbouring(Membership of) {
    Map<String, Member> all = new TreeMap<>();
    for (RaftReplica replica : holdings.replicas()) {
      replica.configuration().stream()
          .flatMap(List::stream)
          .forEach(member -> all.put(member.gateway(), member));
    }
    of.members().forEach(member -> all.put(member.gateway(), member));
    all.values().removeIf(member -> member.peer().equals(identity.peer()));
    return all.values();
  }

  private boolean isKnown(Greeting theirs) {
    Membership of = holdings.membership();
    String gateway = theirs.getGateway();
    if (of == null) {
      return settings.peers().addresses().containsKey(gateway)
          && !gateway.equals(identity.gateway());
    }
    return of.cluster().equals(theirs.getCluster())
        && neighbouring(of).stream()
            .anyMatch(
                member ->
                    member.gateway().equals(gateway)
                        && member.incarnation().equals(theirs.getIncarnation()));
  }

  /**
   * Has the members agree on a change; the groups follow, which {@link #status} shows.
   *
   * @return completes with the generation of the new membership; fails with {@link
   *     ChangeRefusedException} if it is not made, and otherwise if nobody knows
   */
  public CompletionStage<Long> change(ClusterChange wanted) {
    return change(wanted.of(membership().cluster()))
        .thenApply(
            outcome -> {
              if (!outcome.getRefused().isEmpty()) {
                throw new CompletionException(new ChangeRefusedException(outcome.getRefused()));
              }
              if (!outcome.getFailed().isEmpty()) {
                throw new CompletionException(new IOException(outcome.getFailed()));
              }
              return outcome.getGeneration();
            });
  }

  private CompletionStage<ChangeOutcome> change(Change change) {
    Agreement agreement = holdings.agreement();
    if (agreement == null || agreement.replica().leads()) {
      return changes.make(change);
    }
    Member leader = agreement.replica().leader();
    return leader == null
        ? CompletableFuture.completedFuture(
            ChangeOutcome.newBuilder()
                .setFailed("no majority of the members is there to agree on it: try again")
                .build())
        : neighbours.link(leader.address()).change(change, CHANGE_TIMEOUT);
  }

  /** Where this gateway's entries go. */
  public Proposer own() {
    return own;
  }

  /** This gateway's id. */
  public String gateway() {
    return identity.gateway();
  }

  /** This gateway's replicas of all groups. */
  public List<ReplicatedLog> logs() {
    return List.copyOf(holdings.logs());
  }

  /** Has it told when there are other replicas here, and before one that is gone closes. */
  public void onLogs(Runnable listener) {
    holdings.onLogs(listener);
  }

  /** Names of all groups of the cluster, by the latest that its members have agreed on. */
  public List<String> groupNames() {
    Membership of = changes.current();
    return of == null ? List.of() : of.groups();
  }

  /** From now on the members tell each other the newest access list that one of them has. */
  public void share(SharedList list) {
    shared = list;
  }

  /** Says where devices reach this gateway, {@code host:port}. */
  public void listening(String mqttAddress, String coapAddress) {
    mqtt = mqttAddress;
    coap = coapAddress;
  }

  /**
   * Where devices may go instead: the MQTT address of another gateway that can commit; null if none
   * is known. With several it is one or another.
   */
  public @Nullable String elsewhere() {
    return view.elsewhere();
  }

  /** The cluster as this gateway sees it. */
  public ClusterStatus status() {
    return view.status(membership());
  }

  /**
   * Whether this gateway has had, at a time since it started, what was committed in the groups of
   * all members: only then does it count for a majority without the others having to wait for it.
   */
  public boolean hasCaughtUp() {
    if (!caughtUp) {
      List<RatisLog> here = holdings.logs();
      List<String> groups = here.stream().map(RatisLog::group).toList();
      caughtUp =
          membership().members().stream().allMatch(member -> groups.contains(member.gateway()))
              && here.stream().allMatch(log -> log.replica().hasCaughtUp());
    }
    return caughtUp;
  }

  /** The disk as it was half a second ago; null before the first look at it. */
  public @Nullable DiskUse disk() {
    return disk;
  }

  private long logBytes() {
    return status().groups().stream().mapToLong(group -> group.usage().bytes()).sum();
  }

  /** Readings counted in all groups, and passed to others. */
  public Counts counts() {
    return own.counts();
  }

  /** Where the other gateways reach this one. */
  public int port() {
    return groups.port();
  }

  /** Says that this gateway stops: nobody is to be sent here any more. */
  public void leave() {
    leaving = true;
    neighbours.greetAll(membership().others(identity.gateway()));
  }

  /** Hands its groups over to others, as far as they take them; returns after a moment. */
  public void handOver() throws InterruptedException {
    leaderships.handOverAll(membership(), holdings.replicas());
  }

  private Greeting greeting() {
    Greeting.Builder greeting =
        Greeting.newBuilder()
            .setGateway(identity.gateway())
            .setIncarnation(identity.incarnation())
            .setLogMaxBytes(settings.maxBytes())
            .setMqtt(mqtt)
            .setCoap(coap);
    settings.peers().addresses().entrySet().stream()
        .map(Greetings::listed)
        .forEach(greeting::addListed);
    Membership of = holdings.membership();
    if (of != null) {
      greeting.setCluster(of.cluster()).setMembership(Greetings.membership(of));
      greeting.setCanCommit(own.state().canCommit());
    }
    greeting.setLeaving(leaving);
    SharedList list = shared;
    if (list != null) {
      greeting.setAccessVersion(list.version());
    }
    greeting.setNoRoom(noRoom);
    holdings.logs().forEach(log -> greeting.addReplicas(Greetings.replica(log)));
    Agreement agreement = holdings.agreement();
    if (agreement != null) {
      greeting.addReplicas(Greetings.replica(agreement));
    }
    return greeting.build();
  }

  /** Nothing committed is lost. Open proposals may never complete. */
  @Override
  public void close() {
    watch.shutdownNow();
    noting.shutdown();
    try {
      if (!watch.awaitTermination(WATCH_END_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("Looking after the logs does not end; closing them all the same");
      }
      holdings.noteMade();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      LOG.warn("Cannot write down that a log was made", e);
    }
    leaderships.close();
    holdings.closing();
    neighbours.close();
    groups.close();
    lock.close();
  }

  /** What keeps this gateway from going on without a restart, in words; empty if nothing does. */
  public String failure() {
    Membership of = holdings.membership();
    if (of == null || !of.has(identity)) {
      return "";
    }
    for (RatisLog log : holdings.logs()) {
      State state = log.state();
      if (state.role() == State.Role.FAILED) {
        return "group " + log.group() + ": " + state.detail();
      }
    }
    Agreement agreement = holdings.agreement();
    return agreement == null || agreement.failure().isEmpty()
        ? ""
        : "the members' agreement: " + agreement.failure() + ": start again";
  }
}
