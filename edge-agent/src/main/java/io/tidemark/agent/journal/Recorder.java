package io.tidemark.agent.journal;

import io.tidemark.wire.Reading;

/** The way into the journal: all that who takes readings knows of it. */
public interface Recorder {

  /**
   * Takes a reading. It counts as recorded only at the next commit, when it gets its number; until
   * then it lives in memory. Its time may be moved forward by nanoseconds so that the times of one
   * sensor strictly increase.
   *
   * <p>May be called by any thread, and never waits for the disk.
   *
   * @return false if it was not taken (memory is full because the disk refuses, or the reading is
   *     too large): it is lost, and counted as such
   */
  boolean record(Reading reading);
}
