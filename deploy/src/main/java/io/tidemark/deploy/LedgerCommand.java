package io.tidemark.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.demo.Sums;
import io.tidemark.deploy.pipeline.Http;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tidemark ledger}. */
@Command(
    name = "ledger",
    mixinStandardHelpOptions = true,
    description = "Shows what became of every reading, or recomputes what is stored from the rows.",
    footer = {
      "",
      "Examples:",
      "  ./tidemark ledger                                the sums, of all and by device",
      "  ./tidemark ledger show --json | jq .totals       for scripts",
      "  ./tidemark ledger --last                         at once, with the duplicates counted last",
      "  ./tidemark ledger --api-key-file key.txt         of an ingest that wants a key",
      "  ./tidemark ledger rebuild                        compare with the rows, and put right what differs",
      "",
      "Duplicates are counted first, by a pass over all rows: of fifty million that takes minutes. With --last they",
      "are what the last count has found, and it says when that was; none before the first count after a start of",
      "ingest: null in duplicatesCheckedAt of --json.",
      "",
      "Exit codes: 0 clean, or the rows agree; 1 readings are waiting, missing or stored twice, or the rows did",
      "not agree; 2 could not check; 64 usage."
    })
final class LedgerCommand implements Callable<Integer> {
  private static final int PAGE = 500;
  private static final String NOT_COUNTED = "not counted";

  /** How long a pass over all rows may take. */
  private static final Duration COUNT_MAX = Duration.ofHours(1);

  /** After so long it says what it waits for, and then as often as the next says. */
  private static final Duration SAY_AFTER = Duration.ofSeconds(1);

  private static final Duration SAY_EVERY = Duration.ofSeconds(10);

