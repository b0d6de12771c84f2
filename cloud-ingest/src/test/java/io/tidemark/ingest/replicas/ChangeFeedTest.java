package io.tidemark.ingest.replicas;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.ingest.HandClock;
import io.tidemark.ingest.sql.OnEachDatabase;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.Statements;
import io.tidemark.ingest.sql.TestDatabase;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.Row;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two ingests by one log: what each tells, and what each hears. */
@OnEachDatabase
final class ChangeFeedTest {
  private static final int READINGS_MAX = 20;

  private final HandClock clock = new HandClock();
  private Path file;
  private Ingest one;
  private Ingest other;
  private long next;

  @BeforeEach
  void open(@TempDir Path folder) throws Exception {
    file = folder.resolve("l.db");
    one = new Ingest();
    other = new Ingest();
    one.feed.look();
    other.feed.look();
    one.heard.clear();
    other.heard.clear();
  }

  @AfterEach
  void close() {
    one.close();
    other.close();
  }

  /** An ingest that writes down what it is told. */
  private final class Ingest implements Follower, LiveSink {
    final Sql sql = TestDatabase.open(file);
    final List<String> heard = new ArrayList<>();
    final List<String> live = new ArrayList<>();
    boolean hasListeners;
    int looks;
    final ChangeFeed feed = new ChangeFeed(sql, true, READINGS_MAX, this, this, clock);

    @Override
    public void stored(String device, long readings, long fromNanos, long toNanos) {
      heard.add("%d of %s, %d to %d".formatted(readings, device, fromNanos, toNanos));
    }

    @Override
    public void changed(String device) {
      heard.add(device);
    }

    @Override
    public void looks() {
      looks++;
    }

    @Override
    public void missed() {
      heard.add("missed");
    }

    @Override
    public void begin(String ledger, long number) {
      assertThat(ledger).isNotEmpty();
      live.add("begin " + number);
    }

    @Override
    public void readings(long number, List<Row> rows) {
      long told = number;
      for (Row row : rows) {
        live.add(told++ + " " + row.key().device() + "/" + row.sequence());
      }
    }

    @Override
    public void missed(long number) {
      live.add("missed " + number);
    }

    @Override
    public boolean hasListeners() {
      return hasListeners;
    }

    void close() {
      feed.close();
      sql.close();
    }

    void listen() throws Exception {
      hasListeners = true;
      feed.listen();
    }

    void stores(String device, int readings) throws Exception {
      List<Row> rows =
          LongStream.range(next, next + readings)
              .mapToObj(
                  number ->
                      new Row(
                          new EpochKey(device, 5),
                          number,
                          new Reading("s", "k", number, Map.of("v", Value.of(1)))))
              .toList();
      next += readings;
      changes(rows, device);
    }

    void changes(List<Row> rows, String device) throws Exception {
      sql.write(
          connection -> {
            feed.note(connection, rows, Set.of(device));
            return true;
          });
    }
  }

  @Test
  void eachHearsWhatTheOtherChangesAndNotWhatItDoesItself() throws Exception {
    one.stores("a", 2);
    one.changes(List.of(), "b");
    other.stores("c", 1);
    int looks = one.looks;
    one.feed.look();
    other.feed.look();
    assertThat(one.heard).containsExactly("1 of c, 2 to 2", "c");
    assertThat(other.heard).containsExactly("2 of a, 0 to 1", "a", "b");
    assertThat(one.looks).isEqualTo(looks + 1);
    other.feed.look();
    assertThat(other.heard).hasSize(3); // once
  }

  @Test
  void beforeItWritesAnIngestKnowsWhatOthersHaveStored() throws Exception {
    one.stores("a", 2);
    other.feed.beginning();
    assertThat(other.heard).containsExactly("2 of a, 0 to 1", "a");
  }

  @Test
  void whoBeginsAnewRememberedNothingAndHearsOnlyWhatComes() throws Exception {
    one.stores("a", 2);
    Ingest third = new Ingest();
    third.feed.look();
    assertThat(third.heard).containsExactly("missed");
    one.stores("a", 1);
    third.feed.look();
    assertThat(third.heard).containsExactly("missed", "1 of a, 2 to 2", "a");
    third.close();
  }

