package io.tidemark.ingest.storage;

import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Run in a process of its own, to be killed: writes batches for ever and prints the number of rows
 * after each that returned. Arguments: factory class, folder, first sequence.
 */
final class StoreChild {
  static final EpochKey KEY = new EpochKey("killed", 77);
  static final int ROWS_A_WRITE = 50;

  private StoreChild() {}

  public static void main(String[] args) throws Exception {
    var factory =
        Class.forName(args[0])
            .asSubclass(TimeSeriesStoreContract.Factory.class)
            .getDeclaredConstructor()
            .newInstance();
    TimeSeriesStore store = factory.open(Path.of(args[1]));
    long sequence = Long.parseLong(args[2]);
    while (true) {
      List<Row> rows = new ArrayList<>();
      for (int i = 0; i < ROWS_A_WRITE; i++) {
        rows.add(row(sequence++));
      }
      store.write(rows);
      System.out.println(sequence);
    }
  }

  /**
   * Kinds, columns and days change as the numbers go up, so that a kill can hit a table being made
   * or altered.
   */
  static Row row(long sequence) {
    long time = 1_700_000_000_000_000_000L + sequence * 60_000_000_000L;
    return new Row(
        KEY,
        sequence,
        new Reading(
            "s" + sequence % 3,
            "kind" + (sequence / 400) % 5,
            time,
            Map.of(
                "m" + (sequence / 150) % 40,
                Value.of(sequence / 8.0),
                "t",
                Value.of("x" + sequence))));
  }
}
