package io.tidemark.sim.verify;

import io.tidemark.sim.record.Entry;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.WireFormatException;
import java.util.List;

/**
 * Makes the readings of a record again and compares: what the rows are compared with has to be what
 * was to be produced. Not thread-safe.
 */
final class Regeneration {
  private final Origin.Readings origin;
  private long regenerated;

  Regeneration(Origin.Readings origin) {
    this.origin = origin;
  }

  /** How many readings have been made again, and were the same. */
  long regenerated() {
    return regenerated;
  }

  /**
   * Compares one batch.
   *
   * @param number the device's place in the record
   * @param epoch which of its epochs
   * @throws CannotCheckException if it is not what it should be: the record proves nothing then
   */
  void check(String device, int number, int epoch, Entry.Produced batch)
      throws CannotCheckException {
    List<Reading> recorded = recorded(device, batch);
    for (int i = 0; i < recorded.size(); i++) {
      long sequence = batch.first() + i;
      Reading made;
      try {
        made = origin.reading(number, epoch, sequence);
      } catch (IllegalArgumentException e) {
        throw differs(device, epoch, sequence, String.valueOf(e.getMessage()));
      }
      if (!made.equals(recorded.get(i))) {
        throw differs(device, epoch, sequence, difference(made, recorded.get(i)));
      }
      regenerated++;
    }
  }

  private static List<Reading> recorded(String device, Entry.Produced batch)
      throws CannotCheckException {
    try {
      return BatchCodec.decode(batch.batch()).readings();
    } catch (WireFormatException e) {
      throw new CannotCheckException(
          "the record's batch from number %d of %s on does not decode: %s"
              .formatted(batch.first(), device, e.getMessage()),
          e);
    }
  }

  private static CannotCheckException differs(String device, int epoch, long sequence, String how) {
    return new CannotCheckException(
        ("the record is not what its seed gives: %s, number %d of its epoch %d: %s. It was changed, or"
                + " made by another version: check it with that one, or run again")
            .formatted(device, sequence, epoch + 1, how),
        null);
  }

  private static String difference(Reading made, Reading recorded) {
    if (made.timeNanos() != recorded.timeNanos()) {
      return "taken at %s by the seed, at %s by the record"
          .formatted(Compared.time(made.timeNanos()), Compared.time(recorded.timeNanos()));
    }
    String values =
        Compared.difference(
            made.values(), recorded.values(), "%s is %s by the seed, %s by the record");
    return values != null
        ? values
        : "sensor %s (%s) by the seed, %s (%s) by the record"
            .formatted(made.sensor(), made.kind(), recorded.sensor(), recorded.kind());
  }
}
