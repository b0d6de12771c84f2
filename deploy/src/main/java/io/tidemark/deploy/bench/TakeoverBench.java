package io.tidemark.deploy.bench;

import io.tidemark.deploy.bench.TakeoverBenchResult.Taken;
import io.tidemark.deploy.bench.TakeoverBenchResult.Trial;
import io.tidemark.deploy.pipeline.Folders;
import io.tidemark.deploy.pipeline.GatewayService;
import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Takes gateways away from devices that send: how long each device of such a gateway is without an
 * acknowledgement, until it has one from another; and how long it takes until what waited in the
 * gateway's group is forwarded by another. One gateway after the other, each only once the one
 * before is back, leads its group, and has its devices home.
 */
public final class TakeoverBench {
  /** How often a trial is begun anew, as devices have left before a gateway is taken. */
  private static final int AGAIN_MAX = 5;

  private final TakeoverBenchOptions options;
  private final Installation installation = Installation.find();

  /** Prepares; starts nothing. */
  public TakeoverBench(TakeoverBenchOptions options) {
    this.options = options;
  }

  /**
   * Measures. Everything it started has ended then, and its data is gone.
   *
   * @throws IOException if a gateway or a device does not come back
   * @throws IllegalStateException if gateways cannot be cut off here, or do not start
   */
  public TakeoverBenchResult run() throws IOException, InterruptedException {
    Path data = BenchFolder.make(installation);
    List<Taken> taken = new ArrayList<>();
    boolean apart = options.kinds().contains(TakeoverKind.PARTITION);
    try (TakeoverStage stage = new TakeoverStage(installation, data, apart)) {
      stage.start();
      for (TakeoverKind kind : options.kinds()) {
        taken.add(Taken.of(kind, trials(kind, stage)));
      }
    }
    Folders.delete(data);
    return new TakeoverBenchResult(
        new TakeoverBenchResult.Setting(
            TakeoverStage.GATEWAYS,
            TakeoverStage.DEVICES,
            TakeoverStage.READINGS_PER_SECOND,
            options.trials()),
        taken);
  }

  private List<Trial> trials(TakeoverKind kind, TakeoverStage stage)
      throws IOException, InterruptedException {
    List<Trial> trials = new ArrayList<>();
    for (int i = 0; i < options.trials(); i++) {
      GatewayService gateway = stage.gateways().get(i % TakeoverStage.GATEWAYS);
      begin(stage, gateway);
      Absence absence = new Absence(stage, gateway);
      kind.strike(gateway, stage.network());
      stage.releaseIngest();
      Trial trial = absence.measure();
      kind.undo(gateway, stage.network());
      trials.add(trial);
      System.err.printf(
          "%s %d of %d, %s: devices %s, backlog %.2f s%n",
          kind.label(),
          i + 1,
          options.trials(),
          gateway.id(),
          range(trial.acknowledgedSeconds()),
          trial.forwardedSeconds());
    }
    return trials;
  }

  /** All are well and at home, and a backlog waits: devices may leave a gateway while it grows. */
  private static void begin(TakeoverStage stage, GatewayService gateway)
      throws IOException, InterruptedException {
    for (int again = 0; ; again++) {
      stage.awaitWell();
      stage.holdBacklog(gateway);
      if (stage.devicesAreHome() || again == AGAIN_MAX) {
        return;
      }
      stage.releaseIngest();
    }
  }

  private static String range(List<Double> seconds) {
    return "%.2f to %.2f s".formatted(seconds.get(0), seconds.get(seconds.size() - 1));
  }

  /** One gateway that is away, from the moment before it is taken. */
  private static final class Absence {
    private final TakeoverStage stage;
    private final GatewayService gateway;
    private final Set<String> waiting;
    private final List<Double> acknowledged = new ArrayList<>();
    private final Instant since;
    private double forwarded = -1;

    Absence(TakeoverStage stage, GatewayService gateway) throws IOException {
      this.stage = stage;
      this.gateway = gateway;
      this.waiting = stage.acks().at(gateway.mqttUrl());
      if (waiting.isEmpty()) {
        throw new IOException("all devices have left " + gateway.id() + " by themselves");
      }
      this.since = Instant.now();
    }

    Trial measure() throws IOException, InterruptedException {
      stage.await(this::isOver, this::trouble);
      acknowledged.sort(null);
      return new Trial(gateway.id(), List.copyOf(acknowledged), forwarded);
    }

    private boolean isOver() throws IOException, InterruptedException {
      for (DeviceAcks.Ack ack : stage.acks().news()) {
        boolean elsewhere = !ack.gateway().equals(gateway.mqttUrl()) && ack.at().isAfter(since);
        if (elsewhere && waiting.remove(ack.device())) {
          acknowledged.add(seconds(ack.at()));
        }
      }
      if (forwarded < 0 && stage.isForwarded(gateway)) {
        forwarded = seconds(Instant.now());
      }
      return waiting.isEmpty() && forwarded >= 0;
    }

    private double seconds(Instant until) {
      return Duration.between(since, until).toNanos() / 1e9;
    }

    private String trouble() {
      return waiting.isEmpty()
          ? "nobody has forwarded what waited in group " + gateway.id()
          : "devices of %s got no acknowledgement elsewhere: %s".formatted(gateway.id(), waiting);
    }
  }
}
