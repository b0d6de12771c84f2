package io.tidemark.sim.view;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which faults of the plan have been in force and when, the latest {@value #KEPT_MAX} of them.
 * Whoever makes them says so; who looks is told. Thread-safe.
 */
public final class FaultLog {
  /** How many that are over are kept; the oldest give way. */
  static final int KEPT_MAX = 500;

  /**
   * A fault.
   *
   * @param name what kind it is, a word
   * @param text the same with what it has of numbers, e.g. {@code latency 2s}
   * @param fromNanos when it began, by {@link System#nanoTime}
   * @param toNanos when it was over, or how late it is now; never before {@code fromNanos}
   */
  record Happened(String name, String text, long fromNanos, long toNanos, boolean isOver) {}

  private final Map<Object, Happened> inForce = new LinkedHashMap<>();
  private final ArrayDeque<Happened> over = new ArrayDeque<>();
  private final SortedMap<String, Long> times = new TreeMap<>();
  private long forgotten;

  /**
   * A fault is in force from now on.
   *
   * @param key names it to {@link #ended}, by {@link Object#equals}
   */
  public synchronized void began(Object key, String name, String text) {
    long now = System.nanoTime();
    inForce.put(key, new Happened(name, text, now, now, false));
    times.merge(name, 1L, Long::sum);
  }

  /** It is over. */
  public synchronized void ended(Object key) {
    Happened fault = inForce.remove(key);
    if (fault == null) {
      return;
    }
    over.addLast(
        new Happened(fault.name(), fault.text(), fault.fromNanos(), System.nanoTime(), true));
    if (over.size() > KEPT_MAX) {
      over.removeFirst();
      forgotten++;
    }
  }

  /** What is in force now, in the order in which it began. */
  public synchronized List<String> now() {
    return inForce.values().stream().map(Happened::text).toList();
  }

  /** How many times each kind has begun. */
  public synchronized SortedMap<String, Long> times() {
    return new TreeMap<>(times);
  }

  /** How many older ones have given way. */
  synchronized long forgotten() {
    return forgotten;
  }

  /** Those that are kept, in the order in which they were over; at the end those in force. */
  synchronized List<Happened> all() {
    long now = System.nanoTime();
    List<Happened> all = new ArrayList<>(over);
    inForce
        .values()
        .forEach(f -> all.add(new Happened(f.name(), f.text(), f.fromNanos(), now, false)));
    return all;
  }
}
