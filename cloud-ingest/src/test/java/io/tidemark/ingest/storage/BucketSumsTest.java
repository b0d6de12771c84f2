package io.tidemark.ingest.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BucketSumsTest {
  private final BucketSums sums = new BucketSums(2);

  private Bucket of(Bucket... buckets) {
    for (Bucket bucket : buckets) {
      sums.add(bucket);
    }
    return sums.buckets().get(0);
  }

  private static Bucket bucket(double value, long count) {
    return new Bucket("s", "m", 0, value, value, value, count);
  }

  @Test
  void equalValuesHaveExactlyTheirMean() {
    assertThat(of(bucket(0.1, 3))).isEqualTo(bucket(0.1, 3));
    for (int count = 2; count < 100; count++) {
      sums.add(bucket(0.1, count));
      Bucket sum = sums.buckets().get(0);
      assertThat(sum).isEqualTo(bucket(0.1, sum.count()));
    }
  }

  @Test
  void theLargestValuesHaveAMean() {
    assertThat(of(bucket(1e307, 300), bucket(1e307, 300))).isEqualTo(bucket(1e307, 600));
    Bucket sum = of(bucket(-Double.MAX_VALUE, 600), bucket(Double.MAX_VALUE, 1_200));
    assertThat(sum.mean()).isBetween(0.0, 1e308);
    assertThat(sum.min()).isEqualTo(-Double.MAX_VALUE);
    assertThat(sum.max()).isEqualTo(Double.MAX_VALUE);
  }

  @Test
  void oneMoreIsLeftOutButThoseThereAreGrow() {
    for (int i = 0; i < 2; i++) {
      for (int index = 2; index >= 0; index--) {
        sums.add(bucket(5, 1).at(index));
      }
    }
    assertThat(sums.buckets()).containsExactly(bucket(5, 2).at(1), bucket(5, 2).at(2));
  }
}
