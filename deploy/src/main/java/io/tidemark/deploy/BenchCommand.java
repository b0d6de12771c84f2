package io.tidemark.deploy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.bench.AgentBenchResult;
import io.tidemark.deploy.bench.ClusterBench;
import io.tidemark.deploy.bench.ClusterBenchOptions;
import io.tidemark.deploy.bench.ClusterBenchResult;
import io.tidemark.deploy.bench.DashboardBench;
import io.tidemark.deploy.bench.DashboardBenchResult;
import io.tidemark.deploy.bench.GatewayBench;
import io.tidemark.deploy.bench.GatewayBenchOptions;
import io.tidemark.deploy.bench.GatewayBenchResult;
import io.tidemark.deploy.bench.ImagesBenchResult;
import io.tidemark.deploy.bench.IngestBench;
import io.tidemark.deploy.bench.Peer;
import io.tidemark.deploy.bench.TakeoverBench;
import io.tidemark.deploy.bench.TakeoverBenchOptions;
import io.tidemark.deploy.bench.TakeoverBenchResult;
import io.tidemark.deploy.bench.TakeoverKind;
import io.tidemark.deploy.bench.TlsBench;
import io.tidemark.deploy.bench.TlsBenchOptions;
import io.tidemark.deploy.bench.TlsBenchResult;
import io.tidemark.deploy.bench.WireBench;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tidemark bench}. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description =
        "Measures a part of Tidemark beside a peer or a limit, in one run; what counts is the ratio.",
    footer = {
      "",
      "Examples:",
      "  ./tidemark bench wire                 batches against gzipped JSON",
      "  ./tidemark bench wire --time 1s --json",
      "  ./tidemark bench ingest               ingest on the embedded store, against writing to the disk",
      "  ./tidemark bench ingest --influx http://127.0.0.1:8086",
      "                                        against a bare line-protocol writer; uses a database tidemark_bench",
      "  ./tidemark bench gateway              a gateway, over MQTT against Mosquitto and HiveMQ CE, over CoAP against",
      "                                        Californium, and both against the disk",
      "  ./tidemark bench gateway --peers mosquitto --idle 0 --json",
      "  ./tidemark bench gateway --peers californium",
      "  ./tidemark bench cluster              three gateways, against bare Ratis peers and one gateway alone",
      "  ./tidemark bench cluster --rounds 5 --json",
      "  ./tidemark bench takeover             gateways killed and frozen while devices send, against how long that may cost",
      "  ./tidemark bench takeover --trials 3 --kinds kill,freeze,partition --json",
      "  ./tidemark bench tls                  a gateway with TLS and DTLS, against without, and beside bad clients",
      "  ./tidemark bench tls --bad-for 1m --json",
      "  ./tidemark bench dashboard            the pages in Chromium, over 50 million rows of 10,000 devices",
      "  ./tidemark bench dashboard --influx http://127.0.0.1:8086 --data bench-data --live-for 10m",
      "                                        with the rows in InfluxDB, kept and used again the next time",
      "  ./tidemark bench dashboard --devices 100 --rows 100000 --visits 3 --live-for 15s --json",
      "  ./tidemark bench agent                the agent's memory after ten minutes, its CPU, and its start, against what they may be",
      "  ./tidemark bench agent --for 1m --starts 1 --json",
      "  ./tidemark bench images               size, start and memory of each image; ./tidemark images has built them"
    })
final class BenchCommand implements Callable<Integer> {
  private static final int READINGS_MIN = 10_000;
  private static final int READINGS_MAX = 2_000_000;

  private static final int MESSAGES_MIN = 2_000;
  private static final int MESSAGES_MAX = 3_000_000;
  private static final int ROUNDS_MAX = 25;
  private static final int IDLE_MAX = 9_000;

  private static final int TIMED_MIN = 100;
  private static final int TIMED_MAX = 20_000;
  private static final int EACH_MIN = 100;
  private static final int EACH_MAX = 20_000;

  private static final int TRIALS_MAX = 200;

