package io.tidemark.ingest.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.ingest.TemporaryFolder;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.Statements;
import io.tidemark.ingest.sql.TestDatabase;
import io.tidemark.ingest.storage.EpochKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Late numbers in any order: no reading is counted twice or forgotten, however few intervals. */
class LatesProperties {
  private static final int NUMBERS = 300;
  private static final long TAKEN = 1_772_323_200_000_000_000L;
  private static final long SECOND = 1_000_000_000L;

  private static TemporaryFolder folder;
  private static Sql sql;
  private static long epoch;

  @BeforeContainer
  static void open() throws Exception {
    folder = new TemporaryFolder();
    sql = TestDatabase.open(folder.path().resolve("l.db"));
  }

  @AfterContainer
  static void close() throws Exception {
    sql.close();
    folder.close();
  }

  @Property(tries = 40, shrinking = ShrinkingMode.OFF)
  void eachReadingIsCountedOnce(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    EpochKey key = new EpochKey("d" + ++epoch, epoch);
    int max = random.nextBoolean() ? 8 : NUMBERS;
    List<Range> runs = runs(random);
    BitSet added = new BitSet();
    sql.write(
        connection -> {
          try (Statements statements = new Statements(connection)) {
            for (Range run : runs) {
              Lates.keep(statements, key, late(key, run), max);
              added.set((int) run.first(), (int) run.last() + 1);
            }
            return true;
          }
        });
    List<Late> kept = all(key);
    assertThat(kept.stream().mapToLong(Late::readings).sum()).isEqualTo(added.cardinality());
    assertThat(kept).hasSizeLessThanOrEqualTo(max);
    long end = -2;
    for (Late late : kept) {
      assertThat(late.first()).as("apart from the one before").isGreaterThan(end + 1);
      assertThat(late.readings())
          .isEqualTo(added.get((int) late.first(), (int) late.last() + 1).cardinality());
      assertThat(late.fromNanos()).isEqualTo(TAKEN + late.first() * SECOND);
      assertThat(late.toNanos()).isEqualTo(TAKEN + late.last() * SECOND);
      if (max == NUMBERS) {
        assertThat(late.readings()).isEqualTo(late.last() - late.first() + 1);
      }
      end = late.last();
    }
  }

  /** Some of the numbers, in runs, in any order. */
  private static List<Range> runs(Random random) {
    List<Range> runs = new ArrayList<>();
    for (int first = random.nextInt(5); first < NUMBERS; ) {
      int last = first + random.nextInt(6);
      runs.add(new Range(first, last));
      first = last + 1 + random.nextInt(4);
    }
    Collections.shuffle(runs, random);
    return runs;
  }

  private static Late late(EpochKey key, Range run) {
    return Late.of(
        key.epoch(),
        run,
        TAKEN + run.first() * SECOND,
        TAKEN + run.last() * SECOND,
        TAKEN + 3_600 * SECOND,
        null);
  }

  private static List<Late> all(EpochKey key) throws SqlUnavailableException {
    return new Lates(sql, Duration.ofSeconds(60))
        .between(key.device(), Long.MIN_VALUE, Long.MAX_VALUE, NUMBERS);
  }
}
