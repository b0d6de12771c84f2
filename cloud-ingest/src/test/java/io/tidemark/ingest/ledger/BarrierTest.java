package io.tidemark.ingest.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class BarrierTest {
  private static GroupReport report(String group, long committed, long forwarded, long tick) {
    return new GroupReport(group, committed, forwarded, tick, "", 0);
  }

  @Test
  void withoutGroupsNothingIsPassed() {
    assertThat(new Barrier(5, List.of()).isPassed()).isFalse();
  }

  @Test
  void aReportFromBeforeTheTickWasSeenSetsNoTarget() {
    Barrier barrier = new Barrier(5, List.of("a"));
    barrier.report(report("a", 10, 10, 4));
    assertThat(barrier.isPassed()).isFalse();
    barrier.report(report("a", 12, 11, 5));
    assertThat(barrier.isPassed()).isFalse();
    barrier.report(report("a", 99, 12, 5)); // the target stays 12
    assertThat(barrier.isPassed()).isTrue();
  }

  @Test
  void everyKnownGroupHasToPass() {
    Barrier barrier = new Barrier(5, List.of("a", "b"));
    barrier.report(report("a", 10, 10, 5));
    assertThat(barrier.isPassed()).isFalse();
    barrier.report(report("b", 7, 7, 6));
    assertThat(barrier.isPassed()).isTrue();
  }

  @Test
  void aGroupThatAnotherOneTellsOfHasToPassToo() {
    Barrier barrier = new Barrier(5, List.of("a"));
    barrier.report(report("a", 10, 10, 5));
    barrier.known("a");
    assertThat(barrier.isPassed()).isTrue();
    barrier.known("b");
    assertThat(barrier.isPassed()).isFalse();
    barrier.report(report("b", 7, 7, 6));
    assertThat(barrier.isPassed()).isTrue();
  }

  @Test
  void aGroupHeardOfForTheFirstTimeHasToPassToo() {
    Barrier barrier = new Barrier(5, List.of("a"));
    barrier.report(report("new", 3, 1, 0));
    barrier.report(report("a", 10, 10, 5));
    assertThat(barrier.isPassed()).isFalse();
  }
}
