package io.tidemark.gateway.replication;

/**
 * The access list, which all gateways are to have though only one of them reaches ingest.
 * Thread-safe; returns at once.
 */
public interface SharedList {
  /** Of the newest that this gateway knows; 0 if it knows none. */
  long version();

  /** That one as it came; empty if there is none. Not to be changed. */
  byte[] bytes();

  /**
   * Another gateway has given its own.
   *
   * @param from its id
   */
  void offered(byte[] list, String from);
}
