package io.tidemark.ingest.replicas;

import io.tidemark.ingest.sql.SqlUnavailableException;

/**
 * Told of what other ingests have changed, by one thread at a time: a quarter of a second later, or
 * before this one writes rows.
 */
public interface Follower {
  /**
   * Others have stored rows of a device, and have committed that.
   *
   * @param readings that became rows
   * @param fromNanos their earliest time, nanoseconds since 1970 UTC
   * @param toNanos their latest, inclusive
   */
  void stored(String device, long readings, long fromNanos, long toNanos);

  /** Others have changed something of a device, which may be that they have stored rows. */
  void changed(String device);

  /** A look has begun, four a second: what is read anew each time may be read now. */
  void looks() throws SqlUnavailableException;

  /** What others have changed meanwhile is not known: nothing remembered can be relied on. */
  void missed();
}
