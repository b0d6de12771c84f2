package io.tidemark.ingest.storage.influx;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The bytes are those of the same text put together in any other way. */
final class LineBytesProperties {
  private static String text(long number) {
    LineBytes out = new LineBytes(0);
    out.put(number);
    return out.toString();
  }

  @Property(tries = 5_000)
  void numbers(@ForAll long number, @ForAll @IntRange(max = 63) int shift) {
    assertThat(text(number >> shift)).isEqualTo(Long.toString(number >> shift));
  }

  @Example
  void numbersWhereTheLengthChanges() {
    for (long power = 1; power > 0 && power < Long.MAX_VALUE / 10; power *= 10) {
      for (long number = 10 * power - 1; number <= 10 * power; number++) {
        assertThat(text(number)).isEqualTo(Long.toString(number));
        assertThat(text(-number)).isEqualTo(Long.toString(-number));
      }
    }
    assertThat(text(0)).isEqualTo("0");
    assertThat(text(Long.MAX_VALUE)).isEqualTo(Long.toString(Long.MAX_VALUE));
    assertThat(text(Long.MIN_VALUE)).isEqualTo(Long.toString(Long.MIN_VALUE));
  }

  @Property
  void texts(@ForAll String first, @ForAll String second, @ForAll long number) {
    LineBytes out = new LineBytes(1);
    out.put(first);
    out.put((byte) ',');
    out.put(number);
    out.put(second.getBytes(StandardCharsets.UTF_8));
    byte[] expected = (first + ',' + number + second).getBytes(StandardCharsets.UTF_8);
    assertThat(out.toBytes()).isEqualTo(expected);
    assertThat(out.toString()).isEqualTo(new String(expected, StandardCharsets.UTF_8));
  }
}
