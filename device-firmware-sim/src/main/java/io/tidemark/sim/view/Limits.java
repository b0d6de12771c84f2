package io.tidemark.sim.view;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Notices when the load is not what was asked for, and whose limit that is: a measurement in which
 * the simulator was the bottleneck says little about a gateway. Thread-safe.
 */
public final class Limits {
  /** So much of all processors is near all of them. */
  static final double PROCESSORS_SHARE_MAX = 0.9;

  /** A source may be so late, in seconds; 1,000 readings a second then come a second late. */
  static final double BEHIND_MAX_SECONDS = 1;

  /** What passes sooner is not a limit: a start, a collection of garbage. */
  static final double PASSING_SECONDS = 3;

  /** How many stretches are kept of each kind; the last one is then drawn out. */
  static final int STRETCHES_MAX = 50;

  /** Whose limit was reached. */
  public enum Kind {
    /** The simulator's processors. */
    PROCESSOR,
    /** The simulator's source, for other reasons. */
    SOURCE,
    /** {@code --outstanding-max}, because what was sent is not acknowledged. */
    ROOM
  }

  /**
   * A limit that was reached.
   *
   * @param seconds for how long in all
   * @param worst most processors in use, or most seconds behind the plan
   * @param text what was measured, and what to do
   */
  public record Warning(Kind kind, double seconds, double worst, String text) {}

  private static final class Stretches {
    final List<double[]> all = new ArrayList<>();
    double since = -1;
    double seconds;
    double worst;
  }

  private final int processors;
  private final Map<Kind, Stretches> byKind = new EnumMap<>(Kind.class);
  private @Nullable Kind now;

  /**
   * @param processors how many there are
   */
  Limits(int processors) {
    this.processors = processors;
    for (Kind kind : Kind.values()) {
      byKind.put(kind, new Stretches());
    }
  }

  /** Looks at the latest second. */
  synchronized void look(Point point, boolean awaitsRoom) {
    boolean behind = point.behindMost() >= BEHIND_MAX_SECONDS;
    now = null;
    look(Kind.ROOM, behind && awaitsRoom, point, point.behindMost());
    look(Kind.SOURCE, behind && !awaitsRoom, point, point.behindMost());
    boolean busy = point.processors() >= PROCESSORS_SHARE_MAX * processors;
    look(Kind.PROCESSOR, busy, point, point.processors());
  }

  private void look(Kind kind, boolean reached, Point point, double measured) {
    Stretches stretches = stretches(kind);
    if (!reached) {
      stretches.since = -1;
      return;
    }
    if (stretches.since < 0) {
      stretches.since = point.from();
    }
    if (point.to() - stretches.since < PASSING_SECONDS) {
      return;
    }
    now = kind;
    extend(stretches, point.to());
    stretches.worst = Math.max(stretches.worst, measured);
  }

  private static void extend(Stretches stretches, double to) {
    List<double[]> all = stretches.all;
    double[] last = all.isEmpty() ? null : all.get(all.size() - 1);
    if (last != null && (last[0] == stretches.since || all.size() == STRETCHES_MAX)) {
      stretches.seconds += to - Math.max(last[1], stretches.since);
      last[1] = to;
    } else {
      all.add(new double[] {stretches.since, to});
      stretches.seconds += to - stretches.since;
    }
  }

  private Stretches stretches(Kind kind) {
    Stretches found = byKind.get(kind);
    if (found == null) {
      throw new IllegalStateException("every kind has been put in");
    }
    return found;
  }

  /** The limit that is reached right now, in a few words; null if none is. */
  public synchronized @Nullable String now() {
    return now == null ? null : shortText(now);
  }

  /** What was reached, over the whole time. */
  public synchronized List<Warning> warnings() {
    List<Warning> warnings = new ArrayList<>();
    byKind.forEach(
        (kind, stretches) -> {
          if (!stretches.all.isEmpty()) {
            String text = text(kind, stretches.seconds, stretches.worst);
            warnings.add(new Warning(kind, stretches.seconds, stretches.worst, text));
          }
        });
    return warnings;
  }

  /** When. */
  public synchronized List<Band> bands() {
    List<Band> bands = new ArrayList<>();
    byKind.forEach(
        (kind, stretches) ->
            stretches.all.forEach(
                at -> bands.add(new Band(Band.Kind.LIMIT, shortText(kind), at[0], at[1]))));
    return bands;
  }

  private static String shortText(Kind kind) {
    return switch (kind) {
      case PROCESSOR -> "the simulator has no processor left: it is the bottleneck";
      case SOURCE -> "the simulator is behind its plan: it is the bottleneck";
      case ROOM -> "producing waits for acknowledgements (--outstanding-max)";
    };
  }

  private String text(Kind kind, double seconds, double worst) {
    return switch (kind) {
      case PROCESSOR ->
          String.format(
              Locale.ROOT,
              "The simulator used up to %.2f of %d processors, for %.0f s: what was measured then"
                  + " is its own limit as much as the gateway's. Give it more processors or a"
                  + " machine of its own, spread the devices over several simulators, or lower"
                  + " --rate.",
              worst,
              processors,
              seconds);
      case SOURCE ->
          String.format(
              Locale.ROOT,
              "The simulator was up to %.1f s behind its plan, for %.0f s, without waiting for the"
                  + " gateway: the load was lower than asked for. Look at its processor use and at"
                  + " the disk of --record, make batches larger (--batch-size), or lower --rate.",
              worst,
              seconds);
      case ROOM ->
          String.format(
              Locale.ROOT,
              "Producing waited for %.0f s, and was up to %.1f s behind its plan, because"
                  + " --outstanding-max batches were not acknowledged: the gateway took less than"
                  + " the plan. Latency counts that wait; lower --rate to what it takes.",
              seconds,
              worst);
    };
  }
}
