package io.tidemark.gateway.replication;

/**
 * How far a log is forwarded.
 *
 * @param index everything up to and including this index has been acknowledged by ingest; -1 for
 *     nothing
 * @param readings how many readings that is, since the log was made
 */
public record Mark(long index, long readings) {
  /** Nothing is forwarded. */
  public static final Mark NONE = new Mark(-1, 0);
}
