package io.tidemark.ingest.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.ingest.ledger.Range;
import java.util.BitSet;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Behaves as sets of single numbers do. */
final class NumberSetProperties {
  private record Pair(NumberSet set, BitSet model) {
    static Pair of(Random random) {
      Pair pair = new Pair(new NumberSet(), new BitSet());
      for (int i = random.nextInt(6); i >= 0; i--) {
        int first = random.nextInt(100);
        int last = first + random.nextInt(8);
        pair.set.add(first, last);
        pair.model.set(first, last + 1);
      }
      return pair;
    }
  }

  @Property
  void meetsAndSpans(@ForAll long seed) {
    Random random = new Random(seed);
    Pair one = Pair.of(random);
    Pair other = Pair.of(random);
    assertThat(one.set.meets(other.set)).isEqualTo(one.model.intersects(other.model));
    assertThat(other.set.meets(one.set)).isEqualTo(one.model.intersects(other.model));
    assertThat(one.set.span())
        .isEqualTo(new Range(one.model.nextSetBit(0), one.model.length() - 1));
  }
}
