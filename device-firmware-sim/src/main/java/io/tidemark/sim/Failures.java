package io.tidemark.sim;

import io.tidemark.sim.csv.MalformedFileException;
import io.tidemark.sim.record.RecordRefusedException;
import io.tidemark.sim.scenario.ScenarioException;
import java.nio.file.NoSuchFileException;

/** What to say of a failure, and how to exit with it. */
final class Failures {
  private Failures() {}

  static String inWords(Throwable failure) {
    if (failure instanceof NoSuchFileException missing) {
      return "there is no file " + missing.getFile();
    }
    String message = failure.getMessage();
    return message == null || failure instanceof RuntimeException && !isUsage(failure)
        ? failure.toString()
        : message;
  }

  static int exitCode(Throwable failure) {
    return isUsage(failure) ? TidemarkSim.USAGE : TidemarkSim.FAILED;
  }

  /** What was asked for makes no sense, as opposed to: it could not be done. */
  private static boolean isUsage(Throwable failure) {
    return failure instanceof IllegalArgumentException
        || failure instanceof MalformedFileException
        || failure instanceof ScenarioException
        || failure instanceof RecordRefusedException
        || failure instanceof NoSuchFileException;
  }
}
