package io.tidemark.sim.fleet;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What devices have complained of, the latest {@value #KEPT_MAX} kinds of it. What several devices
 * complain of in the same words, or one does again within {@value #QUIET_SECONDS} seconds, is one
 * trouble with a number. Thread-safe.
 */
public final class Troubles {
  /** How many are kept; the oldest give way. */
  static final int KEPT_MAX = 200;

  private static final int WORDS_MAX = 200;
  private static final long QUIET_SECONDS = 10;

  /**
   * A trouble.
   *
   * @param firstNanos when it was first said, by {@link System#nanoTime}
   * @param lastNanos when it was last said
   * @param times how often
   * @param device who said it first
   * @param what in words; may hold what a gateway said
   */
  public record Trouble(long firstNanos, long lastNanos, long times, String device, String what) {
    private Trouble again(long nanos) {
      return new Trouble(firstNanos, nanos, times + 1, device, what);
    }
  }

  /** By its words; those said last at the end. */
  private final LinkedHashMap<String, Trouble> latest = new LinkedHashMap<>(16, 0.75f, true);

  /** Those whose words have come again later. */
  private final ArrayDeque<Trouble> past = new ArrayDeque<>();

  private long forgotten;

  synchronized void add(long nanos, String device, String what) {
    String words = what.length() > WORDS_MAX ? what.substring(0, WORDS_MAX) + "..." : what;
    Trouble before = latest.get(words);
    if (before != null && nanos - before.lastNanos() <= QUIET_SECONDS * 1_000_000_000L) {
      latest.put(words, before.again(nanos));
      return;
    }
    if (before != null) {
      latest.remove(words);
      past.addLast(before);
    }
    latest.put(words, new Trouble(nanos, nanos, 1, device, words));
    if (past.size() + latest.size() > KEPT_MAX) {
      forgetOne();
    }
  }

  /** Those that are kept, in the order in which they began. */
  public synchronized List<Trouble> all() {
    List<Trouble> all = new ArrayList<>(past);
    all.addAll(latest.values());
    all.sort((a, b) -> Long.compare(a.firstNanos() - b.firstNanos(), 0));
    return all;
  }

  /** How many older ones have given way. */
  public synchronized long forgotten() {
    return forgotten;
  }

  /** What was said last the longest ago. */
  private void forgetOne() {
    forgotten++;
    Map.Entry<String, Trouble> eldest = latest.entrySet().iterator().next();
    Trouble elder = past.peekFirst();
    if (elder != null && elder.lastNanos() - eldest.getValue().lastNanos() <= 0) {
      past.removeFirst();
    } else {
      latest.remove(eldest.getKey());
    }
  }
}
