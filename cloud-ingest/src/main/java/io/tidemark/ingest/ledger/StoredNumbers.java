package io.tidemark.ingest.ledger;

import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/**
 * The numbers that have rows, and how many rows are beyond the first of a number: one pass over the
 * store. Memory goes with the number of gaps in the numbers, not with the number of rows.
 */
final class StoredNumbers {
  private final Map<EpochKey, Numbers> epochs = new TreeMap<>();

  /** Of one epoch. */
  static final class Numbers {
    private final TreeMap<Long, Long> lastByFirst = new TreeMap<>();
    private long surplus;

    void add(long number) {
      Map.Entry<Long, Long> before = lastByFirst.floorEntry(number);
      if (before != null && before.getValue() >= number) {
        surplus++;
        return;
      }
      long first = number;
      long last = number;
      if (before != null && before.getValue() == number - 1) {
        first = before.getKey();
      }
      Long after = lastByFirst.remove(number + 1);
      if (after != null) {
        last = after;
      }
      lastByFirst.put(first, last);
    }

    long surplus() {
      return surplus;
    }

    List<Range> ranges() {
      List<Range> ranges = new ArrayList<>();
      lastByFirst.forEach((first, last) -> ranges.add(new Range(first, last)));
      return ranges;
    }

    long count() {
      return ranges().stream().mapToLong(Range::count).sum();
    }
  }

  /**
   * Of all rows.
   *
   * @param cancelled asked before the pass and at every row; true ends it
   * @throws CancellationException if it was ended
   */
  static StoredNumbers of(TimeSeriesStore store, BooleanSupplier cancelled)
      throws StoreUnavailableException {
    StoredNumbers numbers = new StoredNumbers();
    check(cancelled);
    store.scan(
        (key, sequence) -> {
          check(cancelled);
          numbers.epochs.computeIfAbsent(key, k -> new Numbers()).add(sequence);
        });
    return numbers;
  }

  private static void check(BooleanSupplier cancelled) {
    if (cancelled.getAsBoolean()) {
      throw new CancellationException("the pass over the rows was ended");
    }
  }

  Map<EpochKey, Numbers> epochs() {
    return epochs;
  }

  /** Surplus rows by epoch, where there are any. */
  Map<EpochKey, Long> surplus() {
    Map<EpochKey, Long> surplus = new TreeMap<>();
    epochs.forEach(
        (key, numbers) -> {
          if (numbers.surplus() > 0) {
            surplus.put(key, numbers.surplus());
          }
        });
    return surplus;
  }
}
