package io.tidemark.deploy;

import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** What an option may be. */
final class Bounds {
  private Bounds() {}

  /**
   * Requires a number to be within them.
   *
   * @throws ParameterException if it is not, which names the option and both bounds
   */
  static void require(CommandLine command, String option, int given, int min, int max) {
    if (given < min || given > max) {
      throw new ParameterException(
          command, "%s must be %d to %d, but is %d".formatted(option, min, max, given));
    }
  }

  /** The same for how long something takes, in seconds. */
  static void require(
      CommandLine command, String option, Duration given, Duration min, Duration max) {
    if (given.compareTo(min) < 0 || given.compareTo(max) > 0) {
      throw new ParameterException(
          command,
          "%s must be %d s to %d s, but is %d s"
              .formatted(option, min.toSeconds(), max.toSeconds(), given.toSeconds()));
    }
  }
}
