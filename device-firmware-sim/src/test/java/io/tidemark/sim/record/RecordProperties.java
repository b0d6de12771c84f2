package io.tidemark.sim.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;
import org.jspecify.annotations.NullUnmarked;

/** What holds of every record file, whatever is in it and wherever it is cut or damaged. */
@NullUnmarked
class RecordProperties {
  private Path folder;

  @BeforeProperty
  void folder() throws IOException {
    folder = Files.createTempDirectory("record");
  }

  @AfterProperty
  void cleanUp() throws IOException {
    try (var files = Files.walk(folder)) {
      files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }

  @Property(tries = 60)
  void whatIsWrittenIsReadBack(@ForAll long seed, @ForAll @IntRange(min = 0, max = 60) int entries)
      throws Exception {
    List<Entry> written = write(seed, entries);
    assertThat(read()).usingRecursiveComparison().isEqualTo(written);
  }

  @Property(tries = 150)
  void aTornTailIsCutAndWhatIsBeforeItIsKept(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 20) int entries, @ForAll long cutAt)
      throws Exception {
    List<Entry> written = write(seed, entries);
    Path file = folder.resolve(RecordReader.FILE_NAME);
    byte[] whole = Files.readAllBytes(file);
    int header = headerBytes();
    int cut = header + (int) Math.floorMod(cutAt, (long) whole.length - header);
    byte[] torn = Arrays.copyOf(whole, cut);
    Files.write(file, torn);
    List<Entry> kept = read();
    assertThat(kept).usingRecursiveComparison().isEqualTo(written.subList(0, kept.size()));

    // Going on behind the cut gives a whole file again.
    try (RecordFolder again = open()) {
      again.writer().refused(0, 1, 2, "0x99", "after");
    }
    List<Entry> after = read();
    assertThat(after).hasSize(kept.size() + 1);
    assertThat(after.get(after.size() - 1)).isEqualTo(new Entry.Refused(0, 1, 2, "0x99", "after"));
  }

  @Property(tries = 150)
  void garbageAfterTheEndIsATornTail(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 200) int bytes) throws Exception {
    List<Entry> written = write(seed, 5);
    byte[] garbage = new byte[bytes];
    new Random(seed).nextBytes(garbage);
    Files.write(
        folder.resolve(RecordReader.FILE_NAME), garbage, java.nio.file.StandardOpenOption.APPEND);
    assertThat(read()).usingRecursiveComparison().isEqualTo(written);
  }

  @Property(tries = 150)
  void aChangedBitInWhatWasSafeIsDamageAndRefused(@ForAll long seed, @ForAll long where)
      throws Exception {
    write(seed, 6);
    try (RecordFolder again = open()) {
      again
          .writer()
          .refused(0, 0, 1, "0x80", "in a group of its own, whose mark vouches for all before");
    }
    Path file = folder.resolve(RecordReader.FILE_NAME);
    byte[] bytes = Files.readAllBytes(file);
    int lastGroup = lastMark(bytes);
    int header = 8;
    int at = header + (int) Math.floorMod(where, (long) lastGroup - header);
    bytes[at] ^= (byte) (1 << Math.floorMod(seed, 8));
    Files.write(file, bytes);
    assertThatThrownBy(this::read)
        .isInstanceOf(RecordCorruptException.class)
        .hasMessageContaining("damaged");
    assertThatThrownBy(this::open).isInstanceOf(RecordCorruptException.class);
    assertThat(Files.readAllBytes(file)).as("nothing was cut off").isEqualTo(bytes);
  }

  /** Writes a record anew, in one group after another; returns its entries. */
  private List<Entry> write(long seed, int entries) throws Exception {
    Files.deleteIfExists(folder.resolve(RecordReader.FILE_NAME));
    Random random = new Random(seed);
    List<Entry> written = new ArrayList<>();
    long[] next = new long[2];
    try (RecordFolder record = open()) {
      for (StreamState stream : record.streams()) {
        written.add(new Entry.Device(stream.stream(), stream.device(), stream.epoch()));
      }
      written.add(0, new Entry.Plan(record.settings()));
      for (int i = 0; i < entries; i++) {
        int stream = random.nextInt(2);
        int count = 1 + random.nextInt(9);
        byte[] bytes = new byte[random.nextInt(300)];
        random.nextBytes(bytes);
        CountDownLatch durable = new CountDownLatch(1);
        long[] offset = new long[1];
        switch (random.nextInt(4)) {
          case 0, 1 -> {
            record
                .writer()
                .produced(
                    stream,
                    next[stream],
                    count,
                    bytes,
                    at -> {
                      offset[0] = at;
                      durable.countDown();
                    });
            if (random.nextInt(3) == 0) {
              assertThat(durable.await(20, TimeUnit.SECONDS)).isTrue();
              assertThat(record.writer().read(offset[0], bytes.length)).isEqualTo(bytes);
            }
            written.add(new Entry.Produced(stream, next[stream], count, false, 0, bytes));
            next[stream] += count;
          }
          case 2 -> {
            record.writer().acknowledged(stream, i, count, random.nextBoolean());
            written.add(null);
          }
          default -> {
            String reason = "größer als erlaubt ".repeat(random.nextInt(20));
            String code = random.nextBoolean() ? "4.%02d".formatted(random.nextInt(30)) : "0x99";
            record.writer().refused(stream, i, count, code, reason);
            written.add(null);
          }
        }
      }
    }
    List<Entry> found = read();
    assertThat(found).hasSameSizeAs(written);
    for (int i = 0; i < written.size(); i++) {
      Entry entry = found.get(i);
      if (written.get(i) instanceof Entry.Produced produced) {
        Entry.Produced back = (Entry.Produced) entry;
        assertThat(back.batch()).isEqualTo(produced.batch());
        assertThat(back.first()).isEqualTo(produced.first());
        assertThat(back.count()).isEqualTo(produced.count());
      } else if (written.get(i) != null) {
        assertThat(entry).isEqualTo(written.get(i));
      } else {
        assertThat(entry).isInstanceOfAny(Entry.Acknowledged.class, Entry.Refused.class);
      }
    }
    return found;
  }

  private RecordFolder open() throws IOException {
    boolean there = RecordFolder.exists(folder);
    return RecordFolder.open(
        folder,
        there ? Map.of("plan", "*", "seed", "*") : Map.of("plan", "weather", "seed", "-4"),
        List.of("a", "bcd"),
        () -> 5L,
        failure -> {});
  }

  private List<Entry> read() throws IOException {
    List<Entry> entries = new ArrayList<>();
    try (RecordReader reader = new RecordReader(folder)) {
      for (Entry entry = reader.next(); entry != null; entry = reader.next()) {
        entries.add(entry);
      }
    }
    return entries;
  }

  private int headerBytes() {
    return 8
        + RecordFormat.encode(new Entry.Plan(Map.of("plan", "weather", "seed", "-4"))).length
        + RecordFormat.encode(new Entry.Device(0, "a", 5)).length
        + RecordFormat.encode(new Entry.Device(1, "bcd", 5)).length;
  }

  private static int lastMark(byte[] bytes) {
    byte[] magic = "TDMKMARK".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    for (int i = bytes.length - magic.length; i >= 0; i--) {
      if (Arrays.equals(bytes, i, i + magic.length, magic, 0, magic.length)) {
        return i - RecordFormat.ENTRY_HEADER_BYTES - 1;
      }
    }
    throw new AssertionError("no mark");
  }
}
