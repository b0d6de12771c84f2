package io.tidemark.sim.record;

import java.io.IOException;

/**
 * A record file that has been damaged (which a crash does not do), with what is wrong and where.
 */
public final class RecordCorruptException extends IOException {
  private static final long serialVersionUID = 1L;

  RecordCorruptException(String problem, long offset) {
    super(problem + " (at byte " + offset + " of the record)");
  }
}
