package io.tidemark.sim.view;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What was seen of a run, from beginning to end.
 *
 * @param seconds how long it took
 * @param points what was measured, in order and without gaps
 * @param bands what happened, and when
 * @param bandsForgotten how many older ones are not among them
 * @param faults how many times each kind of fault of the plan has begun
 * @param warnings limits that were reached
 * @param processors how many the simulator could use
 * @param cpuSeconds processor time it used
 */
public record History(
    Instant began,
    double seconds,
    List<Point> points,
    List<Band> bands,
    long bandsForgotten,
    SortedMap<String, Long> faults,
    List<Limits.Warning> warnings,
    int processors,
    double cpuSeconds) {
  /**
   * The part of the time from which on a fault counts as having lasted all of it: faults end with
   * the sources, and then what waits is still sent.
   */
  private static final double LASTING = 0.75;

  /** Copies the lists. */
  public History {
    points = List.copyOf(points);
    bands = List.copyOf(bands);
    faults = Collections.unmodifiableSortedMap(new TreeMap<>(faults));
    warnings = List.copyOf(warnings);
  }

  /** The bands that set a part of the time apart: not faults that lasted all of it. */
  public List<Band> shaded() {
    return bands.stream()
        .filter(b -> b.kind() != Band.Kind.FAULT || b.to() - b.from() < LASTING * seconds)
        .toList();
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
