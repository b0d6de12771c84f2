package io.tidemark.ingest.quarantine;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Why something is in the quarantine. There are no others. */
public enum Reason {
  /**
   * The payload is not a batch: its bytes, its CRC or its header are wrong; or it is JSON or SenML
   * that a gateway could neither read nor refuse. Kept whole, without epoch and sequence.
   */
  UNDECODABLE,
  /**
   * The batch names another device than the address it came to. Kept whole; nothing it declares is
   * believed.
   */
  DEVICE_MISMATCH,
  /**
   * A device that is not an agent gave a number more than 1,000,000 beyond the highest of its
   * epoch. Kept whole: had it been believed, all numbers between would count as produced.
   */
  SEQUENCE_JUMP,
  /** A value is NaN or infinite. */
  NOT_FINITE,
  /** A metric is called seq, device, sensor, epoch or time, or ends in _text or _bool. */
  RESERVED_NAME,
  /** The time is before 2000-01-01 or more than 24 hours after the gateway received it. */
  TIME_OUT_OF_RANGE,
  /** The number is a row already, with other contents. The row stays. */
  CONFLICT,
  /** The kind has as many metrics as the store takes, and this reading has a new one. */
  TOO_MANY_METRICS,
  /** The store has as many kinds as it takes, and this reading is of a new one. */
  TOO_MANY_KINDS,
  /** The database has this metric with values of another type. */
  TYPE_CONFLICT,
  /** The database keeps rows for a time, and this one is older. */
  BEYOND_RETENTION,
  /** The store refused the row for another reason, which the detail tells. */
  STORE_REFUSED;

  /** As it is written in JSON, SQL and metrics: lower case. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The reason so written. */
  public static Optional<Reason> of(String code) {
    return Stream.of(values()).filter(reason -> reason.code().equals(code)).findFirst();
  }
}
