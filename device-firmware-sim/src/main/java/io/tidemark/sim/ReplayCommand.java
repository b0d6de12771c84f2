package io.tidemark.sim;

import io.tidemark.sim.csv.CsvOptions;
import io.tidemark.sim.csv.CsvSummary;
import io.tidemark.sim.record.StreamState;
import io.tidemark.sim.source.Replay;
import io.tidemark.sim.source.ReplayPlan;
import io.tidemark.wire.Names;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
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
      "Sends series from CSV files: one device a file, or those that a column names; one reading a"
          + " row, or one for each sensor that columns are given to.",
      "",
      "What is not told is recognised: the separator by the first line, which names the columns;"
          + " the time by a column called timestamp, time, datetime, date or ts; and every other"
          + " column is a metric of its name. A column holds what its first value is, numbers,"
          + " flags (true, false) or texts. Cells that are empty, NA, N/A, NaN or null are absent;"
          + " rows without any value are skipped and counted.",
      "",
      "Every file is read to the end before anything is sent: what is malformed is named with file,"
          + " line, column and rule. Rows may be in any order and share a time. A time is cut to"
          + " the millisecond, and the reading's number, counted from 0, modulo 1,000,000 becomes"
          + " its nanoseconds. With the record of an interrupted replay, it goes on with the first"
          + " reading not yet recorded.",
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
      "  sim replay log.csv --time unix:epoch-s --column 'Temp (C)=temperature@roof/bme280' \\",
      "      --column state=state:text --gateway tcp://127.0.0.1:1883",
      "  sim replay air.csv --time 'Date+Time:d/M/yyyy HH.mm.ss' --zone Europe/Rome --separator ';'"
          + " \\",
      "      --decimal-comma --absent=-200 --gateway tcp://127.0.0.1:1883",
      "  sim replay fleet.csv --device-column id --gateway tcp://127.0.0.1:1883",
      "",
      "Without --device a device is named after its file. With several files, --device ID makes"
          + " them",
      "ID-NAME, each NAME being a file's without its ending; with --device-column, each NAME being"
          + " one",
      "in that column."
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
      names = "--time",
      paramLabel = "COLUMN[:FORMAT]",
      description =
          "The column with the times, and how they are written: iso (the default; 2013-07-04"
              + " 00:00:00, with T, fractions and a zone or without), epoch-s, epoch-ms, epoch-us,"
              + " epoch-ns, or a pattern like d/M/yyyy HH:mm (java.time.format.DateTimeFormatter,"
              + " English names). COLUMN+COLUMN joins two with a blank.")
  private @Nullable String time;

  @Option(
      names = "--zone",
      paramLabel = "ZONE",
      defaultValue = "UTC",
      description =
          "Of times that do not say one, e.g. Europe/Berlin or +01:00 (${DEFAULT-VALUE}). An hour"
              + " that clocks showed twice is the first one; a time they never showed is an error.")
  private ZoneId zone = ZoneOffset.UTC;

  @Option(
      names = "--column",
      paramLabel = "NAME[=METRIC[:TYPE][@SENSOR[/KIND]]]",
      description =
          "Take this column, as this metric of this sensor; TYPE is number, flag or text. Repeat"
              + " for more; columns that are not named are left out then.")
  private List<String> columns = new ArrayList<>();

  @Option(
      names = "--device-column",
      paramLabel = "NAME",
      description = "The column that says of which device a row is.")
  private @Nullable String deviceColumn;

  @Option(
      names = "--separator",
      paramLabel = "CHAR|tab",
      description = "Between cells (one of , ; tab | by the first line).")
  private Converters.@Nullable Separator separator;

  @Option(names = "--decimal-comma", description = "Numbers are written with a comma: 69,88.")
  private boolean decimalComma;

  @Option(
      names = "--absent",
      paramLabel = "TEXT",
      description = "Cells that are this are absent too; repeat for more.")
  private Set<String> absent = new TreeSet<>();

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
      description =
          "A batch is closed when this much real time has passed, but with --speed max (${DEFAULT-VALUE}).")
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
    CsvOptions csv =
        new CsvOptions(
            separator == null ? null : separator.character(),
            time,
            zone,
            columns,
            deviceColumn,
            absent,
            decimalComma,
            sensor);
    ReplayPlan plan =
        ReplayPlan.of(files, this::name, csv, speed.factor(), batchSize, batchInterval.toNanos());
    plan.files().forEach(ReplayCommand::tell);
    Session session =
        new Session(
            signals,
            options,
            options.settings(0, OUTSTANDING_MAX_BATCHES, GatewayOptions.CONNECTS_PER_SECOND),
            options.linkFaults(List.of()),
            RoguePlan.NONE,
            HardwarePlan.NONE);
    return session.run(
        plan.settings(),
        plan.devices(),
        null,
        (settings, streams) ->
            new Replay(plan, streams.stream().mapToLong(StreamState::nextSequence).toArray()));
  }

  private String name(Path file, @Nullable String named) {
    String stem =
        named != null ? named : String.valueOf(file.getFileName()).replaceFirst("\\.[^.]*$", "");
    boolean alone = named == null && files.size() == 1;
    String name = device == null ? stem : alone ? device : device + "-" + stem;
    if (!Names.isDevice(name)) {
      throw new IllegalArgumentException(
          "a device's name must be 1 to 128 of A-Z a-z 0-9 . _ : -, but %s would be %s; name it with --device"
              .formatted(file, name));
    }
    return name;
  }

  /** What the file was taken for. */
  private static void tell(ReplayPlan.ReplayFile file) {
    CsvSummary summary = file.summary();
    System.err.println(
        "%s: %,d readings of %s (%s)%s"
            .formatted(
                file.file().getFileName(),
                summary.readings(),
                file.devices().size() == 1
                    ? file.devices().get(0)
                    : "%,d devices".formatted(file.devices().size()),
                String.join(", ", summary.columns()),
                summary.skippedRows() == 0
                    ? ""
                    : "; %,d rows without a value skipped".formatted(summary.skippedRows())));
  }
}
