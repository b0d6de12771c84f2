package io.tidemark.sim.view;

/**
 * What was measured in a stretch of time: a second, or several that have been merged.
 *
 * @param from seconds since the beginning
 * @param to where the next one begins
 * @param produced readings made
 * @param acknowledged readings in acknowledged batches
 * @param connectedLeast fewest devices with a connection
 * @param waitingMost most readings not acknowledged
 * @param processors how many this process kept busy
 * @param behindMost how many seconds the source was behind its plan at most
 * @param response from sending to acknowledgement
 * @param latency from when the plan wanted it sent to acknowledgement
 */
public record Point(
    double from,
    double to,
    long produced,
    long acknowledged,
    long connectedLeast,
    long waitingMost,
    double processors,
    double behindMost,
    Percentiles response,
    Percentiles latency) {

  /** How long it is, in seconds. */
  public double seconds() {
    return to - from;
  }

  /** Readings made per second. */
  public double producedRate() {
    return produced / seconds();
  }

  /** Readings acknowledged per second. */
  public double acknowledgedRate() {
    return acknowledged / seconds();
  }
}
