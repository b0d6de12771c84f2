package io.tidemark.sim.scenario;

import java.io.IOException;
import java.util.List;

/** A scenario that cannot be used: all that is wrong with it, a line each. */
public final class ScenarioException extends IOException {
  private static final long serialVersionUID = 1L;

  ScenarioException(List<String> problems) {
    super(String.join(System.lineSeparator(), problems));
  }
}
