package io.tidemark.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

final class ReadingTest {
  private static Map<String, Value> values(int count) {
    Map<String, Value> values = new LinkedHashMap<>();
    for (int i = count; i > 0; i--) {
      values.put("m" + i, Value.of(i));
    }
    return values;
  }

  private static Reading reading(Map<String, Value> values) {
    return new Reading("s", "k", 1, values);
  }

  @Test
  void valuesAreAMapInTheOrderGiven() {
    for (int count : new int[] {1, 2, 8, 9, Limits.READING_MAX_METRICS}) {
      Map<String, Value> given = values(count);
      Map<String, Value> kept = reading(given).values();
      assertThat(kept).isEqualTo(given).hasSameHashCodeAs(given).hasToString(given.toString());
      assertThat(given).isEqualTo(kept);
      assertThat(List.copyOf(kept.keySet())).isEqualTo(List.copyOf(given.keySet()));
      List<String> visited = new ArrayList<>();
      kept.forEach((name, value) -> visited.add(name + "=" + value));
      assertThat(visited)
          .hasSize(count)
          .first()
          .isEqualTo("m%d=%s".formatted(count, Value.of(count)));
      assertThat(kept.get("m1")).isEqualTo(Value.of(1));
      assertThat(kept.get("absent")).isNull();
      assertThat(kept.containsKey("m1")).isTrue();
      assertThat(kept.containsKey("absent")).isFalse();
      var entries = kept.entrySet().iterator();
      for (int i = 0; i < count; i++) {
        entries.next();
      }
      assertThatThrownBy(entries::next).isInstanceOf(NoSuchElementException.class);
    }
  }

  @Test
  void valuesStayAsTheyWere() {
    Map<String, Value> given = values(2);
    Reading reading = reading(given);
    given.put("m1", Value.of(true));
    assertThat(reading.values().get("m1")).isEqualTo(Value.of(1));
    assertThatThrownBy(() -> reading.values().put("m1", Value.of(2)))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> reading.values().remove("m1"))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> reading.values().entrySet().iterator().next().setValue(Value.of(2)))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void rulesAreNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> reading(Map.of()))
        .withMessageContaining("1 to 256 metrics, but this has 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> reading(values(257)))
        .withMessageContaining("1 to 256 metrics, but this has 257");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> reading(Map.of("a b", Value.of(1))))
        .withMessageContaining("metric must be");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Reading("", "k", 1, values(1)))
        .withMessageContaining("sensor must be");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Reading("s", "k/l", 1, values(1)))
        .withMessageContaining("kind must be");
  }
}
