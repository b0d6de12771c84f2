package io.tidemark.sim.record;

import java.io.IOException;

/**
 * A record folder that cannot be used for what is asked: it is in use, or belongs to another plan.
 */
public final class RecordRefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  RecordRefusedException(String problem) {
    super(problem);
  }
}
