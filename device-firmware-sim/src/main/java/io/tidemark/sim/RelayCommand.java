package io.tidemark.sim;

import io.tidemark.sim.relay.Fault;
import io.tidemark.sim.relay.FaultListener;
import io.tidemark.sim.relay.FaultPattern;
import io.tidemark.sim.relay.FaultPlan;
import io.tidemark.sim.relay.FaultSyntax;
import io.tidemark.sim.relay.Profile;
import io.tidemark.sim.relay.Relay;
import io.tidemark.sim.relay.RelayClock;
import io.tidemark.sim.relay.RelayLimits;
import io.tidemark.sim.relay.RelayReport;
import io.tidemark.sim.relay.Route;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sim relay}: a link with faults between devices and gateways. */
@Command(
    name = "relay",
    mixinStandardHelpOptions = true,
    description = {
      "Stands between devices and gateways as a link with faults: latency, loss, cuts, dead connections. Needs no root.",
      "",
      "Devices are pointed at --listen; what they send goes on to --to. The seed and the faults decide what goes wrong and when, "
          + "counted from the start. SIGINT and SIGTERM end it, and the sums are printed.",
      "",
      "A fault is EFFECT [at T] [for D] [[randomly] every P [until T]]. Without 'for' it does not end. What comes 'every P' comes "
          + "first at P; 'randomly', once in each P at a moment that the seed decides. Effects:",
      "",
      "  cut                      the link is down: connections are reset, datagrams lost",
      "  silent-cut               the same, but nobody is told: connections stay, dead for good",
      "  half-open [up|down]      connections stay, what is sent to the gateway, to the devices, or both is",
      "                           swallowed; a connection that lost bytes is reset at the end",
      "  refuse                   new connections are reset, and new clients' datagrams lost",
      "  freeze                   nothing passes until the end, nothing is lost",
      "  latency D [jitter D]     everything takes D longer, and by chance up to the jitter more",
      "  bandwidth RATE           64kbit, 1.5Mbit a second, for each connection and direction",
      "  loss P%%, duplicate P%%    of the datagrams (CoAP)",
      "  reorder P%%               of the datagrams are held back for 100 ms",
      ""
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:ended by --for or a signal",
      "2:could not listen (it says why)",
      "64:wrong usage"
    },
    footer = {
      "",
      "Examples:",
      "  sim relay --listen 1884 --to tcp://127.0.0.1:1883 --latency 100ms --jitter 20ms",
      "  sim relay --listen 5684 --to coap://127.0.0.1:5683 --loss 1%% --duplicate 0.5%% --seed 7",
      "  sim relay --listen 1884 --to tcp://127.0.0.1:1883 --fault 'cut for 10s every 60s' \\",
      "            --fault 'half-open up for 20s at 30s' --fault 'cut for 1s every 3s at 90s until 120s'",
      "  sim relay --listen 1884 --to tcp://g1:1883 --listen 1885 --to tcp://g2:1883 --profile mobile",
      "",
      "With a demo running, the whole promise over a bad link:",
      "  sim relay --listen 1884 --to tcp://127.0.0.1:1883 --profile router &",
      "  sim run --gateway tcp://127.0.0.1:1884 --api http://127.0.0.1:8080 --devices 50 --for 5m"
    })
final class RelayCommand implements Callable<Integer> {
  /** A place to listen and where it leads. */
  static final class Pair {
    @Option(
        names = "--listen",
        required = true,
        paramLabel = "[HOST:]PORT",
        description = "Where devices connect to; 127.0.0.1 without a host, port 0 for a free one.")
    private String listen = "";

    @Option(
        names = "--to",
        required = true,
        paramLabel = "URL",
        description =
            "The gateway behind it, tcp://host:1883 or coap://host:5683; repeat both for more.")
    private @Nullable URI to;

    private Route route() {
      if (to == null) {
        throw new IllegalArgumentException("--to is needed");
      }
      return Route.of(listen, to);
    }
  }

  @ArgGroup(exclusive = false, multiplicity = "1..*")
  private List<Pair> pairs = new ArrayList<>();

  @Option(
      names = "--fault",
      paramLabel = "FAULT",
      description = "What goes wrong, and when; repeat for more.")
  private List<String> faults = new ArrayList<>();

  @Option(names = "--latency", paramLabel = "D", description = "Short for --fault 'latency D'.")
  private @Nullable String latency;

  @Option(
      names = "--jitter",
      paramLabel = "D",
      description = "With --latency: 'latency D jitter D'.")
  private @Nullable String jitter;

  @Option(
      names = "--bandwidth",
      paramLabel = "RATE",
      description = "Short for --fault 'bandwidth RATE'.")
  private @Nullable String bandwidth;

