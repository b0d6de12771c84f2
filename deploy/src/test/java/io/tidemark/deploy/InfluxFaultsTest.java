package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.demo.Sums;
import io.tidemark.deploy.pipeline.ChildProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * Everything that happens to a database, one after the other, under load: killed, stopped, frozen,
 * answering badly, its disk full; and ingest killed beside it. {@code -Dsystemtest.faults=all}: ten
 * rounds of each, and an outage of three minutes.
 */
class InfluxFaultsTest {
  private static final long SEED = Long.getLong("systemtest.seed", 20_261_124L);
  private static final boolean ALL = "all".equals(System.getProperty("systemtest.faults"));
  private static final int ROUNDS = ALL ? 10 : 1;
  private static final Duration OUTAGE = ALL ? Duration.ofMinutes(3) : Duration.ofSeconds(10);
  private static final Duration FROZEN = Duration.ofSeconds(20);
  private static final int SPOILED = 20;
  private static final int DISK_MEGABYTES = 128;

  /** Readings of some seconds. */
  private static final int BACKLOG = 500;

  private final Random random = new Random(SEED);

  @Test
  void nothingIsLostOrDoubledWhateverHappensToTheDatabase() throws Exception {
    Path folder = TestPipeline.folder("influx-faults-server");
    try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), DISK_MEGABYTES);
        InfluxServer influx = InfluxServer.start(folder, disk);
        Relay relay = new Relay(influx.url(), SEED);
        TestPipeline test = TestPipeline.in("influx-faults", relay.url())) {
      test.parts().startServers();
      ChildProcess load = test.load(SEED);
      load.start();
      awaitProgress(test, "the start");

      for (int round = 1; round <= ROUNDS; round++) {
        killed(test, load, List.of(influx.process()));
        awaitProgress(test, "influxd was killed, round " + round);
        killed(test, load, List.of(test.parts().ingest()));
        awaitProgress(test, "ingest was killed, round " + round);
        killed(test, load, List.of(influx.process(), test.parts().ingest()));
        awaitProgress(test, "both were killed, round " + round);

        influx.freeze();
        under(load, FROZEN);
        influx.thaw();
        awaitProgress(test, "influxd was frozen, round " + round);

        int before = relay.spoiled();
        relay.spoil(0.6);
        Awaitility.await("requests spoilt")
            .atMost(TestPipeline.LONG)
            .until(() -> relay.spoiled() >= before + SPOILED);
        relay.spoil(0);
        awaitProgress(test, "answers were spoilt, round " + round);

        fill(test, disk);
        free(disk, influx);
        awaitProgress(test, "the disk was full, round " + round);
      }

      influx.process().terminate();
      assertThat(influx.process().waitFor(TestPipeline.LONG)).isTrue();
      under(load, OUTAGE);
      influx.start();
      awaitProgress(test, "influxd was away for " + OUTAGE);

      load.terminate();
      assertThat(load.waitFor(TestPipeline.LONG)).as("simulator ends").isTrue();
      judge(test);
    }
  }

  /** Kills at random moments, and starts again after others. */
  private void killed(TestPipeline test, ChildProcess load, List<ChildProcess> processes)
      throws InterruptedException {
    under(load, Duration.ofMillis(random.nextInt(1_500)));
    for (ChildProcess process : processes) {
      process.kill();
      under(load, Duration.ofMillis(random.nextInt(300)));
    }
    under(load, Duration.ofMillis(random.nextInt(1_000)));
    for (ChildProcess process : processes) {
      process.start();
    }
    assertThat(test.parts().gateway().isAlive()).isTrue();
  }

  /** Until ingest says why it cannot write, and has tried for a while. */
  private static void fill(TestPipeline test, SmallDisk disk) throws Exception {
    disk.fill();
    String health = test.parts().apiUrl() + "/q/health/ready";
    Awaitility.await("ingest says that the disk is full")
        .atMost(TestPipeline.LONG)
        .until(() -> test.parts().http().trouble(health).contains("no space left on device"));
    double before = backlog(test);
    Awaitility.await("the gateway keeps what comes")
        .atMost(TestPipeline.LONG)
        .until(() -> backlog(test) > before + BACKLOG);
  }

  /** As an operator does: 1.x needs a new start after a full disk. */
  private static void free(SmallDisk disk, InfluxServer influx) throws Exception {
    disk.free();
    influx.process().terminate();
    assertThat(influx.process().waitFor(TestPipeline.LONG)).isTrue();
    influx.start();
  }

  private static double backlog(TestPipeline test) throws IOException, InterruptedException {
    return test.gatewayMetric("tidemark_gateway_readings_committed_total")
        - test.gatewayMetric("tidemark_gateway_readings_forwarded_total");
  }

  /** Lets time pass while the load goes on. */
  private static void under(ChildProcess load, Duration time) throws InterruptedException {
    assertThat(load.waitFor(time)).as("simulator ended: " + load.logTail()).isFalse();
  }

  private static void awaitProgress(TestPipeline test, String after) {
    long[] before = {-1};
    Awaitility.await("readings stored again after " + after)
        .atMost(TestPipeline.LONG)
        .pollInterval(Duration.ofMillis(200))
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(
            () -> {
              Sums sums = test.ledger();
              assertThat(sums.missing()).as("missing after " + after).isZero();
              assertThat(sums.duplicates()).as("duplicates after " + after).isZero();
              if (before[0] < 0) {
                before[0] = sums.stored();
              }
              return sums.stored() > before[0];
            });
  }

  private static void judge(TestPipeline test) throws IOException, InterruptedException {
    long produced = test.verify("record").json().path("produced").asLong();
    assertThat(produced).as("produced").isGreaterThan(1_000);
    Sums sums = test.awaitSettled(produced);
    assertThat(sums.stored()).as("stored").isEqualTo(produced);
    assertThat(sums.missing()).as("missing").isZero();
    assertThat(sums.duplicates()).as("duplicates").isZero();
    TestPipeline.Finished verdict = test.verify("record");
    assertThat(verdict.exitCode()).as(verdict.output() + verdict.log()).isZero();
    JsonNode rebuilt =
        test.parts().http().post(test.parts().apiUrl() + "/api/v1/ledger/rebuild", "{}");
    assertThat(rebuilt.path("agreed").asBoolean()).as("rebuild agrees: " + rebuilt).isTrue();
  }
}
