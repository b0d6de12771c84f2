package io.tidemark.sim;

import io.tidemark.sim.record.RecordFolder;
import io.tidemark.sim.record.StreamState;
import io.tidemark.sim.source.Source;
import io.tidemark.sim.source.Trace;
import io.tidemark.sim.source.WeatherFleet;
import io.tidemark.sim.source.WeatherPlan;
import io.tidemark.wire.Names;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sim run}: a fleet of simulated weather stations. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = {
      "Runs simulated weather stations against gateways, and records what was produced and acknowledged.",
      "",
      "The seed decides every value and time, relative to --start: a reading is a function of seed, device and number. With a "
          + "record that is there already, the devices go on where it ends, in their own time, and send again what was not "
          + "acknowledged; --seed, --devices, --rate and --start are then taken from it.",
      "SIGINT and SIGTERM stop the sources; what is produced is still sent, at most for --drain.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  sim run --gateway tcp://127.0.0.1:1883",
      "  sim run --gateway tcp://g1:1883 --gateway tcp://g2:2883 --devices 1000 --rate 0.1 --for 5m \\",
      "          --record /var/tmp/rec --api http://ingest:8080",
      "  sim run --gateway tcp://127.0.0.1:1883 --record /var/tmp/rec --for 0s    (sends the rest)"
    })
final class RunCommand implements Callable<Integer> {
  private static final int OUTSTANDING_MAX_BATCHES = 1_000_000;
  private static final int DEFAULT_DEVICES = 20;
  private static final double DEFAULT_RATE = 1;
  private static final String DEFAULT_PREFIX = "sim-";

  @Mixin private GatewayOptions options = new GatewayOptions();

  @Option(
      names = "--devices",
      paramLabel = "N",
      description = "How many devices (" + DEFAULT_DEVICES + ").")
  private @Nullable Integer devices;

  @Option(
      names = "--rate",
      paramLabel = "R",
      description = "Readings per second of each device, 0.0001 to 10000 (1).")
  private @Nullable Double rate;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Decides what is produced (a random one, which is printed).")
  private @Nullable Long seed;

  @Option(
      names = "--start",
      paramLabel = "TIME",
      description =
          "Time of the first readings, e.g. 2026-01-01T00:00:00Z (now); from there it passes as real time does.")
  private @Nullable Instant start;

  @Option(
      names = "--prefix",
      paramLabel = "TEXT",
      description = "Beginning of the devices' names (" + DEFAULT_PREFIX + ": sim-00001, ...).")
  private @Nullable String prefix;

  @Option(
      names = "--for",
      paramLabel = "D",
      description = "How long readings are produced (until stopped).")
  private @Nullable Duration length;

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      description =
          "Write what is produced, a line a reading, the same bytes for the same --seed, --start, --devices, --rate and --for.")
  private @Nullable Path trace;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "10",
      description = "Readings in a full batch, 1 to 1000 (${DEFAULT-VALUE}).")
  private int batchSize = 10;

  @Option(
      names = "--batch-interval",
      paramLabel = "D",
      defaultValue = "2s",
      description = "A batch is closed when its first reading is this old (${DEFAULT-VALUE}).")
  private Duration batchInterval = Duration.ofSeconds(2);

  private final Signals signals;

  RunCommand(Signals signals) {
    this.signals = signals;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path folder = Session.folder(options);
    boolean resuming = RecordFolder.exists(folder);
    Map<String, String> plan = plan(resuming);
    if (!resuming) {
      weather(plan); // says what is wrong before anything is made
    }
    List<String> names = resuming ? List.of() : names(plan);
    try (TraceHolder holder = new TraceHolder()) {
      long jitterSeed = seed == null ? 0 : seed;
      Session session =
          new Session(
              signals,
              options,
              options.settings(
                  jitterSeed, OUTSTANDING_MAX_BATCHES, GatewayOptions.CONNECTS_PER_SECOND));
      return session.run(
          folder, plan, names, length, (settings, streams) -> source(settings, streams, holder));
    }
  }

  private Source source(Map<String, String> settings, List<StreamState> streams, TraceHolder holder)
      throws IOException {
    WeatherPlan weather = weather(settings);
    System.err.println("seed " + weather.seed() + ", start " + settings.get("start"));
    if (trace != null) {
      holder.trace = new Trace(trace, streams.stream().map(StreamState::device).toList());
    }
    long[] next = streams.stream().mapToLong(StreamState::nextSequence).toArray();
    return new WeatherFleet(weather, next, holder.trace);
  }

  /** What decides the values; where there is a record, what is not asked for is as it was. */
  private Map<String, String> plan(boolean resuming) {
    Map<String, String> plan = new TreeMap<>();
    plan.put("plan", "weather");
    long randomSeed = new SecureRandom().nextLong() >>> 33;
    plan.put("seed", text(seed, resuming, randomSeed));
    plan.put("start", text(start, resuming, Instant.now().truncatedTo(ChronoUnit.MILLIS)));
    plan.put("rate", text(rate, resuming, DEFAULT_RATE));
    plan.put("devices", text(devices, resuming, DEFAULT_DEVICES));
    plan.put("prefix", text(prefix, resuming, DEFAULT_PREFIX));
    return plan;
  }

  private WeatherPlan weather(Map<String, String> settings) {
    Instant begin = Instant.parse(setting(settings, "start"));
    long startNanos =
        Math.addExact(
            Math.multiplyExact(begin.getEpochSecond(), 1_000_000_000L), (long) begin.getNano());
    return new WeatherPlan(
        Long.parseLong(setting(settings, "seed")),
        startNanos,
        Double.parseDouble(setting(settings, "rate")),
        Integer.parseInt(setting(settings, "devices")),
        batchSize,
        batchInterval,
        length);
  }

  private static List<String> names(Map<String, String> plan) {
    String first = setting(plan, "prefix");
    if (!Names.isDevice(first + "00001")) {
      throw new IllegalArgumentException(
          "--prefix must be of A-Z a-z 0-9 . _ : - and short enough, but is " + first);
    }
    return IntStream.rangeClosed(1, Integer.parseInt(setting(plan, "devices")))
        .mapToObj(i -> first + "%05d".formatted(i))
        .toList();
  }

  private static String setting(Map<String, String> settings, String name) {
    String value = settings.get(name);
    if (value == null) {
      throw new IllegalArgumentException("the record's plan says nothing of " + name);
    }
    return value;
  }

  private static String text(@Nullable Object given, boolean resuming, Object otherwise) {
    return given != null ? given.toString() : resuming ? "*" : otherwise.toString();
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
