package io.tidemark.sim;

import io.tidemark.sim.record.RecordFolder;
import io.tidemark.sim.record.RecordRemoval;
import io.tidemark.sim.verify.Verdict;
import io.tidemark.sim.verify.VerdictReport;
import io.tidemark.sim.verify.Verifier;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sim verify}: the record against the rows. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description = {
      "Compares a record with what the platform has, through its public API and value by value, bit for bit.",
      "",
      "The readings of a run are first made again from its seed: a record that differs from them proves nothing, and is not compared "
          + "with anything (a replay's record is taken as it is). While it is checked nothing may write to the record.",
      "",
      "Names each reading that is lost, doubled, altered, moved (another time), misplaced (another device, epoch, sensor, kind or "
          + "number) or refused (for good, by a gateway, and the device cannot declare that). What is not acknowledged and not stored is "
          + "waiting. Only rows count as stored, whatever the ledger says. "
          + "Of a real agent (sim run --hardware) only the numbers are checked: its values are what its sensors measured.",
      ""
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:clean",
      "1:unclean: problems, or readings that wait",
      "2:could not check (it says why)",
      "64:wrong usage"
    },
    footer = {
      "",
      "Examples:",
      "  sim run rough-day --seed 7 --for 120s && sim verify    (with a demo running on this machine)",
      "  sim verify --record /var/tmp/rec --api http://127.0.0.1:8080",
      "  sim verify --record /var/tmp/rec --api http://127.0.0.1:8080 --json --junit verify.xml"
    })
final class VerifyCommand implements Callable<Integer> {
  @Option(
      names = "--record",
      paramLabel = "DIR",
      description =
          "The folder a run or a replay recorded into (that of the newest one which was given none).")
  private @Nullable Path record;

  @Option(
      names = "--api",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:8080",
      description = "The platform's API (that of a demo on this machine, ${DEFAULT-VALUE}).")
  private URI api = URI.create("http://127.0.0.1:8080");

  @Mixin private ApiKeyOption apiKey = new ApiKeyOption();

  @Option(
      names = "--settle",
      paramLabel = "D",
      defaultValue = "10s",
      description =
          "How long, in all, to wait for what was acknowledged to be stored (${DEFAULT-VALUE}).")
  private Duration settle = Duration.ofSeconds(10);

  @Option(
      names = "--json",
      description = "Progress goes to stderr, and the last line of stdout is the verdict.")
  private boolean json;

  @Option(names = "--junit", paramLabel = "FILE", description = "Write JUnit XML.")
  private @Nullable Path junit;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path folder = record == null ? newest() : record;
    try (Closeable held = RecordFolder.hold(folder)) {
      Verdict verdict =
          new Verifier(folder, api, settle, new SeedOrigin(), System.err::println)
              .with(apiKey.key(System.getenv()), apiKey.tls())
              .verify();
      PrintStream out = json ? System.err : System.out;
      VerdictReport.print(verdict, new PrintWriter(out, true, StandardCharsets.UTF_8));
      if (junit != null) {
        VerdictReport.writeJUnit(verdict, junit);
      }
      if (json) {
        System.out.println(VerdictReport.json(verdict));
      }
      return verdict.clean() ? 0 : 1;
    } catch (IOException e) {
      String why = Failures.inWords(e);
      TidemarkSim.complain("could not check: " + why);
      if (junit != null) {
        VerdictReport.writeUnknownJUnit(why, junit);
      }
      if (json) {
        System.out.println(VerdictReport.unknownJson(why));
      }
      return TidemarkSim.FAILED;
    }
  }

  /** The newest record that a run made in a folder of its own. */
  private static Path newest() throws IOException {
    Path newest =
        RecordRemoval.newestUnnamedIn(Path.of(System.getProperty("java.io.tmpdir")))
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "there is no record of a run without --record: say with --record which one to verify"));
    System.err.println("no --record is given: the newest one, " + newest);
    return newest;
  }
}
