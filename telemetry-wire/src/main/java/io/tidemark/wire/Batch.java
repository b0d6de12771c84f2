package io.tidemark.wire;

import java.util.List;

/**
 * What travels from a device: readings of one device and epoch, or a declared drop, or a status.
 *
 * @param header what it says of itself
 * @param readings the readings numbered {@code firstSequence}, {@code firstSequence + 1}, ...;
 *     empty for a drop or a status
 */
public record Batch(BatchHeader header, List<Reading> readings) {

  /**
   * Checks that header and readings agree.
   *
   * @throws IllegalArgumentException if they do not
   */
  public Batch {
    readings = List.copyOf(readings);
    long expected = header.kind() == BatchHeader.Kind.READINGS ? header.count() : 0;
    if (readings.size() != expected) {
      throw new IllegalArgumentException(
          "the header says %d readings, the body has %d".formatted(expected, readings.size()));
    }
  }

  /**
   * A batch of readings.
   *
   * @param nextSequence what the device has produced so far, at least {@code firstSequence +
   *     readings.size()}
   * @param oldestKept the lowest number neither acknowledged nor in an acknowledged drop
   */
  public static Batch ofReadings(
      String device,
      long epoch,
      long firstSequence,
      List<Reading> readings,
      long nextSequence,
      long oldestKept) {
    if (readings.isEmpty()) {
      throw new IllegalArgumentException("a batch of readings has at least one; a status has none");
    }
    return new Batch(
        new BatchHeader(
            device, epoch, firstSequence, readings.size(), nextSequence, oldestKept, null, false),
        readings);
  }

  /**
   * Readings a gateway has made of what a device that is not an agent sent. Such a device declares
   * nothing of itself: what it has produced ends with these, and it keeps nothing before them.
   */
  public static Batch ofForeign(
      String device, long epoch, long firstSequence, List<Reading> readings) {
    return new Batch(
        new BatchHeader(
            device,
            epoch,
            firstSequence,
            readings.size(),
            firstSequence + readings.size(),
            firstSequence,
            null,
            true),
        readings);
  }

  /** A declared drop of {@code count} numbers from {@code firstSequence} on. */
  public static Batch ofDrop(
      String device,
      long epoch,
      long firstSequence,
      long count,
      String reason,
      long nextSequence,
      long oldestKept) {
    return new Batch(
        new BatchHeader(
            device, epoch, firstSequence, count, nextSequence, oldestKept, reason, false),
        List.of());
  }

  /** A status: only what the device declares of itself. */
  public static Batch ofStatus(String device, long epoch, long nextSequence, long oldestKept) {
    return new Batch(
        new BatchHeader(device, epoch, nextSequence, 0, nextSequence, oldestKept, null, false),
        List.of());
  }
}
