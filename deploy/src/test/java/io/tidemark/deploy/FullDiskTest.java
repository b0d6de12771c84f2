package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.demo.Sums;
import io.tidemark.deploy.pipeline.GatewayService;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Pipeline;
import io.tidemark.deploy.pipeline.Ports;
import io.tidemark.deploy.pipeline.Service;
import io.tidemark.deploy.pipeline.Surroundings;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * Somebody else's file leaves a gateway no room on its disk: nothing counts there, and it says so.
 */
class FullDiskTest {
  private static final int DISK_MEGABYTES = 48;

  /** What a log has preallocated takes a few batches still. */
  private static final int BATCHES_MAX = 40;

  private static final int TEXTS = 50;
  private static final int TEXT_BYTES = 4_000;

  private long sent;

  @Test
  void whoHasNoRoomIsNotCountedAndComesBackWithRoom() throws Exception {
    Path folder = TestPipeline.folder("full-disk");
    Ports ports = Ports.free(3);
    try (SmallDisk disk = SmallDisk.mount(folder.resolve("gateway-g2"), DISK_MEGABYTES);
        SmallDisk second = SmallDisk.mount(folder.resolve("gateway-g3"), DISK_MEGABYTES);
        TestPipeline test =
            TestPipeline.of(
                new Pipeline(
                    Installation.find(),
                    folder,
                    ports,
                    Surroundings.of(new GatewayDisks(Map.of("g2", disk, "g3", second))),
                    null,
                    "tidemark"))) {
      Pipeline parts = test.parts();
      parts.startServers();
      // A leader that is elected later cannot begin without a majority that has room.
      Awaitility.await("each leads its own group")
          .atMost(TestPipeline.LONG)
          .ignoreExceptionsInstanceOf(IOException.class)
          .until(() -> test.cluster().isAtHome());
      GatewayService full = parts.gateways().get(1);
      GatewayService other = parts.gateways().get(2);
      try (DeviceClient device = new DeviceClient(parts.mqttUrl(), "d")) {
        // Not before: once its gateway has seen that there is no room, a device is not let in.
        disk.fill();
        second.fill();
        Awaitility.await("nothing is taken without a majority that has room")
            .atMost(TestPipeline.LONG)
            .untilAsserted(
                () -> assertThat(first(parts).trouble()).contains("bytes left", "g2: ", "g3: "));
        assertThat(outcome(device)).isNotZero();
        second.free();
        Awaitility.await("with a majority that has room it goes on by itself")
            .atMost(TestPipeline.LONG)
            .until(first(parts)::isReady);
        // Its group may be without a leader for a moment; and its log may have failed already, as a
        // change of leaders is written down, too.
        Awaitility.await("its own devices are told why")
            .atMost(TestPipeline.LONG)
            .until(
                () -> {
                  String trouble = full.service().trouble();
                  return trouble.contains("bytes left") || trouble.contains("could not be written");
                });
        // Each group's log has some room of its own on the disk, which is used up first.
        for (int i = 0; i < BATCHES_MAX && !secondsTrouble(parts).contains("group g1: "); i++) {
          send(device);
        }
        Awaitility.await("it is not live any more")
            .atMost(TestPipeline.LONG)
            .untilAsserted(
                () ->
                    assertThat(new Http().trouble(full.service().url() + "/q/health/live"))
                        .contains("could not be written", "make room", "start again"));
        Awaitility.await("it is named in the cluster's state")
            .atMost(TestPipeline.LONG)
            .ignoreExceptionsInstanceOf(IOException.class)
            .untilAsserted(() -> isNamedInTheClustersState(parts));

        other.service().process().kill();
        assertThat(outcome(device)).as("with the room of one gateway out of three").isNotZero();
      }

      disk.free();
      full.service().process().terminate();
      assertThat(full.service().process().waitFor(TestPipeline.LONG)).isTrue();
      full.service().startAndAwaitReady();
      Awaitility.await("a majority again").atMost(TestPipeline.LONG).until(first(parts)::isReady);
      try (DeviceClient device = new DeviceClient(parts.mqttUrl(), "d")) {
        send(device);
      }
      // What was acknowledged while it had no room is with the two others; now one of these goes.
      parts.gateway().kill();
      other.service().startAndAwaitReady();
      Sums sums = test.awaitSettled(sent);
      assertThat(sums.stored()).isEqualTo(sent);
      assertThat(sums.missing() + sums.duplicates()).isZero();
    }
  }

  private static Service first(Pipeline parts) {
    return parts.gateways().get(0).service();
  }

  /** What is wrong with gateway g2, as the first one hears of it. */
  private static String secondsTrouble(Pipeline parts) throws Exception {
    JsonNode members = parts.http().get(parts.gatewayUrl() + "/api/v1/cluster").path("members");
    return members.path(1).path("trouble").asText();
  }

  private static void isNamedInTheClustersState(Pipeline parts) throws Exception {
    Launcher.Run status =
        Launcher.run("gateway", "cluster", "status", "--gateway", parts.gatewayUrl());
    assertThat(status.exitCode()).isEqualTo(1);
    assertThat(status.out() + status.err()).contains("g2", "could not be written", "bytes left");
    assertThat(secondsTrouble(parts)).contains("No space left on device");
  }

  /** Sends the next reading until it is acknowledged. */
  private void send(DeviceClient device) throws Exception {
    assertThat(device.sendAndWait("d", next())).isZero();
    sent++;
  }

  /** What comes of sending the next reading once: the reason code, or -1 without any. */
  private int outcome(DeviceClient device) throws Exception {
    return device
        .send("d", next())
        .exceptionally(disconnected -> -1)
        .get(TestPipeline.LONG.toSeconds(), TimeUnit.SECONDS);
  }

  /** The same each time until it is acknowledged. */
  private byte[] next() {
    Random random = new Random(sent);
    Map<String, Value> values = new HashMap<>();
    for (int i = 0; i < TEXTS; i++) {
      StringBuilder text = new StringBuilder();
      random.ints(TEXT_BYTES, 'a', 'z').forEach(character -> text.append((char) character));
      values.put("m" + i, Value.of(text.toString()));
    }
    long time = 1_790_000_000_000_000_000L + sent * Duration.ofSeconds(1).toNanos();
    Reading reading = new Reading("main", "k", time, values);
    return BatchCodec.encode(Batch.ofReadings("d", 7, sent, List.of(reading), sent + 1, sent));
  }
}
