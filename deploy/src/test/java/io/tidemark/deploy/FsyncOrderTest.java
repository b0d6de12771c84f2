package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.pipeline.GatewayService;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Pipeline;
import io.tidemark.deploy.pipeline.Ports;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * An acknowledgement follows the fsync on a majority, and a vote that of its file and folder, by
 * the order of system calls: a killed process cannot show that, as what it has written is safe with
 * the kernel.
 */
class FsyncOrderTest {
  private static final int MESSAGES = 6;

  /** When it was printed, and the rest; strace splits a call that others interrupt. */
  private static final Pattern LINE = Pattern.compile("\\d+ +(\\d+\\.\\d+) (.*)");

  private static final Pattern SYNCED =
      Pattern.compile("(?:fdatasync|fsync)\\(\\d+<([^>]*)>\\) += 0 <(\\d+\\.\\d+)>");
  private static final Pattern SYNC_BEGUN =
      Pattern.compile("(?:fdatasync|fsync)\\(\\d+<([^>]*)> <unfinished.*");
  private static final Pattern SYNC_RESUMED =
      Pattern.compile("<\\.\\.\\. (?:fdatasync|fsync) resumed>.* = 0 <.*");

  /** Of whatever length it is, and finished or not. */
  private static final Pattern SYNC = Pattern.compile("(?:fdatasync|fsync)\\(\\d+<([^>]*)>");

  /** The fixed header of a PUBACK of MQTT 5 with its packet id and nothing else. */
  private static final Pattern ACKNOWLEDGED =
      Pattern.compile("(?:write|writev|sendto|sendmsg)\\(\\d+<TCP.*\"@\\\\2.*");

  private final List<Process> tracers = new ArrayList<>();

