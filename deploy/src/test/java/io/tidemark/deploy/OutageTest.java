package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.deploy.demo.Sums;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Limits;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Ingest is away while devices send more than a gateway could keep in its memory. */
class OutageTest {
  private static final String DEVICE = "bulk";
  private static final long EPOCH = 21;
  private static final int READINGS_A_BATCH = 50;
  private static final int WINDOW = 4;

  /**
   * What the gateway has to keep while ingest is away: more than its whole heap, so it can only be
   * on disk.
   */
  private static final long BACKLOG_BYTES = 300L << 20;

  /** Above what one full collection leaves and the next, of a heap that holds no backlog. */
  private static final long HEAP_SLACK_BYTES = 24L << 20;

  private final Random random = new Random(5);
  private long sequence;

  @Test
  void acknowledgementsGoOnTheHeapStaysFlatAndTheBacklogDrains() throws Exception {
    try (TestPipeline test = TestPipeline.started("outage");
        DeviceClient device = new DeviceClient(test.parts().mqttUrl(), DEVICE)) {
      assertThat(device.sendAndWait(DEVICE, nextBatch())).isZero();
      test.parts().ingest().terminate();
      assertThat(test.parts().ingest().waitFor(TestPipeline.LONG)).isTrue();

      // Buffers and caches of fixed size fill first; from then on nothing may grow with the
      // backlog.
      send(device, BACKLOG_BYTES / 4);
      long heapBefore = liveHeapBytes(test.parts().gateway().pid());
      send(device, BACKLOG_BYTES / 4 * 3);
      long heapAfter = liveHeapBytes(test.parts().gateway().pid());

      assertThat(heapAfter - heapBefore)
          .as("growth of the gateway's live heap, in bytes")
          .isLessThan(HEAP_SLACK_BYTES);

      test.parts().startIngest();
      assertThat(
              device.sendAndWait(
                  DEVICE, BatchCodec.encode(Batch.ofStatus(DEVICE, EPOCH, sequence, sequence))))
          .isZero();
      Sums sums = test.awaitSettled(sequence);
      assertThat(sums.stored()).isEqualTo(sequence);
      assertThat(sums.missing()).isZero();
      assertThat(sums.duplicates()).isZero();
    }
  }

  /** A batch that is sent, and its acknowledgement. */
  private record Sent(byte[] batch, CompletableFuture<Integer> acknowledgement) {}

  /** Sends so many bytes, a few batches at a time, until all are acknowledged. */
  private void send(DeviceClient device, long bytes) throws Exception {
    Deque<Sent> open = new ArrayDeque<>();
    for (long left = bytes; left > 0; ) {
      byte[] batch = nextBatch();
      open.add(new Sent(batch, device.send(DEVICE, batch)));
      left -= batch.length;
      if (open.size() == WINDOW) {
        assertAcknowledged(device, open.remove());
      }
    }
    for (Sent sent : open) {
      assertAcknowledged(device, sent);
    }
  }

  /** At once, or when it is sent again after the disk has stood still for seconds. */
  private static void assertAcknowledged(DeviceClient device, Sent sent) throws Exception {
    int code;
    try {
      code = sent.acknowledgement().get(60, TimeUnit.SECONDS);
    } catch (ExecutionException gone) {
      code = -1;
    }
    if (code != 0) {
      code = device.sendAndWait(DEVICE, sent.batch());
    }
    assertThat(code).as("acknowledged while ingest is away").isZero();
  }

  private byte[] nextBatch() {
    List<Reading> readings = new ArrayList<>();
    long now = Instant.now().toEpochMilli() * 1_000_000L;
    byte[] noise = new byte[Limits.TEXT_MAX_BYTES * 3 / 4];
    for (int i = 0; i < READINGS_A_BATCH; i++) {
      random.nextBytes(noise);
      String text = new String(Base64.getEncoder().encode(noise), StandardCharsets.US_ASCII);
      readings.add(new Reading("main", "log", now + i, Map.of("line", Value.of(text))));
    }
    long first = sequence;
    sequence += READINGS_A_BATCH;
    return BatchCodec.encode(Batch.ofReadings(DEVICE, EPOCH, first, readings, sequence, first));
  }

  /** What a process' objects take after a full collection. */
  static long liveHeapBytes(long pid) throws IOException, InterruptedException {
    Process jcmd =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/jcmd",
                Long.toString(pid),
                "GC.class_histogram")
            .redirectErrorStream(true)
            .start();
    String output = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(jcmd.waitFor()).as(output).isZero();
    String total = output.strip().lines().reduce("", (before, line) -> line);
    String[] words = total.strip().split("\\s+");
    assertThat(words[0]).as(total).isEqualTo("Total");
    return Long.parseLong(words[2]);
  }
}