  @Option(names = "--loss", paramLabel = "P%", description = "Short for --fault 'loss P%%'.")
  private @Nullable String loss;

  @Option(
      names = "--duplicate",
      paramLabel = "P%",
      description = "Short for --fault 'duplicate P%%'.")
  private @Nullable String duplicate;

  @Option(names = "--reorder", paramLabel = "P%", description = "Short for --fault 'reorder P%%'.")
  private @Nullable String reorder;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      description = "Faults as a kind of link has them: ${COMPLETION-CANDIDATES}.")
  private @Nullable Profile profile;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Decides what is left to chance (a random one, which is printed).")
  private @Nullable Long seed;

  @Option(
      names = "--for",
      paramLabel = "D",
      description = "How long it stands there (until stopped).")
  private @Nullable Duration length;

  @Option(
      names = "--connections-max",
      paramLabel = "N",
      defaultValue = "10000",
      description =
          "Connections, and clients over CoAP, at a time on each --listen (${DEFAULT-VALUE}).")
  private int connectionsMax = 10_000;

  @Option(
      names = "--client-idle",
      paramLabel = "D",
      defaultValue = "5m",
      description =
          "A client over CoAP that is silent for so long is forgotten (${DEFAULT-VALUE}).")
  private Duration clientIdle = Duration.ofMinutes(5);

  @Option(
      names = "--json",
      description = "Progress goes to stderr, and the last line of stdout is the result.")
  private boolean json;

  private final Signals signals;

  RelayCommand(Signals signals) {
    this.signals = signals;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (connectionsMax < 1) {
      throw new IllegalArgumentException(
          "--connections-max must be 1 or more, but is " + connectionsMax);
    }
    if (clientIdle.isZero()) {
      throw new IllegalArgumentException("--client-idle must be above 0");
    }
    List<Route> routes = pairs.stream().map(Pair::route).toList();
    FaultPlan plan = new FaultPlan(patterns(), seed == null ? randomSeed() : seed);
    RelayLimits limits =
        new RelayLimits(
            connectionsMax, connectionsMax, clientIdle, RelayLimits.DEFAULT.waitingMaxBytes());
    PrintStream progress = System.err;
    CountDownLatch stopped = new CountDownLatch(1);
    signals.onStop(stopped::countDown);
    long began = System.nanoTime();
    Relay relay = Relay.start(routes, plan, RelayClock.system(), limits, log(progress));
    try (relay;
        HealthFile health = HealthFile.keep(HealthFile.named(), () -> 0)) {
      for (int i = 0; i < routes.size(); i++) {
        progress.println("relay " + text(relay.addresses().get(i)) + " -> " + routes.get(i).to());
      }
      progress.println("seed " + plan.seed());
      if (length == null) {
        stopped.await();
      } else {
        stopped.await(length.toMillis(), TimeUnit.MILLISECONDS);
      }
    }
    Duration ran = Duration.ofNanos(System.nanoTime() - began);
    RelayReport report = RelayReport.of(relay.sums(), plan, ran);
    report.print(TidemarkSim.forPeople(json));
    if (json) {
      System.out.println(report.json());
    }
    return 0;
  }

  private List<FaultPattern> patterns() {
    List<FaultPattern> patterns = new ArrayList<>();
    if (latency == null && jitter != null) {
      throw new IllegalArgumentException("--jitter goes with --latency");
    }
    add(patterns, "latency", jitter == null ? latency : latency + " jitter " + jitter);
    add(patterns, "bandwidth", bandwidth);
    add(patterns, "loss", loss);
    add(patterns, "duplicate", duplicate);
    add(patterns, "reorder", reorder);
    if (profile != null) {
      patterns.addAll(profile.patterns());
    }
    faults.forEach(fault -> patterns.add(FaultSyntax.parse(fault)));
    return patterns;
  }

  private static void add(List<FaultPattern> patterns, String effect, @Nullable String value) {
    if (value != null) {
      patterns.add(FaultSyntax.parse(effect + " " + value));
    }
  }

  private static long randomSeed() {
    return new SecureRandom().nextLong() >>> 1;
  }

  private static FaultListener log(PrintStream out) {
    return new FaultListener() {
      @Override
      public void began(Fault fault) {
        String length = fault.ends() ? ", for " + seconds(fault.until().minus(fault.from())) : "";
        out.printf(
            "%9s  %s begins%s: %s%n",
            seconds(fault.from()), fault.effect().text(), length, fault.effect().description());
      }

      @Override
      public void ended(Fault fault) {
        out.printf("%9s  %s is over%n", seconds(fault.until()), fault.effect().text());
      }
    };
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1e3);
  }

  private static String text(InetSocketAddress address) {
    return address.getHostString() + ":" + address.getPort();
  }
}
