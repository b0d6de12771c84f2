package io.tidemark.gateway.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.server.raftlog.segmented.SegmentedRaftLogOutputStream;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedOutputStream;

/**
 * Segments as Ratis writes them, of which a power cut has let any of the disk's blocks behind the
 * last fsync through.
 */
class OpenSegmentProperties {
  private static final int BLOCK = 512;
  private static final int FIRST_INDEX = 1_000;

  private static Path dir = Path.of("set below");

  @BeforeContainer
  static void makeDir() throws IOException {
    dir = Files.createTempDirectory("torn");
  }

  @AfterContainer
  static void deleteDir() throws IOException {
    try (Stream<Path> all = Files.walk(dir)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  /** A segment, and where its entries end: the first one where the header does. */
  private record Written(Path group, Path segment, byte[] bytes, List<Integer> ends) {
    static Written of(Random random, int entries) throws IOException {
      Path group = Files.createTempDirectory(dir, "group");
      Path current = Files.createDirectory(group.resolve("current"));
      Path segment = current.resolve("log_inprogress_" + FIRST_INDEX);
      List<Integer> ends = new ArrayList<>(List.of(8));
      ByteBuffer buffer = ByteBuffer.allocateDirect(64 << 10);
      // Closing the file would cut the zeros off.
      SegmentedRaftLogOutputStream out =
          new SegmentedRaftLogOutputStream(segment.toFile(), false, 1 << 20, 16 << 10, buffer);
      for (int i = 0; i < entries; i++) {
        byte[] data = new byte[random.nextInt(3_000)];
        random.nextBytes(data);
        LogEntryProto entry = entry(FIRST_INDEX + i, data);
        out.write(entry);
        out.flush();
        int size = entry.getSerializedSize();
        ends.add(ends.get(i) + CodedOutputStream.computeUInt32SizeNoTag(size) + size + 4);
      }
      byte[] bytes = Files.readAllBytes(segment);
      out.close();
      Files.write(segment, bytes);
      return new Written(group, segment, bytes, ends);
    }

    private static LogEntryProto entry(long index, byte[] data) {
      return LogEntryProto.newBuilder()
          .setTerm(3)
          .setIndex(index)
          .setStateMachineLogEntry(
              StateMachineLogEntryProto.newBuilder().setLogData(ByteString.copyFrom(data)))
          .build();
    }

    /** Where the entry ends whose last byte that is no zero ends here; 0 if none does. */
    int endAtOrBehind(int here) {
      return ends.stream()
          .filter(end -> end >= here && end < here + Integer.BYTES)
          .findFirst()
          .orElse(0);
    }

    /** Notes that the first so many entries were on the disk for certain. */
    void note(int entries) throws IOException {
      try (DurableIndex durable = DurableIndex.of(group)) {
        durable.note(FIRST_INDEX + entries - 1L);
      }
    }
  }

  @Property(tries = 150)
  void whateverBlocksCameThroughAllThatWasFsyncedIsThereAndNothingTorn(
      @ForAll long seed,
      @ForAll @IntRange(min = 0, max = 12) int entries,
      @ForAll @IntRange(min = 0, max = 100) int percent)
      throws Exception {
    Random random = new Random(seed);
    Written written = Written.of(random, entries);
    int fsynced = random.nextInt(entries + 1);
    written.note(random.nextInt(fsynced + 1));
    byte[] cut = written.bytes().clone();
    for (int from = written.ends().get(fsynced); from < cut.length; ) {
      int to = Math.min(cut.length, (from / BLOCK + 1) * BLOCK);
      if (random.nextInt(100) < percent) {
        Arrays.fill(cut, from, to, (byte) 0);
      }
      from = to;
    }
    Files.write(written.segment(), cut);

    OpenSegment.ready(written.group());

    byte[] left = Files.readAllBytes(written.segment());
    int end = left.length;
    while (left[end - 1] == 0) {
      end--;
    }
    int kept = written.endAtOrBehind(end);
    assertThat(kept).as("whole entries").isGreaterThanOrEqualTo(written.ends().get(fsynced));
    assertThat(kept).as("nothing torn behind them").isGreaterThanOrEqualTo(end);
    assertThat(Arrays.copyOf(left, kept)).isEqualTo(Arrays.copyOf(written.bytes(), kept));
  }

  @Property(tries = 150)
  void aBitThatIsAnotherInWhatWasOnTheDiskIsNeverTakenForATornTail(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 8) int entries) throws Exception {
    Random random = new Random(seed);
    Written written = Written.of(random, entries);
    written.note(entries);
    byte[] damaged = written.bytes().clone();
    int at = random.nextInt(written.ends().get(0), written.ends().get(entries));
    damaged[at] ^= (byte) (1 << random.nextInt(8));
    Files.write(written.segment(), damaged);

    assertThatThrownBy(() -> OpenSegment.ready(written.group()))
        .isInstanceOf(LogStartException.class)
        .hasMessageContaining("is damaged at byte")
        .hasMessageContaining("move the whole data folder away");
    assertThat(Files.readAllBytes(written.segment())).isEqualTo(damaged);
  }
}
