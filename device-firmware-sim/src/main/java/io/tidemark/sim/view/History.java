package io.tidemark.sim.view;

import java.time.Instant;
import java.util.List;

/**
 * What was seen of a run, from beginning to end.
 *
 * @param seconds how long it took
 * @param points what was measured, in order and without gaps
 * @param bands what happened, and when
 * @param troublesForgotten how many older ones are not among them
 * @param warnings limits that were reached
 * @param processors how many the simulator could use
 * @param cpuSeconds processor time it used
 */
public record History(
    Instant began,
    double seconds,
    List<Point> points,
    List<Band> bands,
    long troublesForgotten,
    List<Limits.Warning> warnings,
    int processors,
    double cpuSeconds) {
  /** Copies the lists. */
  public History {
    points = List.copyOf(points);
    bands = List.copyOf(bands);
    warnings = List.copyOf(warnings);
  }

  /** Processors the simulator kept busy, on average. */
  public double meanProcessors() {
    return seconds > 0 ? cpuSeconds / seconds : 0;
  }

  /** The most it kept busy in a second (or in what has been merged to a point). */
  public double mostProcessors() {
    return points.stream().mapToDouble(Point::processors).max().orElse(0);
  }
}
