package io.tidemark.sim;

import io.tidemark.sim.payload.Payload;
import io.tidemark.sim.record.DeviceState;
import io.tidemark.sim.record.RecordFolder;
import io.tidemark.sim.record.StreamState;
import io.tidemark.sim.rogue.RogueGroup;
import io.tidemark.sim.scenario.RogueSyntax;
import io.tidemark.sim.scenario.Scenario;
import io.tidemark.sim.scenario.Scenarios;
import io.tidemark.sim.source.ClosedLoop;
import io.tidemark.sim.source.DeviceFault;
import io.tidemark.sim.source.Position;
import io.tidemark.sim.source.Simulation;
import io.tidemark.sim.source.SimulationPlan;
import io.tidemark.sim.source.Source;
import io.tidemark.sim.source.Trace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sim run}: simulated devices, weather stations or those of a scenario. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = {
      "Runs simulated devices against gateways, and records what was produced and acknowledged: those of a scenario, which is a "
          + "file or one of `sim scenarios`; without one, weather stations. Flags come before what the scenario says.",
      "",
      "The seed decides every value and time, relative to --start: a reading is a function of seed, device and number. With a "
          + "record that is there already, the devices go on where it ends, in their own time, and send again what was not "
          + "acknowledged. What decides values has to be the same then: give the same scenario; a seed, start, number of devices, "
          + "rate that neither it nor a flag says is taken from the record; without a scenario, device faults too.",
      "SIGINT and SIGTERM stop the sources; what is produced is still sent, at most for --drain.",
      "",
      "--device-fault is EFFECT [on P%%] [at T] [for D] [[randomly] every P [until T]], T counted from the start: it strikes P%% of the "
          + "devices, which the seed chooses; with randomly each at a moment of its own, else all together. Effects: reboot, brown-out, "
          + "new-card, clock ahead D, clock behind D, clock drift Nppm, clock 1970, stampede, repeat P%%, reorder P%%.",
      "",
      "Latency is from when the plan wanted a batch sent to its acknowledgement, response from its"
          + " sending; both are shown, in --json, and on the page --report writes.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  sim run --gateway tcp://127.0.0.1:1883",
      "  sim run mixed-fleet --gateway tcp://127.0.0.1:1883 --devices 100 --for 2m",
      "  sim run my-fleet.yaml --gateway tcp://127.0.0.1:1883 --record /var/tmp/rec --api http://ingest:8080",
      "  sim run --gateway tcp://127.0.0.1:1883 --gateway coap://127.0.0.1:5683 --mqtt mixed --devices 300",
      "  sim run smoke --gateway tcp://127.0.0.1:1883 --payload senml --api http://127.0.0.1:8080",
      "  sim run --gateway tcp://g1:1883 --gateway tcp://g2:2883 --devices 1000 --rate 0.1 --for 5m \\",
      "          --record /var/tmp/rec --api http://ingest:8080 --report load.html",
      "  sim run mixed-fleet --gateway tcp://127.0.0.1:1883 --api http://127.0.0.1:8080 \\",
      "          --device-fault 'reboot for 30s randomly every 5m' --device-fault 'new-card at 2m on 5%%'",
      "  sim run --gateway tcp://127.0.0.1:1883 --api http://ingest:8080 --for 5m \\",
      "          --rogue 'malformed 3 every 1s' --rogue oversized --rogue flood",
      "  sim run --gateway tcp://127.0.0.1:1883 --hardware=edge-agent/target/edge-agent.jar --for 5m",
      "  sim run --gateway tcp://127.0.0.1:1883 --devices 50 --closed-loop 4 --for 1m    (as fast as it is taken)",
      "  sim run --gateway tcp://127.0.0.1:1883 --record /var/tmp/rec --for 0s    (sends the rest)"
    })
final class RunCommand implements Callable<Integer> {
  private static final int OUTSTANDING_MAX_BATCHES = 1_000_000;

  @Mixin private GatewayOptions options = new GatewayOptions();

  @Parameters(
      paramLabel = "SCENARIO",
      arity = "0..1",
      description = "A file, or a name that `sim scenarios` lists.")
  private @Nullable String scenario;

  @Option(
      names = "--devices",
      paramLabel = "N",
      description =
          "How many devices (the scenario's, or "
              + RunPlan.DEVICES
              + "); with a scenario, groups keep their shares.")
  private @Nullable Integer devices;

