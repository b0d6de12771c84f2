package io.tidemark.deploy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.bench.WireBench;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tidemark bench}. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description =
        "Measures a part of Tidemark beside a peer, in one run; what counts is the ratio.",
    footer = {
      "",
      "Examples:",
      "  ./tidemark bench wire                 batches against gzipped JSON",
      "  ./tidemark bench wire --time 1s --json"
    })
final class BenchCommand implements Callable<Integer> {
  enum Subject {
    WIRE
  }

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "wire", description = "What to measure.")
  private Subject subject = Subject.WIRE;

  @Option(
      names = "--time",
      paramLabel = "D",
      defaultValue = "3s",
      description =
          "How long each task is measured, after a second of warming up. Default: ${DEFAULT-VALUE}.")
  private Duration time = Duration.ZERO;

  @Option(names = "--json", description = "One line of JSON.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    List<WireBench.Line> lines = new WireBench(time).run();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(new ObjectMapper().writeValueAsString(lines));
    } else {
      out.printf("%-28s %14s %14s %8s%n", "", "batch", "gzipped JSON", "ratio");
      for (WireBench.Line line : lines) {
        out.printf(
            "%-28s %,14.1f %,14.1f %7.1fx%n", line.what(), line.ours(), line.peer(), line.ratio());
      }
    }
    out.flush();
    return Tidemark.CLEAN;
  }
}