  @AfterEach
  void detach() throws InterruptedException {
    for (Process tracer : tracers) {
      tracer.destroy();
      assertThat(tracer.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aMajorityHasFsyncedBeforeTheAcknowledgementIsSentAndVotesAreDurable() throws Exception {
    Path folder = TestPipeline.folder("fsync-order");
    // Without ingest: nothing is forwarded, so nothing but what devices send is fsynced.
    try (Pipeline pipeline = new Pipeline(Installation.find(), folder, Ports.free(3), null)) {
      pipeline.startGateways();
      Awaitility.await("g1 leads its group")
          .atMost(TestPipeline.LONG)
          .until(() -> leader(pipeline).equals("g1"));
      for (GatewayService gateway : pipeline.gateways()) {
        trace(gateway, folder);
      }
      String group = groupFolder(pipeline);
      List<Double> begun = send(pipeline);
      pipeline.gateway().kill();
      Awaitility.await("another leads the group of g1")
          .atMost(TestPipeline.LONG)
          .until(() -> Set.of("g2", "g3").contains(leader(pipeline)));
      detach();
      check(pipeline, folder, group, begun);
      checkVotes(folder, group);
    }
  }

  private static String leader(Pipeline pipeline) throws IOException, InterruptedException {
    String url = pipeline.gateways().get(1).service().url();
    return pipeline
        .http()
        .get(url + "/api/v1/cluster")
        .path("groups")
        .path(0)
        .path("leader")
        .asText();
  }

  /**
   * How the paths of group g1's files end, up to the file's name. The other groups fsync too: one
   * of them may just go home to the gateway that it is named after.
   */
  private static String groupFolder(Pipeline pipeline) throws IOException, InterruptedException {
    String cluster =
        pipeline
            .http()
            .get(pipeline.gateways().get(0).service().url() + "/api/v1/cluster")
            .path("cluster")
            .asText();
    UUID group =
        UUID.nameUUIDFromBytes(("tidemark:" + cluster + ":g1").getBytes(StandardCharsets.UTF_8));
    return "/" + group + "/current";
  }

  /** Who votes in group g1, the leader among them, has renamed the file with its vote. */
  private static void checkVotes(Path folder, String group) throws IOException {
    for (String gateway : List.of("g2", "g3")) {
      int votes = 0;
      String unsynced = "";
      for (String text :
          Files.readAllLines(folder.resolve(gateway + ".strace"), StandardCharsets.ISO_8859_1)) {
        String call = text.replaceFirst("^\\d+ +[\\d.]+ ", "");
        Matcher synced = SYNC.matcher(call);
        if (synced.lookingAt() && synced.group(1).endsWith(group)) {
          unsynced = "";
        } else if (call.startsWith("rename(") && call.contains(group + "/raft-meta.tmp\"")) {
          votes++;
          unsynced = text;
        }
      }
      assertThat(votes).as("votes of %s", gateway).isPositive();
      assertThat(unsynced).as("vote whose folder %s has not fsynced", gateway).isEmpty();
    }
  }

  /** Returns when each message was about to be sent, by the clock that strace prints. */
  private static List<Double> send(Pipeline pipeline) throws Exception {
    List<Double> begun = new ArrayList<>();
    try (DeviceClient device = new DeviceClient(pipeline.mqttUrl(), "d")) {
      for (int i = 0; i < MESSAGES; i++) {
        // The last replica's fsync would otherwise pass for one of the next message.
        awaitSameEverywhere(pipeline);
        begun.add(System.currentTimeMillis() / 1e3);
        Reading reading =
            new Reading("main", "k", 1_790_000_000_000_000_000L + i, Map.of("v", Value.of(1.0)));
        byte[] batch = BatchCodec.encode(Batch.ofReadings("d", 7, i, List.of(reading), i + 1, i));
        assertThat(device.sendAndWait("d", batch)).isZero();
      }
    }
    return begun;
  }

  private static void awaitSameEverywhere(Pipeline pipeline) {
    Awaitility.await("all replicas of group g1 have the same")
        .atMost(TestPipeline.LONG)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              Set<Long> indexes = new TreeSet<>();
              for (GatewayService gateway : pipeline.gateways()) {
                JsonNode status = pipeline.http().get(gateway.service().url() + "/api/v1/cluster");
                indexes.add(status.path("groups").path(0).path("committedIndex").asLong());
              }
              return indexes.size() == 1;
            });
  }

  private void trace(GatewayService gateway, Path folder) throws IOException {
    Path said = folder.resolve(gateway.id() + ".strace.err");
    tracers.add(
        new ProcessBuilder(
                "strace",
                "-f",
                "-ttt",
                "-T",
                "-yy",
                "-e",
                "trace=rename,fdatasync,fsync,write,writev,sendto,sendmsg",
                "-o",
                traceOf(gateway, folder).toString(),
                "-p",
                Long.toString(gateway.service().process().pid()))
            .redirectError(said.toFile())
            .start());
    Awaitility.await("strace has attached to " + gateway.id())
        .atMost(TestPipeline.LONG)
        .until(() -> Files.exists(said) && Files.readString(said).contains("attached"));
  }

  private static Path traceOf(GatewayService gateway, Path folder) {
    return folder.resolve(gateway.id() + ".strace");
  }

  private static void check(Pipeline pipeline, Path folder, String group, List<Double> begun)
      throws IOException {
    Map<String, List<Double>> synced = new HashMap<>();
    for (GatewayService gateway : pipeline.gateways()) {
      synced.put(gateway.id(), synced(traceOf(gateway, folder), group));
    }
    List<Double> acknowledged = acknowledged(traceOf(pipeline.gateways().get(0), folder));
    assertThat(acknowledged).hasSize(MESSAGES);
    for (int i = 0; i < MESSAGES; i++) {
      double since = begun.get(i);
      double at = acknowledged.get(i);
      long gateways =
          synced.values().stream()
              .filter(times -> times.stream().anyMatch(time -> time > since && time < at))
              .count();
      assertThat(gateways)
          .as("gateways that fsynced their log after %f and before the PUBACK at %f", since, at)
          .isGreaterThanOrEqualTo(2);
    }
  }

  /** When fsyncs of the open segment of that group's log had returned. */
  private static List<Double> synced(Path trace, String group) throws IOException {
    List<Double> times = new ArrayList<>();
    Set<String> underWay = new TreeSet<>();
    for (String text : Files.readAllLines(trace, StandardCharsets.ISO_8859_1)) {
      Matcher line = LINE.matcher(text);
      if (!line.matches()) {
        continue;
      }
      double at = Double.parseDouble(line.group(1));
      String thread = text.substring(0, text.indexOf(' '));
      Matcher whole = SYNCED.matcher(line.group(2));
      Matcher begun = SYNC_BEGUN.matcher(line.group(2));
      if (whole.matches()) {
        if (whole.group(1).contains(group + "/log_inprogress")) {
          times.add(at + Double.parseDouble(whole.group(2)));
        }
      } else if (begun.matches()) {
        if (begun.group(1).contains(group + "/log_inprogress")) {
          underWay.add(thread);
        }
      } else if (SYNC_RESUMED.matcher(line.group(2)).matches() && underWay.remove(thread)) {
        times.add(at);
      }
    }
    return times;
  }

  /** When PUBACKs were about to be sent. */
  private static List<Double> acknowledged(Path trace) throws IOException {
    List<Double> times = new ArrayList<>();
    for (String text : Files.readAllLines(trace, StandardCharsets.ISO_8859_1)) {
      Matcher line = LINE.matcher(text);
      if (line.matches() && ACKNOWLEDGED.matcher(line.group(2)).matches()) {
        times.add(Double.parseDouble(line.group(1)));
      }
    }
    return times;
  }
}
