package io.tidemark.ingest.ledger;

import io.tidemark.ingest.ledger.EpochLedger.MissingRange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Since when what is missing now has been. */
final class Missing {
  private Missing() {}

  /**
   * Gives each missing range its time, cutting it where the times differ.
   *
   * @param missing what is missing now, ascending
   * @param noted what was noted as missing, by start and then time; of two notes of a number the
   *     later one counts
   * @param unknown the time for what was never noted
   */
  static List<MissingRange> since(List<Range> missing, List<MissingRange> noted, long unknown) {
    NavigableMap<Long, Long> times = new TreeMap<>();
    times.put(0L, unknown);
    noted.stream()
        .sorted(Comparator.comparingLong(MissingRange::sinceNanos))
        .forEach(note -> paint(times, note));
    List<MissingRange> named = new ArrayList<>();
    for (Range range : missing) {
      long first = range.first();
      while (first <= range.last()) {
        Long change = times.higherKey(first);
        long last = change == null ? range.last() : Math.min(range.last(), change - 1);
        Map.Entry<Long, Long> time = times.floorEntry(first);
        named.add(new MissingRange(first, last, time == null ? unknown : time.getValue()));
        first = last + 1;
      }
    }
    return named;
  }

  private static void paint(NavigableMap<Long, Long> times, MissingRange note) {
    long behind = times.floorEntry(note.last() + 1).getValue();
    times.subMap(note.first(), true, note.last(), true).clear();
    times.put(note.first(), note.sinceNanos());
    times.put(note.last() + 1, behind);
  }
}
