package io.tidemark.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.demo.Sums;
import io.tidemark.deploy.pipeline.Http;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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
      "  ./tidemark ledger rebuild                        compare with the rows, and put right what differs",
      "",
      "Exit codes: 0 clean, or the rows agree; 1 readings are waiting, missing or stored twice, or the rows did",
      "not agree; 2 could not check; 64 usage."
    })
final class LedgerCommand implements Callable<Integer> {
  private static final int PAGE = 500;

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

  @Option(names = "--json", description = "One line of JSON.")
  private boolean json;

  private final Http http = new Http();

  @Override
  public Integer call() throws InterruptedException {
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
    JsonNode ledger = http.get(api + "/api/v1/ledger");
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(ledger);
    } else {
      printTable(out, Sums.of(ledger.path("totals")));
    }
    out.flush();
    return exitCode(Sums.of(ledger.path("totals")));
  }

  private void printTable(PrintWriter out, Sums totals) throws IOException, InterruptedException {
    out.println(sentence(totals));
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
      printRow(out, device.path("device").asText(), Sums.of(device.path("ledger")));
    }
    printRow(out, "all", totals);
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

  private static void printRow(PrintWriter out, String name, Sums sums) {
    out.printf(
        "%-32s %,12d %,12d %,12d %,12d %,12d %,12d %,12d%n",
        name,
        sums.produced(),
        sums.stored(),
        sums.waiting(),
        sums.quarantined(),
        sums.dropped(),
        sums.missing(),
        sums.duplicates());
  }

  private static String sentence(Sums sums) {
    if (sums.missing() > 0 || sums.duplicates() > 0) {
      return "%,d readings produced. Missing: %,d. Stored twice: %,d."
          .formatted(sums.produced(), sums.missing(), sums.duplicates());
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
