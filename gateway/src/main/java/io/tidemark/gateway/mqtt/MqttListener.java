package io.tidemark.gateway.mqtt;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.tidemark.gateway.intake.Intake;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Listens for devices, on as many event loops as there are processors: with TLS, without, or both.
 * Connections, sessions and their bounds are the same ones behind both ports.
 *
 * <p>{@link #start} and {@link #close} block and are not for an event loop; the rest is
 * thread-safe.
 */
public final class MqttListener implements AutoCloseable {
  private static final long START_TIMEOUT_S = 30;
  private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(5);
  private static final long DRAIN_LOOK_MS = 20;

  /** All are told within a second. */
  private static final int DRAIN_PARTS = 50;

  /** How exactly the grace is kept to. */
  private static final long READINESS_LOOK_MS = 100;

  /** All are sent away within two seconds. */
  private static final int UNREADY_PARTS = 20;

  /** How exactly sessions end and delayed wills are said; both are given in seconds. */
  private static final long SWEEP_INTERVAL_MS = 500;

  private final Vertx vertx;
  private final MqttSettings settings;
  private final Intake intake;
  private final MqttCounters counters = new MqttCounters();
  private final Connections connections;
  private final Wills wills;
  private final ParkedSessions parked;
  private final Hall hall;
  private final Unreadiness unreadiness;
  private final Departures sentAway = new Departures(UNREADY_PARTS);
  private final @Nullable MqttTls tls;
  private final AtomicInteger port = new AtomicInteger(-1);
  private final AtomicInteger tlsPort = new AtomicInteger(-1);
  private final List<String> deployments = new CopyOnWriteArrayList<>();
  private volatile boolean stopping;
  private volatile long sweeper = -1;
  private volatile long watcher = -1;

  /**
   * Does not listen yet.
   *
   * @param tls closed with the listener; null if it listens without TLS alone
   */
  public MqttListener(Vertx vertx, MqttSettings settings, Intake intake, @Nullable MqttTls tls) {
    this(vertx, settings, intake, tls, System::nanoTime);
  }

  /** With a clock for tests, in nanoseconds, by which the grace is measured. */
  MqttListener(
      Vertx vertx,
      MqttSettings settings,
      Intake intake,
      @Nullable MqttTls tls,
      LongSupplier clock) {
    this.vertx = vertx;
    this.tls = tls;
    this.settings = settings;
    this.intake = intake;
    this.connections =
        new Connections(settings.connectionsMax(), settings.connectionsPerAddressMax());
    this.hall = new Hall(settings, intake);
    this.wills = new Wills(intake, device -> tls == null || tls.mayStay(device));
    this.parked = new ParkedSessions(settings.sessionsMax(), wills);
    this.unreadiness = new Unreadiness(settings.unreadyGrace(), clock);
  }

  /**
   * Listens.
   *
   * @throws IOException if it cannot, naming the address
   */
  public void start() throws IOException, InterruptedException {
    if (tls != null) {
      listen(new MqttVerticle.Port(settings.tlsPort(), tlsPort, tls), "mqtt.tls.port");
    }
    if (settings.plain()) {
      listen(new MqttVerticle.Port(settings.port(), port, null), "mqtt.port");
    }
    sweeper = vertx.setPeriodic(SWEEP_INTERVAL_MS, timer -> sweep());
    watcher = vertx.setPeriodic(READINESS_LOOK_MS, timer -> watch());
  }

  private void listen(MqttVerticle.Port at, String setting)
      throws IOException, InterruptedException {
    // Instances share a port only if it is a given one.
    int instances = at.wanted() == 0 ? 1 : Runtime.getRuntime().availableProcessors();
    Future<String> deployed =
        vertx.deployVerticle(
            () ->
                new MqttVerticle(
                    settings,
                    intake,
                    counters,
                    connections,
                    parked,
                    wills,
                    hall,
                    at,
                    () -> stopping),
            new DeploymentOptions().setInstances(instances));
    try {
      deployments.add(
          deployed
              .toCompletionStage()
              .toCompletableFuture()
              .get(START_TIMEOUT_S, TimeUnit.SECONDS));
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException(
          "cannot listen for MQTT at %s:%d (%s): free it, or set tidemark.mqtt.host and tidemark.%s"
              .formatted(settings.host(), at.wanted(), e.getMessage(), setting),
          e);
    }
  }

  private void sweep() {
    if (!stopping) {
      parked.sweep();
    }
  }

  /** Sends devices away from a gateway that cannot commit. On the timer's event loop. */
  private void watch() {
    if (stopping || !unreadiness.lasts(intake.readiness())) {
      sentAway.end();
    } else {
      sentAway.next(connections.all(), MqttConnection::sendAway);
    }
  }

  /**
   * Ends the connections of devices that would not be let in any more, and the sessions of those
   * that are shut out. To be called after a change of the access list. Any thread.
   */
  public void lookAgain() {
    MqttTls secured = tls;
    if (secured == null) {
      return;
    }
    for (MqttConnection connection : connections.all()) {
      MqttVerticle.lookAgain(connection, secured);
    }
    parked.end(
        client -> {
          String device = MqttVerticle.deviceOf(client);
          return device != null && secured.devices().isShutOut(device);
        });
  }

  /** TCP port listened at without TLS; -1 if none. */
  public int port() {
    return port.get();
  }

  /** TCP port listened at with TLS; -1 if none. */
  public int tlsPort() {
    return tlsPort.get();
  }

  /** True while it listens. */
  public boolean listening() {
    return !deployments.isEmpty() && !stopping;
  }

  /** Connected devices. */
  public int connections() {
    return connections.count();
  }

  /** Connections whose CONNECT has not come. */
  public int unidentified() {
    return hall.unidentified();
  }

  /** Passwords that wait to be checked. */
  public int passwordsWaiting() {
    return tls == null ? 0 : tls.passwords().waiting();
  }

  /** Bytes of packets that came in part. */
  public long unfinishedBytes() {
    return hall.unfinishedBytes();
  }

  /** Connections turned away or ended for this reason. */
  public long closedFor(CloseReason reason) {
    return counters.closedFor(reason);
  }

  /** Times a connection was not read from, because it had sent its packets of this second. */
  public long throttled() {
    return counters.throttled.sum();
  }

  /** Times a connection was not read from, because its address had sent its packets of a second. */
  public long throttledByAddress() {
    return counters.throttledByAddress.sum();
  }

  /** Times a connection was not read from, because its device had sent more than it may. */
  public long throttledByDevice() {
    return counters.throttledByDevice.sum();
  }

  /** The same because all devices of its site had. */
  public long throttledBySite() {
    return counters.throttledBySite.sum();
  }

  /** Sessions whose device is away. */
  public int sessionsParked() {
    return parked.size();
  }

  /** Wills of which this became. */
  public long wills(WillOutcome outcome) {
    return wills.count(outcome);
  }

  /** Bytes of wills that wait for their delay. */
  public long willsWaitingBytes() {
    return parked.willBytes();
  }

  /** Messages that came again in a session, while the first had no answer. */
  public long recognized() {
    return counters.recognized.sum();
  }

  /** QoS 0 messages that came. */
  public long qos0Taken() {
    return counters.qos0Taken.sum();
  }

  /** QoS 0 messages that were committed all the same. */
  public long qos0Committed() {
    return counters.qos0Committed.sum();
  }

  /** QoS 0 messages that were not. */
  public long qos0Lost() {
    return counters.qos0Lost.sum();
  }

  /**
   * Turns new connections away; those there are go, a part at a time, once what they sent is
   * acknowledged, or after five seconds.
   */
  public void drain() throws InterruptedException {
    drain(DRAIN_TIMEOUT);
  }

  void drain(Duration timeout) throws InterruptedException {
    stopping = true;
    Departures departures = new Departures(DRAIN_PARTS);
    Object pause = new Object();
    long deadline = System.nanoTime() + timeout.toNanos();
    synchronized (pause) {
      while (connections.count() > 0 && System.nanoTime() - deadline < 0) {
        departures.next(connections.all(), MqttConnection::drain);
        MILLISECONDS.timedWait(pause, DRAIN_LOOK_MS);
      }
    }
    connections.all().forEach(MqttConnection::leaveNow);
  }

  /** Closes the port and what is still connected. */
  @Override
  public void close() throws InterruptedException {
    stopping = true;
    vertx.cancelTimer(sweeper);
    vertx.cancelTimer(watcher);
    List<String> deployed = List.copyOf(deployments);
    deployments.clear();
    port.set(-1);
    tlsPort.set(-1);
    try {
      for (String each : deployed) {
        vertx
            .undeploy(each)
            .toCompletionStage()
            .toCompletableFuture()
            .get(START_TIMEOUT_S, TimeUnit.SECONDS);
      }
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the MQTT listener did not close", e);
    } finally {
      if (tls != null) {
        tls.close();
      }
    }
  }
}
