package io.tidemark.ingest.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.ingest.HandClock;
import io.tidemark.ingest.TemporaryFolder;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.TestDatabase;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.FakeStore;
import io.tidemark.ingest.storage.Row;
import io.tidemark.wire.BatchHeader;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.jspecify.annotations.Nullable;

/** Random events against a model that keeps a word for each number. */
class LedgerProperties {
  private static final int NUMBERS = 60;
  private static final EpochKey KEY = new EpochKey("d", 9);

  /** The simplest ledger there can be. */
  private static final class Model {
    final @Nullable String[] numbers = new String[NUMBERS];
    long produced;
    long oldestKept;
    long pending;
    long settled;
    boolean barrier;
    long redelivered;

    void put(int first, int last, String what) {
      for (int i = first; i <= last; i++) {
        String old = numbers[i];
        if (old == null || rank(what) < rank(old)) {
          numbers[i] = what;
        }
      }
      produced = Math.max(produced, last + 1);
    }

    static int rank(String what) {
      return what.equals("stored") ? 0 : what.equals("quarantined") ? 1 : 2;
    }

    void applied(boolean passes) {
      if (!barrier) {
        barrier = true;
        pending = oldestKept;
      }
      if (passes) {
        settled = Math.max(settled, pending);
        pending = oldestKept;
      }
    }

    String state(int number) {
      String what = numbers[number];
      if (what != null) {
        return what.startsWith("dropped") ? "dropped" : what;
      }
      return number < Math.min(settled, produced) ? "missing" : "waiting";
    }

    long count(String state) {
      long count = 0;
      for (int i = 0; i < produced; i++) {
        count += state(i).equals(state) ? 1 : 0;
      }
      return count;
    }
  }

  @Property(tries = 150, seed = "20260301", shrinking = ShrinkingMode.OFF)
  void sumsAreThoseOfTheModel(@ForAll long seed) throws Exception {
    compare(TestDatabase.SQLITE, seed);
  }

  @Property(tries = 10, seed = "20260302", shrinking = ShrinkingMode.OFF)
  void sumsAreThoseOfTheModelOnPostgres(@ForAll long seed) throws Exception {
    compare(TestDatabase.POSTGRESQL, seed);
    TestDatabase.tidy();
  }

  private static void compare(TestDatabase database, long seed) throws Exception {
    try (TemporaryFolder folder = new TemporaryFolder();
        Sql sql = new Sql(database.settings(folder.path().resolve("l.db")))) {
      Random random = new Random(seed);
      FakeStore store = new FakeStore();
      HandClock clock = new HandClock();
      Model model = new Model();
      Ledger ledger = new Ledger(sql, store, clock);
      for (int event = 0; event < 25; event++) {
        clock.goOn(Duration.ofSeconds(1));
        int what = random.nextInt(10);
        if (what == 0) {
          ledger = new Ledger(sql, store, clock); // a restart
          model.barrier = false;
        } else if (what == 1 && model.produced > 0) {
          rebuild(random, ledger, store, model);
        } else {
          step(random, sql, ledger, clock, store, model);
        }
        check(ledger, model);
      }
    }
  }

