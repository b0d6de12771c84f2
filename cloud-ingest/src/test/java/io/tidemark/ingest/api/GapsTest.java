package io.tidemark.ingest.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.ingest.api.Gaps.Gap;
import io.tidemark.ingest.ledger.Unstored;
import io.tidemark.ingest.ledger.Unstored.Why;
import io.tidemark.ingest.ledger.UnstoredEpoch;
import io.tidemark.ingest.storage.NumberSpan;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A device samples number n at time 1000 + n; the window is cut into intervals of ten. */
final class GapsTest {
  private static final Window WINDOW = new Window(1100, 1200, 1100, 10);

  private static NumberSpan rows(long index, long first, long last) {
    return new NumberSpan(1, index, first, last);
  }

  private static Unstored unstored(long epoch, long first, long last) {
    return new Unstored(epoch, first, last, Why.WAITING, "");
  }

  private static Unstored unstored(long first, long last, Why why) {
    return new Unstored(1, first, last, why, "");
  }

  private static List<Gap> gaps(List<NumberSpan> rows, Unstored... all) {
    return new Gaps(WINDOW, rows).of(List.of(epoch(1, all)), null);
  }

  /** An epoch that has produced nothing after these. */
  private static UnstoredEpoch epoch(long epoch, Unstored... all) {
    return new UnstoredEpoch(epoch, all[all.length - 1].last() + 1, List.of(all), false);
  }

  @Test
  void aGapLiesBetweenTheRowsAroundIt() {
    Unstored what = unstored(125, 152, Why.DROPPED);
    assertThat(gaps(List.of(rows(0, 100, 109), rows(2, 120, 124), rows(5, 153, 159)), what))
        .containsExactly(new Gap(1130, 1150, what));
  }

  @Test
  void aGapWithinAnIntervalIsTheInterval() {
    Unstored what = unstored(125, 126, Why.MISSING);
    assertThat(gaps(List.of(rows(2, 120, 129), rows(3, 130, 139)), what))
        .containsExactly(new Gap(1120, 1130, what));
    Unstored edge = unstored(129, 131, Why.MISSING);
    assertThat(gaps(List.of(rows(2, 120, 128), rows(3, 132, 139)), edge))
        .containsExactly(new Gap(1120, 1140, edge));
  }

  @Test
  void aGapMayBeginBeforeTheWindowAndEndBehindIt() {
    Unstored before = unstored(90, 119, Why.DROPPED);
    Unstored behind = unstored(180, 210, Why.WAITING);
    assertThat(gaps(List.of(rows(2, 120, 129), rows(7, 170, 179)), before, behind))
        .containsExactly(new Gap(1100, 1120, before), new Gap(1180, 1200, behind));
  }

  @Test
  void whatHasARowBehindItBeforeTheWindowIsNotInIt() {
    // Number 110 is a row, but not in the window.
    Unstored earlier = unstored(90, 109, Why.DROPPED);
    Unstored touching = unstored(111, 119, Why.MISSING);
    Unstored beside = unstored(130, 135, Why.WAITING);
    Unstored later = unstored(137, 140, Why.DROPPED);
    assertThat(gaps(List.of(rows(2, 120, 129)), earlier, touching, beside, later))
        .containsExactly(new Gap(1100, 1120, touching), new Gap(1130, 1200, beside));
  }

  @Test
  void severalReasonsInARowAllReachTheWindow() {
    Unstored dropped = unstored(90, 109, Why.DROPPED);
    Unstored missing = unstored(110, 119, Why.MISSING);
    assertThat(gaps(List.of(rows(2, 120, 129)), dropped, missing))
        .extracting(Gap::what)
        .containsExactly(dropped, missing);
  }

  @Test
  void anEmptyWindowIsExplainedByTheRowBehindIt() {
    Unstored within = unstored(90, 219, Why.DROPPED);
    Unstored later = unstored(300, 310, Why.MISSING);
    Gaps gaps = new Gaps(WINDOW, List.of());
    List<UnstoredEpoch> all = List.of(epoch(1, within, later));
    assertThat(gaps.of(all, rows(0, 220, 220))).containsExactly(new Gap(1100, 1200, within));
    assertThat(gaps.of(all, rows(0, 221, 221))).isEmpty();
    assertThat(gaps.of(all, new NumberSpan(2, 0, 0, 0))).isEmpty();
  }

  @Test
  void withoutAnyRowBehindItTheTailIsWhatIsNotThere() {
    Unstored older = unstored(10, 12, Why.MISSING);
    Unstored waiting = unstored(90, 95, Why.WAITING);
    assertThat(gaps(List.of(), older, waiting)).containsExactly(new Gap(1100, 1200, waiting));
  }

  @Test
  void whatWasLongAgoDoesNotExplainASilentDevice() {
    UnstoredEpoch stored =
        new UnstoredEpoch(1, 10_000, List.of(unstored(10, 12, Why.DROPPED)), false);
    assertThat(new Gaps(WINDOW, List.of()).of(List.of(stored), null)).isEmpty();
  }

  @Test
  void onlyTheEpochLastHeardOfExplainsAnEmptyWindow() {
    UnstoredEpoch old = new UnstoredEpoch(9, 5, List.of(unstored(9, 3, 4)), false);
    UnstoredEpoch now = new UnstoredEpoch(1, 100, List.of(), false);
    assertThat(new Gaps(WINDOW, List.of()).of(List.of(old, now), null)).isEmpty();
  }

  @Test
  void anEpochThatHasJustBegunLiesBehindTheRowsOfTheOneBefore() {
    Unstored waiting = unstored(7, 0, 3);
    UnstoredEpoch before = new UnstoredEpoch(1, 150, List.of(), false);
    UnstoredEpoch begun = new UnstoredEpoch(7, 4, List.of(waiting), false);
    assertThat(new Gaps(WINDOW, List.of(rows(4, 140, 149))).of(List.of(before, begun), null))
        .containsExactly(new Gap(1150, 1200, waiting));
  }

  @Test
  void numbersThatDoNotAscendWithTimeStillFindAPlace() {
    Unstored what = unstored(150, 150, Why.MISSING);
    List<Gap> found = gaps(List.of(rows(1, 140, 160), rows(4, 100, 120), rows(6, 151, 170)), what);
    assertThat(found).hasSize(1);
    assertThat(found.get(0).from()).isBetween(1100L, 1200L);
    assertThat(found.get(0).from()).isLessThan(found.get(0).to());
  }

  @Test
  void epochsDoNotMix() {
    Unstored what = new Unstored(2, 115, 118, Why.MISSING, "");
    UnstoredEpoch other = new UnstoredEpoch(2, 500, List.of(what), false);
    assertThat(
            new Gaps(WINDOW, List.of(rows(1, 110, 114), rows(2, 119, 125)))
                .of(List.of(other, new UnstoredEpoch(1, 126, List.of(), false)), null))
        .isEmpty();
  }
}