  enum Action {
    SHOW,
    REBUILD
  }

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..1",
      paramLabel = "show|rebuild",
      defaultValue = "show",
      description = "Default: show.")
  private Action action = Action.SHOW;

  @Option(
      names = "--api",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:8080",
      description = "Where ingest is. Default: ${DEFAULT-VALUE}.")
  private String api = "";

  @Mixin private ApiKeyOption apiKey = new ApiKeyOption();

  @Option(names = "--json", description = "One line of JSON.")
  private boolean json;

  @Option(
      names = "--last",
      description = "Show what was counted last, and when, instead of counting duplicates now.")
  private boolean last;

  private Http http = new Http();

  @Override
  public Integer call() throws InterruptedException {
    if (last && action == Action.REBUILD) {
      throw new ParameterException(
          spec.commandLine(), "--last is for show: rebuild counts no duplicates");
    }
    try {
      http = new Http().with(apiKey.key(System.getenv()), apiKey.tls());
    } catch (IOException e) {
      spec.commandLine().getErr().println("Could not check: " + e.getMessage());
      return Tidemark.UNKNOWN;
    }
    try {
      return action == Action.SHOW ? show() : rebuild();
    } catch (IOException | IllegalArgumentException e) {
      spec.commandLine()
          .getErr()
          .println(
              "Could not check: %s does not answer as ingest does (%s)".formatted(api, reason(e)));
      return Tidemark.UNKNOWN;
    }
  }

  private int show() throws IOException, InterruptedException {
    JsonNode ledger = last ? http.get(api + "/api/v1/ledger") : counted();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(ledger);
    } else {
      printTable(out, Sums.of(ledger.path("totals")), checkedAt(ledger));
    }
    out.flush();
    return exitCode(Sums.of(ledger.path("totals")));
  }

  /** The ledger once ingest has counted duplicates, with words on standard error meanwhile. */
  private JsonNode counted() throws IOException, InterruptedException {
    long begun = System.nanoTime();
    ScheduledExecutorService saying =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "ledger-waiting");
              thread.setDaemon(true);
              return thread;
            });
    saying.scheduleAtFixedRate(
        () -> sayThatItWaits(Duration.ofNanos(System.nanoTime() - begun)),
        SAY_AFTER.toMillis(),
        SAY_EVERY.toMillis(),
        TimeUnit.MILLISECONDS);
    try {
      return http.patient(COUNT_MAX).get(api + "/api/v1/ledger?fresh=true");
    } finally {
      saying.shutdownNow();
    }
  }

  private void sayThatItWaits(Duration since) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(
        "Ingest counts duplicates, by a pass over all rows: %,d s so far. --last shows what it counted before."
            .formatted(since.toSeconds()));
    err.flush();
  }

  /** When duplicates were last counted; null if they have not been. */
  private static @Nullable Instant checkedAt(JsonNode ledger) {
    return ledger.hasNonNull("duplicatesCheckedAt")
        ? Instant.parse(ledger.path("duplicatesCheckedAt").asText())
        : null;
  }

  private void printTable(PrintWriter out, Sums totals, @Nullable Instant checkedAt)
      throws IOException, InterruptedException {
    out.println(sentence(totals, checkedAt != null));
    out.println();
    out.printf(
        "%-32s %12s %12s %12s %12s %12s %12s %12s%n",
        "device",
        "produced",
        "stored",
        "waiting",
        "quarantined",
        "dropped",
        "missing",
        "duplicates");
    for (JsonNode device : devices()) {
      Sums sums = Sums.of(device.path("ledger"));
      printRow(out, device.path("device").asText(), sums, checkedAt != null);
    }
    printRow(out, "all", totals, checkedAt != null);
    out.println();
    out.println(
        checkedAt == null
            ? "Duplicates are not counted yet since ingest started: try again in a while."
            : "Duplicates were last counted at %s, %,d s ago."
                .formatted(
                    checkedAt.truncatedTo(ChronoUnit.SECONDS),
                    Math.max(0, Duration.between(checkedAt, Instant.now()).toSeconds())));
  }

  private List<JsonNode> devices() throws IOException, InterruptedException {
    List<JsonNode> devices = new ArrayList<>();
    String cursor = "";
    do {
      JsonNode page = http.get(api + "/api/v1/devices?limit=" + PAGE + cursor);
      page.path("items").forEach(devices::add);
      cursor = page.path("next").isTextual() ? "&cursor=" + page.path("next").asText() : "";
    } while (!cursor.isEmpty());
    return devices;
  }

  private static void printRow(PrintWriter out, String name, Sums sums, boolean isCounted) {
    out.printf(
        "%-32s %,12d %,12d %,12d %,12d %,12d %,12d %12s%n",
        name,
        sums.produced(),
        sums.stored(),
        sums.waiting(),
        sums.quarantined(),
        sums.dropped(),
        sums.missing(),
        duplicates(sums, isCounted));
  }

  private static String duplicates(Sums sums, boolean isCounted) {
    return isCounted ? "%,d".formatted(sums.duplicates()) : NOT_COUNTED;
  }

  private static String sentence(Sums sums, boolean isCounted) {
    if (sums.missing() > 0 || sums.duplicates() > 0) {
      return "%,d readings produced. Missing: %,d. Stored twice: %s."
          .formatted(sums.produced(), sums.missing(), duplicates(sums, isCounted));
    }
    return "%,d readings produced. All accounted for: %,d stored, %,d waiting, %,d set aside, %,d dropped on purpose."
        .formatted(
            sums.produced(), sums.stored(), sums.waiting(), sums.quarantined(), sums.dropped());
  }

  /** As the verdict has it: what is on its way is not clean yet. */
  private static int exitCode(Sums sums) {
    boolean clean = sums.waiting() == 0 && sums.missing() == 0 && sums.duplicates() == 0;
    return clean ? Tidemark.CLEAN : Tidemark.UNCLEAN;
  }

  private int rebuild() throws IOException, InterruptedException {
    JsonNode result = http.post(api + "/api/v1/ledger/rebuild", "{}");
    PrintWriter out = spec.commandLine().getOut();
    boolean agreed = result.path("agreed").asBoolean();
    if (json) {
      out.println(result);
    } else if (agreed) {
      out.println("The rows agree with the ledger.");
    } else {
      out.println("The rows did not agree with the ledger, which now says what they say:");
      for (JsonNode epoch : result.path("epochs")) {
        out.printf(
            "  %s, epoch %d: %,d stored by the ledger, %,d by the rows%n",
            epoch.path("device").asText(),
            epoch.path("epoch").asLong(),
            epoch.path("before").asLong(),
            epoch.path("after").asLong());
      }
    }
    out.flush();
    return agreed ? Tidemark.CLEAN : Tidemark.UNCLEAN;
  }

  private static String reason(Exception e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