  private static void step(
      Random random, Sql sql, Ledger ledger, HandClock clock, FakeStore store, Model model)
      throws Exception {
    LedgerChanges changes = new LedgerChanges();
    for (int i = random.nextInt(3); i >= 0; i--) {
      int first = random.nextInt(NUMBERS);
      int last = Math.min(NUMBERS - 1, first + random.nextInt(12));
      switch (random.nextInt(4)) {
        case 0 -> {
          String reason = random.nextBoolean() ? "expired" : "journal_full";
          changes.dropped(KEY, first, last, reason);
          model.put(first, last, "dropped:" + reason);
        }
        case 1 -> {
          for (int n = first; n <= last; n++) {
            changes.quarantined(KEY, n);
          }
          model.put(first, last, "quarantined");
        }
        case 2 -> {
          List<Row> rows = new ArrayList<>();
          for (int n = first; n <= last; n++) {
            rows.add(row(n));
          }
          changes.stored(rows);
          store.write(rows);
          model.put(first, last, "stored");
        }
        default -> {
          changes.redelivered(KEY);
          model.redelivered++;
        }
      }
    }
    long kept = random.nextInt((int) Math.max(model.produced, model.oldestKept) + 1);
    long next = Math.max(kept, random.nextInt(NUMBERS));
    changes.declared(new BatchHeader("d", 9, next, 0, next, kept, null, false), 5);
    model.produced = Math.max(model.produced, next);
    model.oldestKept = Math.max(model.oldestKept, kept);
    boolean reports = random.nextBoolean();
    boolean all = random.nextInt(3) > 0;
    boolean seen = random.nextInt(4) > 0;
    // A report from before the tick was seen, or of a group that has not forwarded all, passes
    // nothing. Each report is followed by
    // one that passes, so that the model need not know of targets.
    if (reports && !(all && seen)) {
      changes.group(new GroupReport("g", 10, all ? 10 : 9, seen ? ledger.tick() : -1, "", 1, 0));
    }
    apply(sql, ledger, changes);
    model.applied(false);
    if (reports) {
      clock.goOn(Duration.ofSeconds(1)); // a barrier lasts a while at least
      LedgerChanges pass = new LedgerChanges();
      pass.group(new GroupReport("g", 10, 10, Long.MAX_VALUE, "", 1, 0));
      apply(sql, ledger, pass);
      model.applied(true);
    }
  }

  private static void rebuild(Random random, Ledger ledger, FakeStore store, Model model)
      throws Exception {
    int number = random.nextInt((int) model.produced);
    boolean wasStored = "stored".equals(model.numbers[number]);
    if (random.nextBoolean()) {
      store.remove(KEY, number);
      if (wasStored) {
        model.numbers[number] = null;
      }
    } else {
      store.write(List.of(row(number)));
      model.put(number, number, "stored");
    }
    boolean differs = wasStored != "stored".equals(model.numbers[number]);
    assertThat(ledger.rebuild(true).agreed()).isEqualTo(!differs);
    assertThat(ledger.rebuild(false).agreed()).isEqualTo(!differs);
    assertThat(ledger.rebuild(true).agreed()).isTrue();
  }

  private static Row row(int number) {
    return new Row(KEY, number, new Reading("s", "k", number, Map.of("v", Value.of(number))));
  }

  private static void apply(Sql sql, Ledger ledger, LedgerChanges changes) throws Exception {
    sql.write(connection -> ledger.apply(connection, changes));
    ledger.committed(changes);
    ledger.rowsChange();
  }

  private static void check(Ledger ledger, Model model) throws Exception {
    List<EpochLedger> epochs = ledger.epochs("d", ledger.duplicates(true));
    if (epochs.isEmpty()) {
      assertThat(model.produced).isZero();
      return;
    }
    EpochLedger epoch = epochs.get(0);
    Sums sums = epoch.sums();
    assertThat(sums)
        .isEqualTo(
            new Sums(
                model.produced,
                model.count("waiting"),
                model.count("stored"),
                model.count("quarantined"),
                model.count("dropped"),
                model.count("missing"),
                0,
                model.redelivered));
    assertThat(
            sums.waiting() + sums.stored() + sums.quarantined() + sums.dropped() + sums.missing())
        .isEqualTo(sums.produced());
    assertThat(ledger.totals(ledger.duplicates(false))).isEqualTo(sums);
    List<Long> missing = new ArrayList<>();
    epoch
        .missing()
        .forEach(
            range -> {
              assertThat(range.sinceNanos()).isGreaterThan(1_000_000_000_000L);
              for (long n = range.first(); n <= range.last(); n++) {
                missing.add(n);
              }
            });
    List<Long> expected = new ArrayList<>();
    long watermark = model.produced;
    for (int i = (int) model.produced - 1; i >= 0; i--) {
      if (model.state(i).equals("missing")) {
        expected.add(0, (long) i);
      }
      watermark = model.numbers[i] == null ? i : watermark;
    }
    assertThat(missing).isEqualTo(expected);
    assertThat(epoch.watermark()).isEqualTo(watermark);
    for (Interval dropped : epoch.dropped()) {
      for (long n = dropped.first(); n <= dropped.last(); n++) {
        assertThat(model.numbers[(int) n]).isEqualTo("dropped:" + dropped.reason());
      }
    }
  }
}
