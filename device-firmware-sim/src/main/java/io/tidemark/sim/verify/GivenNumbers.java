package io.tidemark.sim.verify;

import java.util.HashMap;
import java.util.Map;

/**
 * Which reading has got which number from a gateway. Numbers of an epoch follow each other, so they
 * are held in pages: four bytes each. Not thread-safe.
 */
final class GivenNumbers {
  private static final int PAGE = 1_024;

  private record PageKey(long epoch, long page) {}

  /** Each place one too high: 0 is none. */
  private final Map<PageKey, int[]> pages = new HashMap<>();

  /** The place of the reading that has a number already; -1 if none has, and then this one does. */
  int putIfAbsent(long epoch, long sequence, int place) {
    int[] page = pages.computeIfAbsent(new PageKey(epoch, sequence / PAGE), key -> new int[PAGE]);
    int at = (int) (sequence % PAGE);
    int before = page[at] - 1;
    if (before < 0) {
      page[at] = place + 1;
    }
    return before;
  }

  /** The place of the reading that has a number; -1 if none has. */
  int get(long epoch, long sequence) {
    int[] page = pages.get(new PageKey(epoch, sequence / PAGE));
    return page == null ? -1 : page[(int) (sequence % PAGE)] - 1;
  }
}
