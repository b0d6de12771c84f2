package io.tidemark.ingest.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.ingest.api.LiveEvents.Event;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.Row;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The ring of an ingest that shares a database: ids that are good at the others, too. */
final class SharedStreamTest {
  private static final String LEDGER = "5d0c-11";

  private final LiveEvents one = new LiveEvents(8, Clock.systemUTC());
  private final LiveEvents other = new LiveEvents(8, Clock.systemUTC());

  private static List<Row> rows(long first, int count) {
    return LongStream.range(first, first + count)
        .mapToObj(
            number ->
                new Row(
                    new EpochKey("d", 5),
                    number,
                    new Reading("s", "k", number, Map.of("v", Value.of(1)))))
        .toList();
  }

  private static List<Long> sequences(LiveEvents events, long from) {
    return events.from(from, 100).stream()
        .map(event -> event.data() instanceof Row row ? row.sequence() : -1L)
        .toList();
  }

  private static String lastId(LiveEvents events) {
    List<String> ids =
        events.from(0, 100).stream().map(events::id).filter(Objects::nonNull).toList();
    return ids.get(ids.size() - 1);
  }

  @Test
  void aListenerGoesOnAtAnother() {
    one.begin(LEDGER, 100);
    one.readings(100, rows(0, 3));
    one.publish("ledger", "d", "a state");
    String id = lastId(one);
    other.begin(LEDGER, 98);
    other.publish("status", "d", "a state");
    other.readings(98, rows(-2, 2));
    other.readings(100, rows(0, 6));
    assertThat(sequences(other, other.after(id))).containsExactly(3L, 4L, 5L);
    assertThat(sequences(one, one.after(id))).containsExactly(-1L); // the state has no place
    assertThat(one.id(one.from(one.after(id), 1).get(0))).isNull();
  }

  @Test
  void whatIsNotThereIsAGap() {
    one.begin(LEDGER, 100);
    one.readings(100, rows(0, 12)); // four of them are gone
    assertThat(sequences(one, one.after("5d0c11-103"))).hasSize(8);
    assertThat(one.after("5d0c11-102")).isEqualTo(-1);
    assertThat(one.after("5d0c11-111")).isEqualTo(one.next());
    assertThat(one.after("5d0c11-112")).isEqualTo(-1); // not yet given
    assertThat(one.after("another-105")).isEqualTo(-1);
    assertThat(one.after("5d0c11-x")).isEqualTo(-1);
    for (int i = 0; i < 3; i++) {
      one.publish("ledger", "d", "a state"); // takes the place of a reading
    }
    assertThat(one.after("5d0c11-103")).isEqualTo(-1);
    assertThat(sequences(one, one.after("5d0c11-106")))
        .containsExactly(7L, 8L, 9L, 10L, 11L, -1L, -1L, -1L);
  }

  @Test
  void whoListensLearnsThatSomethingWasMissed() {
    one.begin(LEDGER, 0);
    one.readings(0, rows(0, 2));
    long place = one.next();
    one.missed(50);
    assertThat(one.oldest()).isGreaterThan(place);
    assertThat(one.from(place, 10)).isEmpty();
    one.readings(50, rows(50, 1));
    List<Event> events = one.from(one.oldest(), 10);
    assertThat(events).hasSize(1);
    assertThat(sequences(one, one.after("5d0c11-49"))).containsExactly(50L);
    assertThat(one.after("5d0c11-48")).isEqualTo(-1);
  }

  @Test
  void devicesThatChangeElsewhereAreLookedAt() {
    one.begin(LEDGER, 0);
    one.committed(List.of(), Set.of("a"));
    assertThat(one.takeChanged()).containsExactly("a");
  }
}
