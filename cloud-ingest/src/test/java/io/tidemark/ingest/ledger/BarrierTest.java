package io.tidemark.ingest.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BarrierTest {
  private static GroupReport report(String group, long committed, long forwarded, long tick) {
    return new GroupReport(group, committed, forwarded, tick, "", 1, 0);
  }

  private static GroupReport end(String group, long index, long tick) {
    return new GroupReport(group, index, index, tick, "", 1, 1);
  }

  /** Groups that have all forwarded all, as they said before the barrier began. */
  private static List<GroupReport> groups(String... names) {
    return Arrays.stream(names).map(name -> report(name, 10, 10, 4)).toList();
  }

  @Test
  void withoutGroupsNothingIsPassed() {
    assertThat(new Barrier(5, List.of()).isPassed()).isFalse();
  }

  @Test
  void aReportFromBeforeTheTickWasSeenSetsNoTarget() {
    Barrier barrier = new Barrier(5, groups("a"));
    barrier.report(report("a", 10, 10, 4));
    assertThat(barrier.isPassed()).isFalse();
    barrier.report(report("a", 12, 11, 5));
    assertThat(barrier.isPassed()).isFalse();
    barrier.report(report("a", 99, 12, 5)); // the target stays 12
    assertThat(barrier.isPassed()).isTrue();
  }

  @Test
  void everyKnownGroupHasToPass() {
    Barrier barrier = new Barrier(5, groups("a", "b"));
    barrier.report(report("a", 10, 10, 5));
    assertThat(barrier.isPassed()).isFalse();
    barrier.report(report("b", 7, 7, 6));
    assertThat(barrier.isPassed()).isTrue();
  }

  @Test
  void aGroupThatAnotherOneTellsOfHasToPassToo() {
    Barrier barrier = new Barrier(5, groups("a"));
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
    Barrier barrier = new Barrier(5, groups("a"));
    barrier.report(report("new", 3, 1, 0));
    barrier.report(report("a", 10, 10, 5));
    assertThat(barrier.isPassed()).isFalse();
  }

  @Test
  void aGroupThatEndsHasPassedWhateverTickItHadSeen() {
    Barrier barrier = new Barrier(5, groups("a", "b"));
    barrier.report(report("a", 10, 10, 5));
    assertThat(barrier.isPassed()).isFalse();
    barrier.report(end("b", 12, 0));
    assertThat(barrier.isPassed()).isTrue();
  }

  @Test
  void aGroupThatHasEndedIsNotWaitedForWhoeverNamesIt() {
    Barrier barrier = new Barrier(5, List.of(report("a", 10, 10, 4), end("b", 12, 4)));
    barrier.known("b");
    barrier.report(report("b", 12, 3, 5)); // an older request that comes late
    assertThat(barrier.isPassed()).isFalse();
    barrier.report(report("a", 10, 10, 5));
    assertThat(barrier.isPassed()).isTrue();
  }
}
