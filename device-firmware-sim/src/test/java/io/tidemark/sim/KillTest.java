package io.tidemark.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.sim.record.Entry;
import io.tidemark.sim.record.RecordReader;
import io.tidemark.sim.source.DeviceClass;
import io.tidemark.sim.source.DeviceFault;
import io.tidemark.sim.source.DeviceGroup;
import io.tidemark.sim.source.Simulation;
import io.tidemark.sim.source.SimulationPlan;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.BatchHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The simulator as a process of its own that is killed in the midst of its work. */
@Timeout(300)
@NullUnmarked
class KillTest {
  private static final int ROUNDS = 6;
  private static final int DEVICES = 8;
  private static final String START = "2026-01-01T00:00:00Z";

  /** So often that it is killed in the midst of them, and at the ends of epochs. */
  private static final List<String> FAULTS =
      List.of(
          "reboot for 300ms randomly every 1500ms on 50%",
          "new-card randomly every 1s on 50%",
          "clock ahead 2m for 200ms randomly every 2s on 50%",
          "repeat 10%",
          "reorder 10%");

  @TempDir Path folder;

  @Test
  void killedAgainAndAgainItProducesEveryNumberOnceAndLosesNone() throws Exception {
    Random random = new Random(20_261_123);
    Path record = folder.resolve("record");
    AtomicInteger deliveries = new AtomicInteger();
    try (ScriptedGateway gateway =
        new ScriptedGateway(
            (batch, times) -> {
              int count = deliveries.incrementAndGet();
              return batch.header().kind() == BatchHeader.Kind.READINGS
                      && batch.header().firstSequence() % 11 == 3
                  ? new ScriptedGateway.Answer.Refuse(
                      io.vertx.mqtt.messages.codes.MqttPubAckReasonCode.PAYLOAD_FORMAT_INVALID)
                  : count % 23 == 0
                      ? new ScriptedGateway.Answer.Cut()
                      : new ScriptedGateway.Answer.Accept();
            })) {
      for (int round = 0; round < ROUNDS; round++) {
        int target = deliveries.get() + 20 + random.nextInt(400);
        Process sim = start(gateway, record, "--for=1h", "round-" + round);
        try {
          await()
              .atMost(ScriptedGateway.PATIENCE)
              .pollDelay(Duration.ZERO)
              .pollInterval(Duration.ofMillis(1))
              .until(() -> deliveries.get() >= target);
        } finally {
          sim.destroyForcibly();
        }
        assertThat(sim.waitFor()).isEqualTo(128 + 9);
      }
      Process last = start(gateway, record, "--for=0s", "last");
      assertThat(last.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(last.exitValue()).as(log("last")).isZero();
      check(record, gateway);
    }
  }

  @Test
  void sigtermDrainsAndExitsWithTheCommandsCode() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Process sim = start(gateway, folder.resolve("r"), "--for=1h", "term");
      await()
          .atMost(ScriptedGateway.PATIENCE)
          .until(() -> gateway.accepted().stream().anyMatch(b -> !b.readings().isEmpty()));
      sim.destroy(); // SIGTERM
      assertThat(sim.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(sim.exitValue()).as(log("term")).isZero();
      Map<String, BatchHeader> last = new HashMap<>();
      gateway.accepted().forEach(b -> last.put(b.header().device(), b.header()));
      assertThat(last.values()).hasSize(DEVICES).allMatch(h -> h.oldestKept() == h.nextSequence());
    }
  }

  /** The record has each number once, as the seed says; the gateway got each, and nothing else. */
  private static void check(Path record, ScriptedGateway gateway) throws Exception {
    long startNanos = Instant.parse(START).getEpochSecond() * 1_000_000_000L;
    DeviceGroup group =
        new DeviceGroup(DeviceClass.WEATHER_STATION, DEVICES, "sim-", 40, 4, Duration.ZERO);
    SimulationPlan plan =
        new SimulationPlan(5, startNanos, List.of(group), false, null)
            .withFaults(FAULTS.stream().map(DeviceFault::parse).toList());
    Map<String, byte[]> recorded = new HashMap<>();
    List<String> dropped = new ArrayList<>();
    // By stream: epoch, next number, device, and which of its epochs that is.
    List<Long> epochs = new ArrayList<>();
    List<Long> next = new ArrayList<>();
    List<String> devices = new ArrayList<>();
    List<Integer> ordinals = new ArrayList<>();
    try (RecordReader reader = new RecordReader(record)) {
      for (Entry entry = reader.next(); entry != null; entry = reader.next()) {
        if (entry instanceof Entry.Device device) {
          ordinals.add(Collections.frequency(devices, device.device()));
          devices.add(device.device());
          epochs.add(device.epoch());
          next.add(0L);
        } else if (entry instanceof Entry.Produced produced && !produced.drop()) {
          Batch batch = BatchCodec.decode(produced.batch());
          int stream = produced.stream();
          int device = devices.indexOf(devices.get(stream));
          assertThat(produced.first()).isEqualTo(next.get(stream));
          assertThat(batch.header().epoch()).isEqualTo(epochs.get(stream));
          for (int i = 0; i < produced.count(); i++) {
            assertThat(batch.readings().get(i))
                .isEqualTo(
                    Simulation.reading(plan, device, ordinals.get(stream), produced.first() + i));
          }
          next.set(stream, produced.first() + produced.count());
          recorded.put(key(batch.header()), produced.batch());
        } else if (entry instanceof Entry.Produced drop) {
          dropped.add(key(BatchCodec.readHeader(drop.batch())));
        }
      }
    }
    assertThat(next.stream().mapToLong(n -> n).sum()).isGreaterThan(500);
    assertThat(devices).hasSizeGreaterThan(2 * DEVICES);
    assertThat(dropped).isNotEmpty();
    Map<String, byte[]> acknowledged = new HashMap<>();
    for (ScriptedGateway.Received one : gateway.received()) {
      BatchHeader header = one.batch().header();
      if (one.accepted() && header.kind() != BatchHeader.Kind.STATUS) {
        String key = key(header);
        acknowledged.put(key, one.bytes());
        if (header.kind() == BatchHeader.Kind.READINGS) {
          assertThat(one.bytes()).isEqualTo(recorded.get(key));
        }
      }
    }
    assertThat(acknowledged.keySet()).isEqualTo(recorded.keySet());
  }

  private static String key(BatchHeader header) {
    return header.device() + "/" + header.epoch() + "/" + header.firstSequence();
  }

  private Process start(ScriptedGateway gateway, Path record, String length, String log)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "io.tidemark.sim.TidemarkSim",
                "run",
                "--gateway=" + gateway.url(),
                "--record=" + record,
                "--batch-size=4",
                "--batch-interval=50ms",
                length));
    if (!Files.exists(record)) {
      command.addAll(List.of("--seed=5", "--devices=" + DEVICES, "--rate=40", "--start=" + START));
      FAULTS.forEach(fault -> command.add("--device-fault=" + fault));
    }
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(log).toFile())
        .start();
  }

  private String log(String name) throws IOException {
    return Files.readString(folder.resolve(name));
  }
}
