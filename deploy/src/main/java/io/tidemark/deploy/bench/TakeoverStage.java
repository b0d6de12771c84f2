package io.tidemark.deploy.bench;

import io.tidemark.deploy.cluster.ClusterState;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.GatewayService;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Namespaces;
import io.tidemark.deploy.pipeline.Network;
import io.tidemark.deploy.pipeline.Pipeline;
import io.tidemark.deploy.pipeline.Ports;
import io.tidemark.deploy.pipeline.Surroundings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * The whole platform with devices that send, as processes: gateways, of which one can be taken
 * away, ingest behind them, and before them a simulator whose devices know them all. Used by one
 * thread.
 */
final class TakeoverStage implements AutoCloseable {
  /** Gateways of the cluster. */
  static final int GATEWAYS = 3;

  /** So each gateway is home to ten. */
  static final int DEVICES = 30;

  /** Of each device, each sent by itself. */
  static final int READINGS_PER_SECOND = 5;

  /**
   * In place of the usual five minutes, as every trial begins with all of them at home. How a
   * device leaves a gateway does not depend on it.
   */
  private static final Duration HOME_AFTER = Duration.ofSeconds(2);

  /** What its devices send a gateway in a second: there is a backlog as soon as so much waits. */
  private static final int BACKLOG_READINGS = DEVICES / GATEWAYS * READINGS_PER_SECOND;

  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(2);

  private final Network network;
  private final Pipeline pipeline;
  private final ChildProcess sim;
  private final DeviceAcks acks;
  private final Http http = new Http(ANSWER_TIMEOUT);
  private boolean closed;

  /**
   * Starts no process yet.
   *
   * @param apart true if gateways can be cut off, for which root is needed
   * @throws IllegalStateException if they cannot be
   */
  TakeoverStage(Installation installation, Path data, boolean apart) throws InterruptedException {
    network = apart ? Namespaces.make(Pipeline.gatewayIds(GATEWAYS)) : Network.LOOPBACK;
    pipeline =
        new Pipeline(
            installation, data, Ports.free(GATEWAYS), Surroundings.of(network), null, "tidemark");
    Path trace = data.resolve("acknowledgements");
    sim = pipeline.sim("sim", simArguments(data.resolve("record"), trace));
    acks = new DeviceAcks(trace, gateways().stream().map(GatewayService::mqttUrl).toList());
    // Ctrl-C does not end what is frozen, nor networks.
    Runtime.getRuntime().addShutdownHook(new Thread(this::closeAtOnce));
  }

  private String[] simArguments(Path record, Path trace) {
    List<String> arguments = new ArrayList<>(List.of("run"));
    for (GatewayService gateway : gateways()) {
      arguments.addAll(List.of("--gateway", gateway.mqttUrl()));
    }
    arguments.addAll(List.of("--devices", Integer.toString(DEVICES)));
    arguments.addAll(List.of("--rate", Integer.toString(READINGS_PER_SECOND)));
    arguments.addAll(List.of("--batch-size", "1", "--seed", "7"));
    arguments.addAll(List.of("--home-after", HOME_AFTER.toSeconds() + "s"));
    arguments.addAll(List.of("--record", record.toString(), "--ack-trace", trace.toString()));
    return arguments.toArray(String[]::new);
  }

  /** Starts everything. */
  void start() throws IOException, InterruptedException {
    pipeline.startServers();
    sim.start();
  }

  List<GatewayService> gateways() {
    return pipeline.gateways();
  }

  Network network() {
    return network;
  }

  DeviceAcks acks() {
    return acks;
  }

  /** Waits until every gateway is well and leads its own group, and every device is at home. */
  void awaitWell() throws IOException, InterruptedException {
    List<String> missing = new ArrayList<>();
    await(
        () -> {
          missing.clear();
          if (!devicesAreHome()) {
            missing.add("devices are not home");
          }
          for (GatewayService gateway : gateways()) {
            if (!isWell(gateway)) {
              missing.add(gateway.id() + " is not well");
            }
          }
          return missing.isEmpty();
        },
        () -> String.join(", ", missing));
  }

  /** Whether each device had its last acknowledgement at home. */
  boolean devicesAreHome() throws IOException {
    return acks.areHome(DEVICES);
  }

  /** By its own word. */
  private boolean isWell(GatewayService gateway) throws InterruptedException {
    try {
      ClusterState state = state(gateway);
      return state.isAtHome() && state.canCommit();
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Stops ingest where it is, until a second's readings of a gateway's devices are committed in its
   * group and cannot have been forwarded.
   */
  void holdBacklog(GatewayService of) throws IOException, InterruptedException {
    pipeline.ingest().freeze();
    OptionalLong[] before = {OptionalLong.empty()};
    await(
        () -> {
          if (before[0].isEmpty()) {
            before[0] = waiting(of, of);
            return false;
          }
          for (GatewayService gateway : gateways()) {
            OptionalLong now = waiting(gateway, of);
            if (now.isEmpty() || now.getAsLong() < before[0].getAsLong() + BACKLOG_READINGS) {
              return false;
            }
          }
          return true;
        },
        () -> "group %s has no backlog".formatted(of.id()));
  }

  /** How many readings wait in a gateway's group; empty if who is asked does not answer in time. */
  private OptionalLong waiting(GatewayService asked, GatewayService of)
      throws InterruptedException {
    try {
      return OptionalLong.of(group(asked, of).waitingReadings());
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  /** Ingest goes on. */
  void releaseIngest() throws InterruptedException {
    pipeline.ingest().thaw();
  }

  /**
   * True if another gateway leads this one's group and nothing waits in it, by the word of one that
   * is not this one.
   */
  boolean isForwarded(GatewayService of) throws InterruptedException {
    for (GatewayService gateway : gateways()) {
      if (!gateway.id().equals(of.id()) && saysForwarded(gateway, of)) {
        return true;
      }
    }
    return false;
  }

  private boolean saysForwarded(GatewayService asked, GatewayService of)
      throws InterruptedException {
    try {
      ClusterState.Group group = group(asked, of);
      return group.leader() != null
          && !group.leader().equals(of.id())
          && group.waitingReadings() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private ClusterState.Group group(GatewayService asked, GatewayService of)
      throws IOException, InterruptedException {
    return state(asked).groups().stream()
        .filter(group -> group.group().equals(of.id()))
        .findFirst()
        .orElseThrow(() -> new IOException("%s has no group %s".formatted(asked.id(), of.id())));
  }

  private ClusterState state(GatewayService gateway) throws IOException, InterruptedException {
    return ClusterState.of(http.get(gateway.service().url() + "/api/v1/cluster"));
  }

  /**
   * Waits until something holds.
   *
   * @param trouble what is wrong as long as it does not
   * @throws IOException if it does not within two minutes, or the simulator has ended
   */
  void await(Waiting.Condition done, Supplier<String> trouble)
      throws IOException, InterruptedException {
    Waiting.until(
        () -> {
          if (!sim.isAlive()) {
            throw new IOException("the simulator has ended: " + sim.logTail());
          }
          return done.holds();
        },
        () -> "%s (logs beside %s)".formatted(trouble.get(), sim.log()));
  }

  /** Ends everything on the spot, frozen or not: nothing of it is kept. */
  @Override
  public synchronized void close() throws InterruptedException {
    if (!closed) {
      closed = true;
      for (ChildProcess process : pipeline.running()) {
        process.kill();
      }
      network.close();
    }
  }

  private void closeAtOnce() {
    try {
      close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
