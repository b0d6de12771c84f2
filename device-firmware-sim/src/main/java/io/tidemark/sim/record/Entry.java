package io.tidemark.sim.record;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** One thing the record says. */
public sealed interface Entry {

  /**
   * What this record is a record of. Always the first entry, exactly once.
   *
   * @param settings everything that decides what is produced, by name; unmodifiable, sorted
   */
  record Plan(Map<String, String> settings) implements Entry {
    /** Copies the settings. */
    public Plan {
      settings = Collections.unmodifiableMap(new TreeMap<>(settings));
    }
  }

  /**
   * A device and the epoch it numbers its readings in. The first epochs of all devices follow the
   * plan directly; a device's further epochs come where they begin, in the order in which it has
   * them.
   *
   * @param stream what the other entries call it: 0, 1, 2, ... in the order of these entries
   */
  record Device(int stream, String device, long epoch) implements Entry {}

  /**
   * A batch whose bytes will be sent as they are.
   *
   * @param first its first sequence number
   * @param count how many numbers it is about
   * @param drop true if it declares a drop, false if it carries readings
   * @param offset where {@code batch} begins in the file
   * @param batch the encoded batch; owned by this entry, not to be changed
   */
  @SuppressWarnings("ArrayRecordComponent") // entries are never compared as a whole
  record Produced(int stream, long first, int count, boolean drop, long offset, byte[] batch)
      implements Entry {}

  /** A gateway acknowledged the batch of {@code count} numbers from {@code first} on. */
  record Acknowledged(int stream, long first, int count, boolean drop) implements Entry {}

  /**
   * A gateway refused a batch for good.
   *
   * @param code as the protocol says it: {@code 0x99}, {@code 4.00}; 1 to 255 characters of ASCII
   * @param reason what the gateway said of it, cut to 255 bytes of UTF-8
   */
  record Refused(int stream, long first, int count, String code, String reason) implements Entry {}
}
