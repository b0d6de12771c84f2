package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.Membership.Member;
import io.tidemark.gateway.replication.Peers.Address;
import io.tidemark.gateway.replication.generated.Greeting;
import io.tidemark.gateway.replication.generated.Proposal;
import io.tidemark.gateway.replication.generated.ProposalOutcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
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

  private final LogSettings settings;
  private final Identity identity;
  private final Neighbours neighbours = new Neighbours(this::greeting);
  private final ScheduledExecutorService watch;
  private final FolderLock lock;
  private final Groups groups;
  private final Leaderships leaderships;
  private volatile @Nullable Membership membership;
  private volatile List<RatisLog> logs = List.of();
  private volatile @Nullable OwnGroup own;
  private volatile @Nullable Room room;
  private volatile String noRoom = "";
  private volatile boolean leaving;
  private volatile String mqtt = "";
  private volatile String coap = "";

  private Cluster(LogSettings settings, FolderLock lock, Identity identity, Address self)
      throws IOException, LogStartException {
    this.settings = settings;
    this.lock = lock;
    this.identity = identity;
    this.watch =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "cluster-watch");
              thread.setDaemon(true);
              return thread;
            });
    this.groups = new Groups(settings, identity, self, new Answering());
    this.leaderships =
        new Leaderships(identity.gateway(), neighbours, () -> membership, groups::callElection);
  }

  /**
   * Opens this gateway's logs, and makes them where there are none: for that all gateways of the
   * cluster have to be there once, and are waited for. Each group has a leader a moment later.
   *
   * @param stopped whether waiting is given up
   * @param said told what is waited for
   * @throws LogStartException that says why it cannot be opened and what to do
   * @throws InterruptedException if waiting was given up
   */
  public static Cluster open(LogSettings settings, BooleanSupplier stopped, Consumer<String> said)
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
      cluster = new Cluster(settings, lock, identity, self);
      cluster.begin(dir, stopped, said);
      opened = true;
      return cluster;
    } catch (IOException | RuntimeException e) {
      throw new LogStartException(
          "the log in %s does not open: %s. Nothing was changed in it; free the folder or the port, or put it back from a copy, and start again"
              .formatted(dir, LogStartException.causes(e)),
          e);
    } finally {
      if (!opened && cluster != null) {
        cluster.close();
      } else if (!opened && lock != null) {
        lock.close();
      }
    }
  }

  private void begin(Path dir, BooleanSupplier stopped, Consumer<String> said)
      throws IOException, LogStartException, InterruptedException {
    Membership found = Membership.read(dir);
    if (found == null) {
      found = new Formation(identity, settings.peers(), neighbours).await(stopped, said);
      found.write(dir);
      LOG.info(
          "Gateway {} is of cluster {}: {}", identity.gateway(), found.cluster(), found.line());
    } else if (!found.line().equals(settings.peers().line())) {
      LOG.warn(
          "tidemark.cluster.peers is {}, but the members of cluster {} are {}: these count",
          settings.peers().line(),
          found.cluster(),
          found.line());
    }
    membership = found;
    Room shared = new Room(settings, found.groups().size(), new OthersRoom());
    room = shared;
    logs = groups.open(found, shared, leaderships);
    for (RatisLog log : logs) {
      if (log.group().equals(identity.gateway())) {
        own = through(log, found);
      }
    }
    Map<String, Address> others = others(found);
    watch.scheduleWithFixedDelay(() -> watch(others), 0, LOOK_INTERVAL_MS, TimeUnit.MILLISECONDS);
  }

  private void watch(Map<String, Address> others) {
    try {
      neighbours.greet(others);
      logs.forEach(RatisLog::look);
      Room shared = room;
      noRoom = shared == null ? "" : shared.shortDisk();
      leaderships.giveBack(logs);
      noteMade();
    } catch (IOException | RuntimeException e) {
      // It would not be called again.
      LOG.warn("Looking after the logs failed; tried again", e);
    }
  }

  /** The way into a group, whoever leads it. */
  OwnGroup through(RatisLog log, Membership of) {
    return new OwnGroup(log, of, neighbours);
  }

  /** Once something is committed in a log, its members are in it too, and it must never be gone. */
  private synchronized void noteMade() {
    Membership before = membership;
    Membership now = before;
    for (RatisLog log : logs) {
      if (now != null && !now.made().contains(log.group()) && log.committedIndex() >= 0) {
        now = now.withMade(log.group());
      }
    }
    if (now == null || now.equals(before)) {
      return;
    }
    try {
      now.write(settings.dir().toAbsolutePath());
      membership = now;
    } catch (IOException e) {
      LOG.warn("Cannot write down that a log was made; tried again", e);
    }
  }

  private Map<String, Address> others(Membership of) {
    Map<String, Address> addresses = new LinkedHashMap<>();
    of.members().forEach(member -> addresses.put(member.gateway(), member.address()));
    return Formation.others(addresses, identity.gateway());
  }

  /** What the other members say of their room; one that was never heard has said nothing. */
  private final class OthersRoom implements Room.Others {
    @Override
    public long maxBytes() {
      long least = Long.MAX_VALUE;
      for (Greeting greeting : heard(neighbours::last)) {
        if (greeting.getLogMaxBytes() > 0) {
          least = Math.min(least, greeting.getLogMaxBytes());
        }
      }
      return least;
    }

    @Override
    public String withoutRoom() {
      List<String> without = new ArrayList<>();
      for (Greeting greeting : heard(neighbours::recent)) {
        if (!greeting.getNoRoom().isEmpty()) {
          without.add(greeting.getGateway() + ": " + greeting.getNoRoom());
        }
      }
      // Those that are away have none either, but then nothing is committed anyway.
      Membership of = membership;
      boolean majorityHas = of == null || 2 * without.size() < of.members().size();
      return majorityHas ? "" : String.join("; ", without);
    }
  }

  /** The greetings of the other members, as far as there are any. */
  private List<Greeting> heard(Function<String, @Nullable Greeting> how) {
    Membership of = membership;
    List<Greeting> greetings = new ArrayList<>();
    for (Member member : of == null ? List.<Member>of() : of.members()) {
      Greeting greeting = how.apply(member.gateway());
      if (greeting != null) {
        greetings.add(greeting);
      }
    }
    return greetings;
  }

  /** Where this gateway's entries go. */
  public Proposer own() {
    OwnGroup group = own;
    if (group == null) {
      throw new IllegalStateException("not opened");
    }
    return group;
  }

  /** This gateway's id. */
  public String gateway() {
    return identity.gateway();
  }

  /** This gateway's replicas of all groups. */
  public List<ReplicatedLog> logs() {
    return List.copyOf(logs);
  }

  /** Names of all groups of the cluster. */
  public List<String> groupNames() {
    return logs.stream().map(RatisLog::group).toList();
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
    List<String> able = new ArrayList<>();
    for (Greeting greeting : heard(neighbours::recent)) {
      if (greeting.getCanCommit() && !greeting.getLeaving() && !greeting.getMqtt().isEmpty()) {
        able.add(greeting.getMqtt());
      }
    }
    return able.isEmpty() ? null : able.get(ThreadLocalRandom.current().nextInt(able.size()));
  }

  /** The cluster as this gateway sees it. */
  public ClusterStatus status() {
    Membership of = membership;
    if (of == null) {
      throw new IllegalStateException("not opened");
    }
    return new ClusterStatus(
        of.cluster(),
        identity.gateway(),
        own().state(),
        of.members().stream().map(this::member).toList(),
        logs.stream().map(log -> group(log, of)).toList());
  }

  private ClusterStatus.Member member(Member member) {
    boolean self = member.gateway().equals(identity.gateway());
    Greeting greeting = self ? greeting() : neighbours.recent(member.gateway());
    Greeting last = greeting == null ? neighbours.last(member.gateway()) : greeting;
    return new ClusterStatus.Member(
        member.gateway(),
        member.peer(),
        member.address().toString(),
        last == null ? "" : last.getMqtt(),
        last == null ? "" : last.getCoap(),
        greeting != null,
        greeting != null && greeting.getCanCommit(),
        greeting == null ? "" : Greetings.trouble(greeting),
        self);
  }

  private static ClusterStatus.Group group(RatisLog log, Membership of) {
    RaftPeerId id = log.leader();
    Member leader = id == null ? null : of.peer(id);
    return new ClusterStatus.Group(
        log.group(),
        log.role(),
        leader == null ? null : leader.gateway(),
        log.term(),
        log.committedIndex(),
        log.mark().index(),
        log.waiting(),
        log.usage());
  }

  /** Readings counted in all groups, and passed to others. */
  public Counts counts() {
    Counts sum = own().counts();
    for (RatisLog log : logs) {
      sum = log.group().equals(identity.gateway()) ? sum : sum.plus(log.counts());
    }
    return sum;
  }

  /** Where the other gateways reach this one. */
  public int port() {
    return groups.port();
  }

  /** Says that this gateway stops: nobody is to be sent here any more. */
  public void leave() {
    leaving = true;
    Membership of = membership;
    if (of != null) {
      neighbours.greet(others(of));
    }
  }

  /** Hands its groups over to others, as far as they take them; returns after a moment. */
  public void handOver() throws InterruptedException {
    leaderships.handOver(logs);
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
    Membership of = membership;
    if (of != null) {
      greeting.setCluster(of.cluster());
      of.members().stream().map(Greetings::member).forEach(greeting::addMembers);
    }
    OwnGroup group = own;
    greeting.setCanCommit(group != null && group.state().canCommit());
    greeting.setLeaving(leaving);
    greeting.setNoRoom(noRoom);
    logs.forEach(log -> greeting.addReplicas(Greetings.replica(log)));
    return greeting.build();
  }

  /** What the others ask. */
  private final class Answering implements PeerService.Handler {
    @Override
    public Greeting greeted(Greeting theirs) {
      // Others than these are nobody's business, and would fill the memory.
      Membership of = membership;
      String gateway = theirs.getGateway();
      if (!gateway.equals(identity.gateway())
          && (of == null
              ? settings.peers().addresses().containsKey(gateway)
              : of.member(gateway) != null && of.cluster().equals(theirs.getCluster()))) {
        neighbours.hear(theirs);
      }
      return greeting();
    }

    @Override
    public CompletionStage<ProposalOutcome> proposed(Proposal proposal) {
      Membership of = membership;
      String problem =
          of == null || !of.cluster().equals(proposal.getCluster())
              ? "this is not cluster " + proposal.getCluster()
              : Greetings.problem(proposal);
      RatisLog log = null;
      for (RatisLog each : logs) {
        log = each.group().equals(proposal.getGroup()) ? each : log;
      }
      if (!problem.isEmpty() || log == null) {
        return CompletableFuture.completedFuture(
            ProposalOutcome.newBuilder()
                .setNotProposed(
                    problem.isEmpty()
                        ? "there is no group " + proposal.getGroup() + " here"
                        : problem)
                .build());
      }
      return log.proposeForOther(proposal.getEntry().toByteArray(), proposal.getReadings())
          .handle(Cluster::outcome);
    }
  }

  private static ProposalOutcome outcome(@Nullable Long index, @Nullable Throwable failure) {
    ProposalOutcome.Builder outcome = ProposalOutcome.newBuilder();
    if (index != null) {
      return outcome.setCommitted(index).build();
    }
    Throwable cause = failure == null || failure.getCause() == null ? failure : failure.getCause();
    return cause instanceof NotProposedException
        ? outcome.setNotProposed(String.valueOf(cause.getMessage())).build()
        : outcome.setUnknown(String.valueOf(cause)).build();
  }

  /** Nothing committed is lost. Open proposals may never complete. */
  @Override
  public void close() {
    watch.shutdownNow();
    try {
      if (!watch.awaitTermination(WATCH_END_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("Looking after the logs does not end; closing them all the same");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    noteMade();
    leaderships.close();
    logs.forEach(RatisLog::closing);
    neighbours.close();
    groups.close();
    lock.close();
  }

  /** What keeps this gateway from going on without a restart, in words; empty if nothing does. */
  public String failure() {
    for (RatisLog log : logs) {
      State state = log.state();
      if (state.role() == State.Role.FAILED) {
        return "group " + log.group() + ": " + state.detail();
      }
    }
    return "";
  }
}
