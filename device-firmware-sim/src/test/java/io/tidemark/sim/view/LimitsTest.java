package io.tidemark.sim.view;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LimitsTest {
  private static final Percentiles NONE = new Percentiles(0, 0, 0, 0, 0, 0);

  private final Limits limits = new Limits(2);
  private int second;

  @Test
  void allProcessorsForAWhileAreNamedWithWhatToDo() {
    look(2, 1.0, 0, false);
    assertThat(limits.warnings()).isEmpty();
    look(4, 1.9, 0, false);
    assertThat(limits.now()).contains("no processor left");
    look(1, 1.2, 0, false);
    assertThat(limits.now()).isNull();
    assertThat(limits.warnings()).hasSize(1);
    Limits.Warning warning = limits.warnings().get(0);
    assertThat(warning.kind()).isEqualTo(Limits.Kind.PROCESSOR);
    assertThat(warning.seconds()).isEqualTo(4);
    assertThat(warning.text()).contains("up to 1.90 of 2 processors, for 4 s").contains("--rate");
    assertThat(limits.bands())
        .extracting(Band::kind, Band::from, Band::to)
        .containsExactly(org.assertj.core.groups.Tuple.tuple(Band.Kind.LIMIT, 2.0, 6.0));
  }

  @Test
  void whatPassesIsNoLimit() {
    for (int i = 0; i < 10; i++) {
      look(2, 2, 3, false);
      look(1, 0, 0, false);
    }
    assertThat(limits.warnings()).isEmpty();
    assertThat(limits.bands()).isEmpty();
  }

  @Test
  void aSourceBehindItsPlanIsTheSimulatorsFaultUnlessItWaitsForTheGateway() {
    look(5, 0.5, 0.9, false);
    assertThat(limits.warnings()).isEmpty();
    look(5, 0.5, 2.5, false);
    assertThat(limits.now()).contains("behind its plan");
    look(5, 0.5, 7, true);
    assertThat(limits.now()).contains("--outstanding-max");
    assertThat(limits.warnings())
        .extracting(Limits.Warning::kind)
        .containsExactly(Limits.Kind.SOURCE, Limits.Kind.ROOM);
    assertThat(limits.warnings().get(0).text()).contains("up to 2.5 s behind").contains("for 5 s");
    assertThat(limits.warnings().get(1).text()).contains("waited for 5 s");
  }

  @Test
  void howeverOftenItHappensMemoryIsBounded() {
    for (int i = 0; i < 1_000; i++) {
      look(3, 2, 0, false);
      look(1, 0, 0, false);
    }
    assertThat(limits.bands()).hasSize(Limits.STRETCHES_MAX);
    assertThat(limits.bands().get(Limits.STRETCHES_MAX - 1).to()).isEqualTo(3_999);
    assertThat(limits.warnings().get(0).seconds()).isEqualTo(3_000);
  }

  private void look(int seconds, double processors, double behind, boolean awaitsRoom) {
    for (int i = 0; i < seconds; i++) {
      limits.look(
          new Point(second, second + 1, 0, 0, 0, 0, processors, behind, NONE, NONE), awaitsRoom);
      second++;
    }
  }
}
