package io.tidemark.sim.verify;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the verifier found.
 *
 * @param sums over all devices
 * @param devices the same for each
 * @param problems the readings that are not as they should be, at most {@link
 *     Verifier#PROBLEMS_MAX}
 * @param unnamedProblems how many more there are
 * @param foreignRows rows of these devices that are none of this record's: of epochs it does not
 *     know, or, where gateways number the readings, like none of them
 * @param regenerated how many readings of the record were made again from what decided them, and
 *     were the same; 0 if the record is all that says what they are
 * @param byNumber devices of which only the numbers are checked, as their values are not known
 * @param redeliveredRows further rows of readings that carry no numbers: as many as there were
 *     further deliveries, or nobody knows
 * @param seed of the run, null for a replay
 * @param seconds how long the check took
 */
public record Verdict(
    Sums sums,
    List<DeviceSums> devices,
    List<Problem> problems,
    long unnamedProblems,
    long foreignRows,
    long regenerated,
    List<String> byNumber,
    long redeliveredRows,
    @Nullable Long seed,
    double seconds) {
  /** The sums of one device and epoch. */
  public record DeviceSums(String device, long epoch, Sums sums) {}

  /** Copies the lists. */
  public Verdict {
    devices = List.copyOf(devices);
    problems = List.copyOf(problems);
    byNumber = List.copyOf(byNumber);
  }

  /** True if every reading is where it should be, once, as it was. */
  public boolean clean() {
    return problems.isEmpty()
        && unnamedProblems == 0
        && sums.waiting() == 0
        && sums.missing() == 0
        && sums.duplicates() == 0;
  }
}
