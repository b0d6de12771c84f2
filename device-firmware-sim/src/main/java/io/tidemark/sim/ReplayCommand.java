package io.tidemark.sim;

import io.tidemark.sim.record.StreamState;
import io.tidemark.sim.source.Replay;
import io.tidemark.sim.source.ReplayPlan;
import io.tidemark.wire.Names;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sim replay}: series from files, as devices. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    description = {
      "Sends series from CSV files (header timestamp,value; times in UTC), one device a file, one"
          + " reading a row.",
      "",
      "Every file is read to the end before anything is sent: what is malformed is named with file,"
          + " line and rule. Rows may be in any order and share a time. A time is cut to the"
          + " millisecond, and the row's number, counted from 0, modulo 1,000,000 becomes its"
          + " nanoseconds. With the record of an interrupted replay, it goes on with the first row"
          + " not yet recorded.",
      "Response is from a batch's sending to its acknowledgement; with a --speed that is a number"
          + " there is latency too, from when the batch was due. Both are shown, in --json, and on"
          + " the page --report writes.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  sim replay office.csv --device office --sensor air --gateway tcp://127.0.0.1:1883",
      "  sim replay *.csv --speed 3600 --gateway tcp://127.0.0.1:1883 --record /var/tmp/rec",
      "",
      "Without --device a device is named after its file. With several files, --device ID makes"
          + " them ID-NAME, each NAME being a",
      "file's without its ending."
    })
final class ReplayCommand implements Callable<Integer> {
  private static final int OUTSTANDING_MAX_BATCHES = 1_000;

  @Mixin private GatewayOptions options = new GatewayOptions();

  @Parameters(paramLabel = "FILE", arity = "1..*", description = "CSV files.")
  private List<Path> files = new ArrayList<>();

  @Option(names = "--device", paramLabel = "ID", description = "The device's name (the file's).")
  private @Nullable String device;

  @Option(
      names = "--sensor",
      paramLabel = "ID",
      defaultValue = "main",
      description = "The sensor's name (${DEFAULT-VALUE}).")
  private String sensor = "main";

  @Option(
      names = "--speed",
      paramLabel = "1|N|max",
      defaultValue = "max",
      description =
          "1: as it was measured; N: N times faster; max: as fast as it is acknowledged"
              + " (${DEFAULT-VALUE}).")
  private Converters.Speed speed = new Converters.Speed(Double.POSITIVE_INFINITY);

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "200",
      description = "Readings in a full batch, 1 to 10000 (${DEFAULT-VALUE}).")
  private int batchSize = 200;

  @Option(
      names = "--batch-interval",
      paramLabel = "D",
      defaultValue = "2s",
      description = "A batch is closed when this much real time has passed (${DEFAULT-VALUE}).")
  private Duration batchInterval = Duration.ofSeconds(2);

  private final Signals signals;

  ReplayCommand(Signals signals) {
    this.signals = signals;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (!Names.isName(sensor)) {
      throw new IllegalArgumentException(
          "--sensor must be 1 to 64 of A-Z a-z 0-9 _ . -, but is " + sensor);
    }
    ReplayPlan plan =
        ReplayPlan.of(files, devices(), sensor, speed.factor(), batchSize, batchInterval.toNanos());
    Session session =
        new Session(
            signals,
            options,
            options.settings(0, OUTSTANDING_MAX_BATCHES, GatewayOptions.CONNECTS_PER_SECOND));
    return session.run(
        Session.folder(options),
        plan.settings(),
        plan.files().stream().map(ReplayPlan.ReplayFile::device).toList(),
        null,
        (settings, streams) ->
            new Replay(plan, streams.stream().mapToLong(StreamState::nextSequence).toArray()));
  }

  private List<String> devices() {
    List<String> names = new ArrayList<>();
    Set<String> taken = new HashSet<>();
    for (Path file : files) {
      String stem = String.valueOf(file.getFileName()).replaceFirst("\\.[^.]*$", "");
      String name = device == null ? stem : files.size() == 1 ? device : device + "-" + stem;
      if (!Names.isDevice(name)) {
        throw new IllegalArgumentException(
            "a device's name must be 1 to 128 of A-Z a-z 0-9 . _ : -, but %s would be %s; name it with --device"
                .formatted(file, name));
      }
      if (!taken.add(name)) {
        throw new IllegalArgumentException(
            "two files would be the same device, "
                + name
                + "; replay them one by one with --device");
      }
      names.add(name);
    }
    return names;
  }
}
