package io.tidemark.ingest.storage.influx;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Assume;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** Any finite double reads back bit for bit; what has few decimals is written with no more. */
final class DecimalsProperties {
  private static String text(double value) {
    LineBytes out = new LineBytes(1);
    Decimals.append(out, value);
    return out.toString();
  }

  private static void readsBack(double value) {
    assertThat(Double.doubleToRawLongBits(Double.parseDouble(text(value))))
        .as(text(value))
        .isEqualTo(Double.doubleToRawLongBits(value));
  }

  @Property(tries = 20_000)
  void anyBits(@ForAll long bits) {
    double value = Double.longBitsToDouble(bits);
    Assume.that(Double.isFinite(value));
    readsBack(value);
  }

  @Property(tries = 20_000)
  void decimalFractionsAndTheirNeighbours(
      @ForAll @LongRange(min = -(1L << 54), max = 1L << 54) long scaled,
      @ForAll @IntRange(max = 7) int decimals) {
    double value = scaled / Math.pow(10, decimals);
    readsBack(value);
    readsBack(Math.nextUp(value));
    readsBack(Math.nextDown(value));
    readsBack((double) (float) value);
  }

  @Example
  void fewDecimalsAreWrittenAsTheyAre() {
    assertThat(text(21.37)).isEqualTo("21.37");
    assertThat(text(-0.05)).isEqualTo("-0.05");
    assertThat(text(1013.2)).isEqualTo("1013.2");
    assertThat(text(-7)).isEqualTo("-7");
    assertThat(text(0.0)).isEqualTo("0.0");
    assertThat(text(-0.0)).isEqualTo("-0.0");
    assertThat(text(1e300)).isEqualTo("1.0E300");
    assertThat(text(0.1 + 0.2)).isEqualTo("0.30000000000000004");
    assertThat(text(9_007_199_254_740_991.0)).isEqualTo("9007199254740991");
  }
}