  @Option(
      names = "--rate",
      paramLabel = "R",
      description = "Readings per second of each device, 0.0001 to 10000 (the scenario's, or 1).")
  private @Nullable Double rate;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Decides what is produced (the scenario's, or a random one, which is printed).")
  private @Nullable Long seed;

  @Option(
      names = "--start",
      paramLabel = "TIME",
      description =
          "Time of the first readings, e.g. 2026-01-01T00:00:00Z (the scenario's, or now); from there it passes as real time does.")
  private @Nullable Instant start;

  @Option(
      names = "--prefix",
      paramLabel = "TEXT",
      description =
          "Beginning of the devices' names ("
              + RunPlan.PREFIX
              + ": sim-00001, ...); with a scenario, put before each group's own.")
  private @Nullable String prefix;

  @Option(
      names = "--for",
      paramLabel = "D",
      description = "How long readings are produced (the scenario's, or until stopped).")
  private @Nullable Duration length;

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      description =
          "Write what is produced, a line a reading, the same bytes for the same scenario, --seed, --start, --devices, --rate, --payload, --device-fault and --for.")
  private @Nullable Path trace;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description = "Readings in a full batch, 1 to 1000 (the scenario's, or 10).")
  private @Nullable Integer batchSize;

  @Option(
      names = "--batch-interval",
      paramLabel = "D",
      description = "A batch is closed when its first reading is this old (the scenario's, or 2s).")
  private @Nullable Duration batchInterval;

  @Option(
      names = "--payload",
      paramLabel = "batch|json|senml|senml-cbor",
      description =
          "What devices send: batches as agents do, JSON with their own numbers, or SenML in JSON or CBOR, which gateways number (the scenario's, or batch).")
  private @Nullable Payload payload;

  @Option(
      names = "--device-fault",
      paramLabel = "FAULT",
      description =
          "What goes wrong with devices, in place of what a scenario says; repeat for more.")
  private List<String> deviceFaults = List.of();

  @Option(
      names = "--closed-loop",
      paramLabel = "N",
      arity = "0..1",
      fallbackValue = "1",
      description =
          "Closed loop: each device makes its next batch when one is acknowledged, N being on the way at any time (1);"
              + " --rate then only says how far apart readings' times are, and they begin on 2001-01-01 if nothing else is said.")
  private @Nullable Integer closedLoop;

  @Option(
      names = "--rogue",
      paramLabel = "ROGUE",
      description = {
        "Misbehaving devices beside the others, in place of a scenario's: "
            + RogueSyntax.FORM
            + ", the kind being malformed, oversized, wrong-topic, slow-reader or flood.",
        "Repeat for more. Nothing of them is recorded; what came back is counted."
      })
  private List<RogueGroup> rogues = new ArrayList<>();

  @Option(
      names = "--hardware",
      paramLabel = "JAR",
      arity = "0..1",
      fallbackValue = "",
      description =
          "A real edge agent on simulated buses as one more device, a process of its own: its jar"
              + " (`./tidemark sim` knows it). Its journal is kept with the record; it is verified by number.")
  private @Nullable String hardware;

  private final Signals signals;

  RunCommand(Signals signals) {
    this.signals = signals;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    requireLoop();
    boolean resuming = options.record != null && RecordFolder.exists(options.record);
    Scenario found = scenario == null ? null : Scenarios.find(scenario);
    RunPlan plan =
        new RunPlan(
            found,
            new RunPlan.Flags(
                devices,
                rate,
                seed,
                start(found, resuming),
                prefix,
                length,
                batchSize,
                batchInterval,
                payload,
                deviceFaults.stream().map(DeviceFault::parse).toList()),
            resuming);
    // Says what is wrong before anything is made.
    SimulationPlan begun = resuming ? null : plan.simulation(plan.settings());
    if (begun != null && closedLoop != null) {
      ClosedLoop.check(begun);
    }
    if (begun != null) {
      requireRoom(begun);
    }
    List<String> names = begun == null ? List.of() : begun.names();
    try (TraceHolder holder = new TraceHolder()) {
      Session session =
          new Session(
              signals,
              options,
              options.settings(
                  plan.seedOrZero(), OUTSTANDING_MAX_BATCHES, plan.connectsPerSecond()),
              options.linkFaults(plan.linkFaults()),
              plan.rogues(rogues),
              HardwarePlan.of(hardware, prefix == null ? "" : prefix));
      return session.run(
          plan.settings(),
          names,
          plan.length(),
          (settings, streams) -> source(plan.simulation(settings), settings, streams, holder));
    }
  }

  /** Devices that are off, or hold batches back, must not take all the room there is. */
  private void requireRoom(SimulationPlan plan) {
    Integer most = options.outstandingMax;
    int least = 2 * plan.devices();
    if (most != null && most < least && !plan.faults().isEmpty()) {
      throw new IllegalArgumentException(
          "--outstanding-max must be %d or more, two for each device, as devices go wrong, but is %d"
              .formatted(least, most));
    }
  }

  private void requireLoop() {
    if (closedLoop == null) {
      return;
    }
    if (closedLoop < 1 || closedLoop > options.window) {
      throw new IllegalArgumentException(
          "--closed-loop must be 1 to --window (%d), but is %d"
              .formatted(options.window, closedLoop));
    }
    if (trace != null) {
      throw new IllegalArgumentException(
          "--trace is not for --closed-loop: what comes after what depends on the gateway there");
    }
  }

  /** A closed loop's times may pass much faster than the clock's: they begin long ago. */
  private @Nullable Instant start(@Nullable Scenario found, boolean resuming) {
    boolean said = start != null || resuming || (found != null && found.start() != null);
    return closedLoop == null || said ? start : RunPlan.CLOSED_LOOP_START;
  }

  private Source source(
      SimulationPlan plan,
      Map<String, String> settings,
      List<StreamState> streams,
      TraceHolder holder)
      throws IOException {
    List<DeviceState> devices = DeviceState.of(streams);
    System.err.println("seed " + plan.seed() + ", start " + settings.get("start"));
    if (trace != null) {
      holder.trace = new Trace(trace, devices.stream().map(DeviceState::device).toList());
    }
    List<Position> next =
        devices.stream()
            .map(d -> new Position(d.epochs().size() - 1, d.current().nextSequence()))
            .toList();
    if (closedLoop != null) {
      ClosedLoop.check(plan);
    }
    try {
      return closedLoop == null
          ? new Simulation(plan, next, holder.trace)
          : new ClosedLoop(plan, next, closedLoop, kept(devices));
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "the record is not what its plan gives: %s. It was changed, or made by another version"
              .formatted(e.getMessage()),
          e);
    }
  }

  private static int[] kept(List<DeviceState> devices) {
    return devices.stream()
        .mapToInt(d -> d.epochs().stream().mapToInt(epoch -> epoch.kept().size()).sum())
        .toArray();
  }

  /** Closes the trace when the run has ended. */
  private static final class TraceHolder implements AutoCloseable {
    private @Nullable Trace trace;

    @Override
    public void close() throws IOException {
      if (trace != null) {
        trace.close();
      }
    }
  }
}
