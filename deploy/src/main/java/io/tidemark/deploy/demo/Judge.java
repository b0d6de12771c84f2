package io.tidemark.deploy.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.pipeline.Administrator;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.GatewayService;
import io.tidemark.deploy.pipeline.Json;
import io.tidemark.deploy.pipeline.Pipeline;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Says what became of all that a demo's sources produced, when they have stopped: waits for the
 * ledger to have it, and compares what the simulator recorded with the rows. Used by one thread.
 */
final class Judge {
  private static final Duration SETTLE_POLL = Duration.ofMillis(250);
  private static final Duration COMPARE_TIMEOUT = Duration.ofMinutes(5);

  /** Exit codes of a comparison that was made; with any other it was not. */
  private static final int COMPARED_CLEAN = 0;

  private static final int COMPARED_UNCLEAN = 1;

  private final DemoOptions options;
  private final Pipeline pipeline;
  private final StopSignal stop;

  Judge(DemoOptions options, Pipeline pipeline, StopSignal stop) {
    this.options = options;
    this.pipeline = pipeline;
    this.stop = stop;
  }

  /**
   * The verdict; unknown if something cannot be asked.
   *
   * @param sim the simulator, which has ended
   * @param deadline until when to wait, as {@code System.nanoTime()} counts
   * @param faults faults carried out
   * @param seconds how long the sources ran
   */
  Verdict judge(ChildProcess sim, long deadline, int faults, double seconds)
      throws InterruptedException {
    try {
      long produced = agentProduced() + Json.lastLine(sim.output()).path("recorded").asLong();
      Sums sums = settle(deadline, produced);
      int differing = compare().path("problems").size();
      return verdict(sums, differing, faults, seconds);
    } catch (IOException e) {
      return new Verdict(
          Verdict.Word.UNKNOWN,
          Sums.ZERO,
          0,
          0,
          faults,
          options.seed(),
          seconds,
          "could not check: " + e.getMessage());
    }
  }

  /**
   * Waits until the ledger has all that its own devices produced at rest, and has looked for rows
   * too many since.
   */
  private Sums settle(long deadline, long produced) throws IOException, InterruptedException {
    while (true) {
      Sums sums = OwnDevices.sums(pipeline);
      boolean atRest = sums.settled() == produced && sums.waiting() == 0;
      if (atRest || System.nanoTime() > deadline || stop.awaitSecond(SETTLE_POLL)) {
        pipeline.http().get(pipeline.apiUrl() + "/api/v1/ledger?fresh=true");
        return byProducers(OwnDevices.sums(pipeline), produced);
      }
    }
  }

  /** What the producers say counts: numbers the ledger has not heard of yet are waiting. */
  private static Sums byProducers(Sums sums, long produced) {
    return new Sums(
        produced,
        Math.max(0, produced - sums.settled() - sums.missing()),
        sums.stored(),
        sums.quarantined(),
        sums.dropped(),
        sums.missing(),
        sums.duplicates(),
        sums.redelivered());
  }

  private Verdict verdict(Sums sums, int differing, int faults, double seconds)
      throws InterruptedException {
    boolean clean =
        sums.waiting() == 0 && sums.missing() == 0 && sums.duplicates() == 0 && differing == 0;
    String remark =
        clean
            ? ""
            : "%d waiting, %d missing, %d duplicates, %d differ from what was sent; data and logs are in %s"
                .formatted(
                    sums.waiting(), sums.missing(), sums.duplicates(), differing, pipeline.data());
    return new Verdict(
        clean ? Verdict.Word.CLEAN : Verdict.Word.UNCLEAN,
        sums,
        refused(),
        differing,
        faults,
        options.seed(),
        seconds,
        remark);
  }

  private long agentProduced() throws IOException, InterruptedException {
    long produced = 0;
    for (JsonNode epoch : pipeline.agentJournal()) {
      produced += epoch.path("nextSequence").asLong();
    }
    return produced;
  }

  /** The simulator's record against the rows, value by value. */
  private JsonNode compare() throws IOException, InterruptedException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "verify",
                "--record",
                pipeline.data().resolve("sim").toString(),
                "--api",
                pipeline.apiUrl(),
                "--json"));
    Administrator administrator = pipeline.administrator();
    if (administrator != null) {
      arguments.addAll(
          List.of(
              "--api-key-file",
              administrator.keyFile().toString(),
              "--authority",
              administrator.authority().toString()));
    }
    ChildProcess verify = pipeline.sim("verify", arguments.toArray(String[]::new));
    verify.start();
    if (!verify.waitFor(COMPARE_TIMEOUT)) {
      verify.kill();
      throw new IOException("the comparison with the rows did not end; see " + verify.log());
    }
    if (verify.exitCode() != COMPARED_CLEAN && verify.exitCode() != COMPARED_UNCLEAN) {
      throw new IOException("the rows could not be compared: " + verify.logTail());
    }
    return Json.lastLine(verify.output());
  }

  /** As far as is known: a gateway that does not answer now may have refused more. */
  private long refused() throws InterruptedException {
    for (GatewayService gateway : pipeline.gateways()) {
      try {
        pipeline.refusals().look(gateway.service());
      } catch (IOException e) {
        // The verdict does not depend on it: what is refused is accounted for by who sent it.
      }
    }
    return pipeline.refusals().sum();
  }
}
