package io.tidemark.sim.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tidemark.sim.view.Numbers;
import org.junit.jupiter.api.Test;

class AxisTest {
  @Test
  void linearTicksAreOnesTwosAndFives() {
    assertThat(Axis.linear(9_000, 5).ticks()).containsExactly(0.0, 2e3, 4e3, 6e3, 8e3, 1e4);
    assertThat(Axis.linear(1_000, 5).ticks()).containsExactly(0.0, 200.0, 400.0, 600.0, 800.0, 1e3);
    assertThat(Axis.linear(20, 5).ticks()).containsExactly(0.0, 5.0, 10.0, 15.0, 20.0);
    assertThat(Axis.linear(0, 5).ticks()).hasSize(6).startsWith(0.0);
    Axis small = Axis.linear(0.013, 5);
    assertThat(small.high()).isCloseTo(0.015, within(1e-12));
    assertThat(small.ticks()).hasSize(4);
  }

  @Test
  void logarithmicTicksToo() {
    assertThat(Axis.log(3, 40).ticks()).containsExactly(2.0, 5.0, 10.0, 20.0, 50.0);
    assertThat(Axis.log(0.3, 7_995).ticks()).containsExactly(1.0, 10.0, 100.0, 1_000.0, 10_000.0);
    assertThat(Axis.log(1, 1).ticks()).containsExactly(1.0, 2.0);
    Axis axis = Axis.log(1, 100);
    assertThat(axis.position(10)).isCloseTo(0.5, within(1e-9));
    assertThat(axis.position(0.001)).isZero();
    assertThat(axis.position(1e9)).isEqualTo(1);
  }

  @Test
  void timesAreCountedAsPeopleCountThem() {
    assertThat(Axis.time(62, 7).ticks()).endsWith(50.0, 60.0).hasSize(7);
    assertThat(Axis.time(62, 7).high()).isEqualTo(62);
    assertThat(Axis.time(0.5, 7).ticks()).containsExactly(0.0);
    assertThat(Axis.time(3_600, 7).ticks()).hasSize(7).contains(600.0);
    assertThat(Axis.time(30 * 86_400.0, 7).ticks()).hasSizeBetween(4, 8).contains(5 * 86_400.0);
  }

  @Test
  void labelsAreShort() {
    assertThat(Numbers.round(0.05)).isEqualTo("0.05");
    assertThat(Numbers.round(0)).isEqualTo("0");
    assertThat(Numbers.round(2_000)).isEqualTo("2,000");
    assertThat(Numbers.round(20_000)).isEqualTo("20\u202fk");
    assertThat(Numbers.round(1_500_000)).isEqualTo("1.5\u202fM");
  }
}
