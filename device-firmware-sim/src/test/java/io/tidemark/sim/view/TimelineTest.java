package io.tidemark.sim.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class TimelineTest {
  private static final long MAX_MICROS = 3_600_000_000L;

  @Test
  void daysFitAndNothingIsLostOrAveragedAway() {
    Timeline timeline = new Timeline();
    int seconds = 3 * Timeline.INTERVALS_MAX + 7;
    for (int i = 0; i < seconds; i++) {
      timeline.add(second(i, i == 1_000));
    }
    List<Point> points = timeline.points();
    assertThat(points).hasSizeBetween(Timeline.INTERVALS_MAX / 2, Timeline.INTERVALS_MAX);
    assertThat(points.subList(0, points.size() - 1))
        .allSatisfy(p -> assertThat(p.seconds()).isEqualTo(4));
    assertThat(points.get(0).from()).isZero();
    assertThat(points.get(points.size() - 1).to()).isEqualTo(seconds);
    for (int i = 1; i < points.size(); i++) {
      assertThat(points.get(i).from()).isEqualTo(points.get(i - 1).to());
    }
    assertThat(points.stream().mapToLong(Point::produced).sum()).isEqualTo(10L * seconds);
    assertThat(points.stream().mapToLong(Point::acknowledged).sum()).isEqualTo(9L * seconds);
    assertThat(points.stream().mapToLong(p -> p.latency().count()).sum()).isEqualTo(100L * seconds);
    assertThat(points.get(5).processors()).isEqualTo(0.5);

    Point bad = points.stream().filter(p -> p.from() <= 1_000 && p.to() > 1_000).toList().get(0);
    assertThat(bad.connectedLeast()).isEqualTo(3);
    assertThat(bad.waitingMost()).isEqualTo(700);
    assertThat(bad.behindMost()).isEqualTo(4);
    assertThat(points).filteredOn(p -> p.waitingMost() == 700).containsExactly(bad);
  }

  @Test
  void percentilesOfWhatWasMergedAreThoseOfAll() {
    Timeline timeline = new Timeline();
    for (int i = 0; i < Timeline.INTERVALS_MAX + 1; i++) {
      timeline.add(second(i, i % 4 == 0));
    }
    // Of 200 times, 100 are 50 ms and 100 are 1 ms: an average of percentiles would be 25 ms.
    Percentiles merged = timeline.points().get(0).latency();
    assertThat(merged.count()).isEqualTo(200);
    assertThat(merged.p50()).isBetween(0.99, 1.01);
    assertThat(merged.p90()).isBetween(49.5, 50.5);
    assertThat(merged.max()).isBetween(49.5, 50.5);
  }

  @Test
  void aFragmentIsNoMeasurementOfItsOwn() {
    Timeline timeline = new Timeline();
    timeline.add(second(0, false));
    Interval next = second(1, false);
    timeline.add(new Interval(1, 1.01, 10, 9, 20, 5, 0.01, 0, next.response(), next.latency()));
    assertThat(timeline.points()).hasSize(1);
    assertThat(timeline.points().get(0).producedRate()).isBetween(19.7, 19.9);
    assertThat(timeline.points().get(0).processors()).isBetween(0.5, 0.51);
  }

  @Test
  void percentilesAreTheRanks() {
    Histogram micros = new Histogram(MAX_MICROS, 3);
    for (int i = 1; i <= 1_000; i++) {
      micros.recordValue(i * 1_000L);
    }
    Percentiles times = Percentiles.of(micros);
    assertThat(times.p50()).isBetween(499.0, 501.0);
    assertThat(times.p90()).isBetween(899.0, 901.0);
    assertThat(times.p99()).isBetween(989.0, 991.0);
    assertThat(times.p999()).isBetween(998.0, 1_000.0);
    assertThat(times.max()).isBetween(999.0, 1_001.0);
    assertThat(times.text()).isEqualTo("p50 500  p90 900  p99 990  p99.9 999  max 1,000 ms");
    assertThat(Percentiles.of(new Histogram(MAX_MICROS, 3)).text()).isEqualTo("nothing measured");
  }

  private static Interval second(int at, boolean bad) {
    Histogram micros = new Histogram(MAX_MICROS, 3);
    micros.recordValueWithCount(bad ? 50_000 : 1_000, 100);
    return new Interval(
        at, at + 1, 10, 9, bad ? 3 : 20, bad ? 700 : 5, 0.5, bad ? 4 : 0, micros, micros);
  }
}
