package io.tidemark.gateway.mqtt;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.tidemark.gateway.intake.Intake;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Listens for devices, on as many event loops as there are processors.
 *
 * <p>{@link #start} and {@link #close} block and are not for an event loop; the rest is
 * thread-safe.
 */
public final class MqttListener implements AutoCloseable {
  private static final long START_TIMEOUT_S = 30;
  private static final long DRAIN_TIMEOUT_MS = 5_000;
  private static final long DRAIN_LOOK_MS = 20;

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
  private final AtomicInteger port = new AtomicInteger(-1);
  private volatile @Nullable String deployment;
  private volatile boolean stopping;
  private volatile long sweeper = -1;

  public MqttListener(Vertx vertx, MqttSettings settings, Intake intake) {
    this.vertx = vertx;
    this.settings = settings;
    this.intake = intake;
    this.connections =
        new Connections(settings.connectionsMax(), settings.connectionsPerAddressMax());
    this.hall = new Hall(settings);
    this.wills = new Wills(intake);
    this.parked = new ParkedSessions(settings.sessionsMax(), wills);
  }

  /**
   * Listens.
   *
   * @throws IOException if it cannot, naming the address
   */
  public void start() throws IOException, InterruptedException {
    // Instances share a port only if it is a given one.
    int instances = settings.port() == 0 ? 1 : Runtime.getRuntime().availableProcessors();
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
                    port,
                    () -> stopping),
            new DeploymentOptions().setInstances(instances));
    try {
      deployment =
          deployed.toCompletionStage().toCompletableFuture().get(START_TIMEOUT_S, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException(
          "cannot listen for MQTT at %s:%d (%s): free it, or set tidemark.mqtt.host and tidemark.mqtt.port"
              .formatted(settings.host(), settings.port(), e.getMessage()),
          e);
    }
    sweeper = vertx.setPeriodic(SWEEP_INTERVAL_MS, timer -> sweep());
  }

  private void sweep() {
    if (!stopping) {
      parked.sweep();
    }
  }

  /** TCP port listened at; -1 if none. */
  public int port() {
    return port.get();
  }

  /** True while it listens. */
  public boolean listening() {
    return deployment != null && !stopping;
  }

  /** Connected devices. */
  public int connections() {
    return connections.count();
  }

  /** Connections whose CONNECT has not come. */
  public int unidentified() {
    return hall.unidentified();
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
   * Turns new connections away; those there are go once what they sent is acknowledged, or after
   * five seconds.
   */
  public void drain() throws InterruptedException {
    stopping = true;
    connections.all().forEach(MqttConnection::drain);
    Object pause = new Object();
    long deadline = System.nanoTime() + MILLISECONDS.toNanos(DRAIN_TIMEOUT_MS);
    synchronized (pause) {
      while (connections.count() > 0 && System.nanoTime() < deadline) {
        MILLISECONDS.timedWait(pause, DRAIN_LOOK_MS);
      }
    }
  }

  /** Closes the port and what is still connected. */
  @Override
  public void close() throws InterruptedException {
    stopping = true;
    vertx.cancelTimer(sweeper);
    String deployed = deployment;
    deployment = null;
    port.set(-1);
    if (deployed == null) {
      return;
    }
    try {
      vertx
          .undeploy(deployed)
          .toCompletionStage()
          .toCompletableFuture()
          .get(START_TIMEOUT_S, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the MQTT listener did not close", e);
    }
  }
}