  enum Subject {
    WIRE,
    INGEST,
    GATEWAY,
    CLUSTER,
    TAKEOVER,
    TLS,
    DASHBOARD,
    AGENT,
    IMAGES
  }

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      paramLabel = "wire|ingest|gateway|cluster|takeover|tls|dashboard|agent|images",
      description = "What to measure.")
  private Subject subject = Subject.WIRE;

  @Option(
      names = "--time",
      paramLabel = "D",
      defaultValue = "3s",
      description =
          "wire: how long each task is measured, after a second of warming up. Default: ${DEFAULT-VALUE}.")
  private Duration time = Duration.ZERO;

  @Option(
      names = "--readings",
      paramLabel = "N",
      defaultValue = "1000000",
      description =
          "ingest: readings of five values in each of five rounds. Default: ${DEFAULT-VALUE}.")
  private int readings;

  @Option(
      names = "--influx",
      paramLabel = "URL",
      description =
          "ingest, dashboard: keep the rows in this InfluxDB. Default: the embedded store.")
  private @Nullable URI influx;

  @Option(
      names = "--messages",
      paramLabel = "N",
      defaultValue = "600000",
      description =
          "gateway: messages counted of each server in each round; half as many come before. Default: ${DEFAULT-VALUE}.")
  private int messages;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description =
          "gateway, cluster, tls: how often each has its turn. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--idle",
      paramLabel = "N",
      defaultValue = "5000",
      description =
          "gateway, tls: idle MQTT connections opened to see what memory one takes; gateway: 0 for none. Default: ${DEFAULT-VALUE}.")
  private int idle;

  @Option(
      names = "--peers",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "mosquitto,hivemq,californium",
      description =
          "gateway: servers beside it, brokers fetched if they are missing; it is measured over what they speak. Default: ${DEFAULT-VALUE}.")
  private List<Peer> peers = List.of();

  @Option(
      names = "--timed",
      paramLabel = "N",
      defaultValue = "2000",
      description =
          "cluster: messages, and bare entries, timed one at a time in each round; half as many come before. Default: ${DEFAULT-VALUE}.")
  private int timed;

  @Option(
      names = "--each",
      paramLabel = "N",
      defaultValue = "5000",
      description =
          "cluster, tls: messages of each connection counted in each round; half as many come before. Default: ${DEFAULT-VALUE}.")
  private int each;

  @Option(
      names = "--trials",
      paramLabel = "N",
      defaultValue = "20",
      description =
          "takeover: how often a gateway is taken away in each way. Default: ${DEFAULT-VALUE}.")
  private int trials;

  @Option(
      names = "--kinds",
      paramLabel = "KIND",
      split = ",",
      defaultValue = "kill,freeze",
      description =
          "takeover: how it is taken away: kill (SIGKILL), freeze (SIGSTOP), partition (nobody reaches it; needs root and iproute2). Default: ${DEFAULT-VALUE}.")
  private List<TakeoverKind> kinds = List.of();

  @Mixin private DashboardBenchArguments dashboard = new DashboardBenchArguments();

  @Mixin private FootprintArguments footprint = new FootprintArguments();

  @Mixin private TlsBenchArguments tls = new TlsBenchArguments();

  @Option(names = "--json", description = "One line of JSON.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    switch (subject) {
      case WIRE -> wire(out);
      case INGEST -> ingest(out);
      case GATEWAY -> gateway(out);
      case CLUSTER -> cluster(out);
      case TAKEOVER -> takeover(out);
      case TLS -> tls(out);
      case DASHBOARD -> dashboard(out);
      case AGENT -> agent(out);
      case IMAGES -> images(out);
    }
    out.flush();
    return Tidemark.CLEAN;
  }

  private void wire(PrintWriter out) throws Exception {
    List<WireBench.Line> lines = new WireBench(time).run();
    if (json) {
      out.println(new ObjectMapper().writeValueAsString(lines));
      return;
    }
    out.printf("%-28s %14s %14s %8s%n", "", "batch", "gzipped JSON", "ratio");
    for (WireBench.Line line : lines) {
      out.printf(
          "%-28s %,14.1f %,14.1f %7.1fx%n", line.what(), line.ours(), line.peer(), line.ratio());
    }
  }

  private void ingest(PrintWriter out) throws Exception {
    requireWithin("--readings", readings, READINGS_MIN, READINGS_MAX);
    IngestBench.Result result = new IngestBench(influx, readings).run();
    if (json) {
      out.println(new ObjectMapper().writeValueAsString(result));
      return;
    }
    out.printf("%-8s %18s %18s %8s%n", "round", "ingest", result.peer(), "ratio");
    for (int i = 0; i < result.rounds().size(); i++) {
      IngestBench.Round round = result.rounds().get(i);
      out.printf(
          "%-8d %,16.0f/s %,16.0f/s %8.2f%n", i + 1, round.ours(), round.peer(), round.ratio());
    }
    out.printf("median %46.2f%n", result.ratio());
  }

  private void gateway(PrintWriter out) throws Exception {
    requireWithin("--messages", messages, MESSAGES_MIN, MESSAGES_MAX);
    requireWithin("--rounds", rounds, 1, ROUNDS_MAX);
    requireWithin("--idle", idle, 0, IDLE_MAX);
    GatewayBenchResult result =
        new GatewayBench(new GatewayBenchOptions(messages, rounds, idle, peers)).run();
    print(out, result, result.lines());
  }

  private void cluster(PrintWriter out) throws Exception {
    requireWithin("--timed", timed, TIMED_MIN, TIMED_MAX);
    requireWithin("--each", each, EACH_MIN, EACH_MAX);
    requireWithin("--rounds", rounds, 1, ROUNDS_MAX);
    ClusterBenchResult result =
        new ClusterBench(new ClusterBenchOptions(timed, each, rounds)).run();
    print(out, result, result.lines());
  }

  private void takeover(PrintWriter out) throws Exception {
    requireWithin("--trials", trials, 1, TRIALS_MAX);
    TakeoverBenchResult result = new TakeoverBench(new TakeoverBenchOptions(trials, kinds)).run();
    print(out, result, result.lines());
  }

  private void tls(PrintWriter out) throws Exception {
    requireWithin("--each", each, EACH_MIN, EACH_MAX);
    requireWithin("--rounds", rounds, 1, ROUNDS_MAX);
    requireWithin("--idle", idle, 1, IDLE_MAX);
    tls.check(spec.commandLine());
    TlsBenchResult result =
        new TlsBench(new TlsBenchOptions(each, rounds, tls.handshakes(), idle, tls.badFor())).run();
    print(out, result, result.lines());
  }

  private void dashboard(PrintWriter out) throws Exception {
    DashboardBenchResult result =
        new DashboardBench(dashboard.checked(spec.commandLine(), influx)).run();
    print(out, result, result.lines());
  }

  private void agent(PrintWriter out) throws Exception {
    AgentBenchResult result = footprint.agent(spec.commandLine()).run();
    print(out, result, result.lines());
  }

  private void images(PrintWriter out) throws Exception {
    ImagesBenchResult result = footprint.images(spec.commandLine()).run();
    print(out, result, result.lines());
  }

  private void print(PrintWriter out, Object result, List<String> lines) throws Exception {
    if (json) {
      out.println(new ObjectMapper().writeValueAsString(result));
    } else {
      lines.forEach(out::println);
    }
  }

  private void requireWithin(String option, int given, int min, int max) {
    Bounds.require(spec.commandLine(), option, given, min, max);
  }
}
