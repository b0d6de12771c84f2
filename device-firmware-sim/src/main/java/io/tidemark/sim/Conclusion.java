package io.tidemark.sim;

import io.tidemark.sim.hardware.HardwareSums;
import io.tidemark.sim.report.RunPage;
import io.tidemark.sim.verify.Verdict;
import io.tidemark.sim.verify.VerdictReport;
import io.tidemark.sim.verify.Verifier;
import io.tidemark.sim.view.RunReport;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The end of a session: what it came to is checked if asked, told, and written down. */
final class Conclusion {
  private final GatewayOptions options;
  private final PrintStream progress;
  private final Path folder;
  private final Path page;

  /**
   * @param folder of the record, which is closed
   * @param page where the page goes
   */
  Conclusion(GatewayOptions options, PrintStream progress, Path folder, Path page) {
    this.options = options;
    this.progress = progress;
    this.folder = folder;
    this.page = page;
  }

  /**
   * What the check found.
   *
   * @param verdict null if there is none
   * @param unchecked why there is none
   * @param json null if no check was asked for
   */
  private record Check(
      @Nullable Verdict verdict, @Nullable String unchecked, @Nullable String json, int code) {}

  /**
   * Tells everything.
   *
   * @param settings the record's plan
   * @return the exit code
   */
  int reach(RunReport report, Map<String, String> settings, boolean drained)
      throws InterruptedException {
    PrintStream out = TidemarkSim.forPeople(options.json);
    report.print(out);
    HardwareSums hardware = report.hardware();
    String trouble = hardware == null ? null : hardware.trouble();
    if (trouble != null) {
      progress.println("something is wrong with the real agent: " + trouble);
    }
    if (!drained) {
      progress.println(
          "not everything is acknowledged: "
              + (report.total().waiting() + (hardware == null ? 0 : hardware.outstanding()))
              + " readings wait in the record. The same command with --record "
              + folder
              + " sends them.");
    }
    boolean accountedFor = drained && report.total().undeclared() == 0 && trouble == null;
    Check check = check(out);
    boolean written =
        write(
            new RunPage(
                report,
                check.verdict(),
                check.unchecked(),
                settings,
                options.commandLine(),
                TidemarkSim.Version.text()));
    if (options.api == null && drained) {
      progress.println("`sim verify --record " + folder + "` compares it with what is stored");
    }
    if (options.json) {
      System.out.println(report.json(check.json()));
    }
    // Whatever the check finds, what the run itself knows counts too.
    return written ? Math.max(check.code(), accountedFor ? 0 : 1) : TidemarkSim.FAILED;
  }

  private Check check(PrintStream out) throws InterruptedException {
    if (options.api == null) {
      return new Check(null, "no --api was given to verify with", null, 0);
    }
    try {
      Verdict verdict =
          new Verifier(folder, options.api, options.drain, new SeedOrigin(), progress::println)
              .with(options.apiKey.key(System.getenv()), options.apiKey.tls())
              .verify();
      out.println();
      VerdictReport.print(verdict, new PrintWriter(out, true, StandardCharsets.UTF_8));
      return new Check(verdict, null, VerdictReport.json(verdict), verdict.clean() ? 0 : 1);
    } catch (IOException e) {
      String why = Failures.inWords(e);
      progress.println("could not verify: " + why);
      String unchecked = "the check could not be made: " + why;
      return new Check(null, unchecked, VerdictReport.unknownJson(why), TidemarkSim.FAILED);
    }
  }

  /** False if that could not be done; the rest of what was found is still told. */
  private boolean write(RunPage contents) {
    try {
      contents.write(page);
      progress.println("report in " + page);
      return true;
    } catch (IOException e) {
      progress.println("cannot write the report to " + page + ": " + Failures.inWords(e));
      return false;
    }
  }
}