  @Test
  void whoWasAwayForTooLongForgetsAll() throws Exception {
    other.listen();
    one.stores("a", 1);
    one.stores("b", 1);
    delete(1);
    other.feed.look();
    assertThat(other.heard).containsExactly("missed", "1 of b, 1 to 1", "b");
    assertThat(other.live).containsExactly("begin 0", "missed 1", "1 b/1");
  }

  private void delete(long id) throws Exception {
    one.sql.write(
        connection -> {
          try (Statements statements = new Statements(connection)) {
            return statements.update("DELETE FROM ingest_change WHERE id = ?", id);
          }
        });
  }

  @Test
  void whoListensAnywhereHearsAllUnderTheSameNumbers() throws Exception {
    one.listen();
    other.listen();
    one.stores("a", 2);
    other.stores("b", 1);
    one.changes(List.of(), "c");
    one.stores("a", 1);
    one.feed.look();
    other.feed.look();
    assertThat(one.live).containsExactly("begin 0", "0 a/0", "1 a/1", "2 b/2", "3 a/3");
    assertThat(other.live).isEqualTo(one.live);
  }

  @Test
  void whoComesLaterGetsWhatWasKeptForAnotherListener() throws Exception {
    one.stores("a", 3); // nobody listened
    one.listen();
    one.stores("a", 2);
    other.stores("b", 1);
    other.listen();
    assertThat(one.live).containsExactly("begin 3");
    assertThat(other.live).containsExactly("begin 3", "3 a/3", "4 a/4", "5 b/5");
    one.feed.look();
    assertThat(one.live).isEqualTo(other.live);
  }

  /** It may have heard more at another ingest than was looked at here yet. */
  @Test
  void whoComesToAnIngestThatHasListenersFindsAllThatIsStored() throws Exception {
    one.listen();
    other.listen();
    one.stores("a", 2);
    one.feed.look();
    other.listen();
    assertThat(other.live).isEqualTo(one.live).endsWith("0 a/0", "1 a/1");
  }

  @Test
  void readingsAreKeptForAMinuteAfterTheLastListener() throws Exception {
    one.listen();
    clock.goOn(Duration.ofSeconds(40));
    one.feed.look(); // listens on, and says so
    one.hasListeners = false; // its listener is cut off, and comes to the other
    clock.goOn(Duration.ofSeconds(50));
    other.stores("a", 1);
    other.listen();
    assertThat(other.live).containsExactly("begin 0", "0 a/0");
    other.hasListeners = false;
    clock.goOn(Duration.ofSeconds(61));
    one.feed.look();
    other.feed.look();
    other.stores("a", 1);
    other.feed.look();
    other.listen(); // of what came meanwhile nothing was kept
    assertThat(other.live).containsExactly("begin 0", "0 a/0", "begin 2");
  }

  @Test
  void ofMoreThanAreKeptTheNewestAre() throws Exception {
    one.listen();
    one.stores("a", READINGS_MAX + 5);
    one.feed.look();
    assertThat(one.live).startsWith("begin 0", "missed 5", "5 a/5").hasSize(2 + READINGS_MAX);
    for (int i = 0; i < 31; i++) {
      one.stores("a", 2);
    }
    other.listen();
    // What is too old is let go of now and then: at the 32nd change.
    assertThat(other.live.get(0)).isEqualTo("begin 67");
    assertThat(other.live).hasSize(1 + READINGS_MAX).endsWith("86 a/86");
  }

  @Test
  void ofAnIngestAloneNothingIsNoted() throws Exception {
    ChangeFeed alone = new ChangeFeed(one.sql, false, READINGS_MAX, one, one, clock);
    alone.listen();
    one.sql.write(
        connection -> {
          alone.note(connection, List.of(), Set.of("a"));
          return true;
        });
    alone.close();
    other.feed.look();
    assertThat(other.heard).isEmpty();
    assertThat(one.live).isEmpty();
  }
}
