package io.tidemark.deploy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemark.deploy.cluster.ChangeResult;
import io.tidemark.deploy.cluster.ChangeResult.Outcome;
import io.tidemark.deploy.cluster.ClusterState;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What the commands have in common that change the members of a cluster. */
final class ClusterChange {
  private static final long POLL_MS = 500;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Mixin private GatewayUrls asked = new GatewayUrls();

  @Option(
      names = "--timeout",
      paramLabel = "D",
      defaultValue = "5m",
      description =
          "How long to wait until it is done, e.g. 90s. The change goes on all the same. Default:"
              + " ${DEFAULT-VALUE}.")
  private Duration timeout = Duration.ZERO;

  @Option(
      names = "--no-wait",
      description = "Ask for the change once, and do not wait until all groups have followed.")
  private boolean noWait;

  @Option(
      names = "--json",
      description = "The result as one line of JSON; progress goes to standard error.")
  private boolean json;

  private String said = "";

  /**
   * Makes a change and waits for it, as the options have it.
   *
   * @return the exit code
   */
  int make(ObjectNode change) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    Gateways gateways = asked.gateways();
    ChangeResult result = ask(gateways, change.toString(), deadline);
    if (result.outcome() == Outcome.AGREED && !noWait) {
      result = await(gateways, result.generation(), deadline);
    }
    tell(result);
    return switch (result.outcome()) {
      case DONE, AGREED -> Tidemark.CLEAN;
      case PENDING, REFUSED, UNAVAILABLE -> Tidemark.UNCLEAN;
      case SILENT -> Tidemark.UNKNOWN;
    };
  }

  /** Again and again as long as there is no majority: a leader may just be elected. */
  private ChangeResult ask(Gateways gateways, String change, long deadline)
      throws InterruptedException {
    boolean unsure = false;
    while (true) {
      Gateways.Outcome outcome = gateways.change(change);
      unsure |= outcome.unsure();
      if (outcome.result() != Gateways.Result.LATER) {
        return result(outcome, unsure);
      }
      if (noWait || System.nanoTime() > deadline) {
        return unmade(
            Outcome.UNAVAILABLE,
            "the members cannot agree on it now" + lines(outcome.silent()),
            unsure);
      }
      progress("not agreed on yet, tried again" + lines(outcome.silent()));
      TimeUnit.MILLISECONDS.sleep(POLL_MS);
    }
  }

  private static ChangeResult result(Gateways.Outcome outcome, boolean unsure) {
    return switch (outcome.result()) {
      case AGREED ->
          new ChangeResult(
              Outcome.AGREED,
              outcome.generation(),
              "the groups follow to the members of generation " + outcome.generation(),
              null);
      case REFUSED -> unmade(Outcome.REFUSED, outcome.detail(), unsure);
      case SILENT, LATER ->
          unmade(Outcome.SILENT, "no gateway answers" + lines(outcome.silent()), unsure);
    };
  }

  private static ChangeResult unmade(Outcome outcome, String detail, boolean unsure) {
    String hint =
        System.lineSeparator()
            + "It may have been made all the same by a gateway whose answer did not come: see"
            + " ./tidemark gateway cluster status";
    return new ChangeResult(outcome, 0, unsure ? detail + hint : detail, null);
  }

  private static String lines(List<String> lines) {
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append(System.lineSeparator()).append("  ").append(line));
    return text.toString();
  }

  private ChangeResult await(Gateways gateways, long generation, long deadline)
      throws InterruptedException {
    ClusterState last = null;
    while (true) {
      Gateways.Said answer = gateways.state();
      ClusterState state = answer.body() == null ? null : ClusterState.of(answer.body());
      last = state == null ? last : state;
      if (state != null && state.isOfMember() && state.isDone(generation)) {
        return new ChangeResult(Outcome.DONE, generation, done(generation, state), state);
      }
      String words = state == null ? "no gateway answers" : follows(generation, state);
      progress(words);
      boolean nobodyCanSay = state != null && !state.isOfMember() && answer.silent().isEmpty();
      if (nobodyCanSay || System.nanoTime() > deadline) {
        return new ChangeResult(
            Outcome.PENDING,
            generation,
            words
                + lines(answer.silent())
                + waitsFor(last)
                + System.lineSeparator()
                + "It goes on by itself: see ./tidemark gateway cluster status",
            last);
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MS);
    }
  }

  private static String follows(long generation, ClusterState state) {
    if (!state.isOfMember()) {
      return "%s is no member any more and cannot say: name one that is, with --gateway"
          .formatted(state.gateway());
    }
    if (state.generation() < generation) {
      return "generation %d: not known to %s yet".formatted(generation, state.gateway());
    }
    return "generation %d: %d of %d groups have their new members"
        .formatted(generation, state.settledCount(), state.groupCount());
  }

  private static String done(long generation, ClusterState state) {
    return "all %d groups have the members of generation %d"
            .formatted(state.groupCount(), generation)
        + lines(state.leaving().stream().map(ClusterState::farewell).toList());
  }

  private static String waitsFor(@Nullable ClusterState last) {
    List<String> waits = new ArrayList<>();
    if (last != null && !last.unsettled().isEmpty()) {
      waits.add("not yet: " + String.join(", ", last.unsettled()));
    }
    if (last != null && !last.dead().isEmpty()) {
      waits.add("not alive: " + String.join(", ", last.dead()));
    }
    return lines(waits);
  }

  private void progress(String words) {
    if (!words.equals(said)) {
      said = words;
      PrintWriter out = json ? spec.commandLine().getErr() : spec.commandLine().getOut();
      out.println(words);
      out.flush();
    }
  }

  private void tell(ChangeResult result) {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    if (json) {
      out.println(result.json());
    }
    switch (result.outcome()) {
      case DONE -> (json ? err : out).println("Done: " + result.detail());
      case AGREED -> (json ? err : out).println("Agreed: " + result.detail());
      case PENDING -> err.println("Not seen to be done: " + result.detail());
      case REFUSED -> err.println("Refused: " + result.detail());
      case UNAVAILABLE -> err.println("Not done: " + result.detail());
      case SILENT -> err.println("Could not ask: " + result.detail());
    }
    out.flush();
    err.flush();
  }
}
