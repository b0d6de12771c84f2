package io.tidemark.wire;

import org.jspecify.annotations.Nullable;

/**
 * What a batch says of itself and of its device; readable without the body.
 *
 * @param device who took the readings
 * @param epoch the numbering they belong to, 1 to 2^53 - 1
 * @param firstSequence number of the first reading (or of the first dropped one); for a status the
 *     same as {@code nextSequence}
 * @param count how many numbers from {@code firstSequence} on this batch is about; 0 for a status
 * @param nextSequence the lowest number not yet given when these bytes were made: what the device
 *     has produced in this epoch
 * @param oldestKept the lowest number that was, when these bytes were made, neither acknowledged
 *     nor in an acknowledged drop
 * @param dropReason null, or why the device gave these numbers up: {@code journal_full}, {@code
 *     expired} or {@code refused:CODE}
 * @param foreign true if a gateway made the batch of what a device that is not an agent sent: its
 *     number may have been written by hand
 */
public record BatchHeader(
    String device,
    long epoch,
    long firstSequence,
    long count,
    long nextSequence,
    long oldestKept,
    @Nullable String dropReason,
    boolean foreign) {

  /** What a batch is for. */
  public enum Kind {
    /** Carries readings. */
    READINGS,
    /** Declares numbers the device will never send. */
    DROP,
    /** Carries only what the device declares of itself. */
    STATUS
  }

  private static final int REASON_MAX_LENGTH = 64;

  /**
   * Checks the rules that hold between the fields.
   *
   * @throws IllegalArgumentException that names the rule broken
   */
  public BatchHeader {
    Names.requireDevice(device);
    if (epoch < 1 || epoch > Limits.NUMBER_MAX) {
      throw new IllegalArgumentException(
          "epoch must be 1 to 2^53 - 1, but is " + Long.toUnsignedString(epoch));
    }
    if (firstSequence < 0 || count < 0 || nextSequence < 0 || nextSequence > Limits.NUMBER_MAX) {
      throw new IllegalArgumentException(
          "sequence numbers must be 0 to 2^53 - 1, but firstSequence is %s, count %s, nextSequence %s"
              .formatted(
                  Long.toUnsignedString(firstSequence),
                  Long.toUnsignedString(count),
                  Long.toUnsignedString(nextSequence)));
    }
    if (count > nextSequence || firstSequence > nextSequence - count) {
      throw new IllegalArgumentException(
          "numbers end before nextSequence, but %d readings from %d on pass nextSequence %d"
              .formatted(count, firstSequence, nextSequence));
    }
    if (oldestKept < 0 || oldestKept > nextSequence) {
      throw new IllegalArgumentException(
          "oldestKept must be 0 to nextSequence (%d), but is %s"
              .formatted(nextSequence, Long.toUnsignedString(oldestKept)));
    }
    if (dropReason != null) {
      if (count == 0) {
        throw new IllegalArgumentException(
            "a drop must name at least one number, but its count is 0");
      }
      if (!isReason(dropReason)) {
        throw new IllegalArgumentException(
            "dropReason must be 1 to 64 of A-Z a-z 0-9 _ . : -, but is "
                + Names.quoted(dropReason));
      }
    } else if (count > Limits.BATCH_MAX_READINGS) {
      throw new IllegalArgumentException(
          "a batch carries at most "
              + Limits.BATCH_MAX_READINGS
              + " readings, but count is "
              + count);
    }
  }

  /** What the batch is for. */
  public Kind kind() {
    if (dropReason != null) {
      return Kind.DROP;
    }
    return count == 0 ? Kind.STATUS : Kind.READINGS;
  }

  private static boolean isReason(String text) {
    return text.length() <= REASON_MAX_LENGTH && Names.isDevice(text);
  }
}
