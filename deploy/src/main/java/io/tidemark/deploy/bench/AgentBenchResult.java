package io.tidemark.deploy.bench;

import java.util.List;

/**
 * What an agent took.
 *
 * @param javaVersion of the Java it ran on
 * @param sensors each with one reading a second
 * @param startSeconds from its start to the first reading in its journal, each time
 * @param startSecondsMedian of these
 * @param seconds it ran before it was looked at
 * @param journaled readings it had taken into its journal by then
 * @param residentBytes memory in RAM by then, with files that it shares with others
 * @param limitBytes what that may be
 * @param ratio of the two
 * @param met whether it is at most the limit
 * @param cpuSeconds of processor time by then, with its start
 * @param cpuShare of one processor
 */
public record AgentBenchResult(
    String javaVersion,
    int sensors,
    List<Double> startSeconds,
    double startSecondsMedian,
    double seconds,
    long journaled,
    long residentBytes,
    long limitBytes,
    double ratio,
    boolean met,
    double cpuSeconds,
    double cpuShare) {
  private static final long LIMIT_BYTES = 72_000_000;

  static AgentBenchResult of(
      List<Double> startSeconds,
      double seconds,
      long journaled,
      long residentBytes,
      double cpuSeconds) {
    return new AgentBenchResult(
        System.getProperty("java.version"),
        AgentBench.SENSORS,
        List.copyOf(startSeconds),
        Median.of(startSeconds, Double::doubleValue),
        seconds,
        journaled,
        residentBytes,
        LIMIT_BYTES,
        (double) residentBytes / LIMIT_BYTES,
        residentBytes <= LIMIT_BYTES,
        cpuSeconds,
        cpuSeconds / seconds);
  }

  /** A table. */
  public List<String> lines() {
    return List.of(
        "Java %s, %d sensors at 1 Hz, %,d readings in the journal after %.0f s"
            .formatted(javaVersion, sensors, journaled, seconds),
        "memory (RSS)                      %,.1f MB".formatted(residentBytes / 1e6),
        "memory / limit of %.0f MB          %.2f: %s"
            .formatted(limitBytes / 1e6, ratio, met ? "met" : "missed"),
        "CPU, with the start               %.1f s, %.1f %% of a processor"
            .formatted(cpuSeconds, 100 * cpuShare),
        "start to the first journalled reading, median of %d: %.1f s"
            .formatted(startSeconds.size(), startSecondsMedian));
  }
}
