package io.tidemark.sim.view;

import io.tidemark.sim.fleet.FleetStats;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The lines a terminal shows, for a width. */
final class Panel {
  private static final int NAME_COLUMNS = 14;

  private Panel() {}

  /** No line is longer than {@code columns}, and there are at most {@code rows}. */
  static List<String> lines(Frame frame, int columns, int rows) {
    FleetStats.Snapshot now = frame.now();
    Point latest = frame.latest().point();
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%-" + NAME_COLUMNS + "s%,d of %,d connected, %,d lost   cpu %.2f of %d",
            Numbers.clock(latest.to()),
            now.connected(),
            frame.devices(),
            now.connectionsLost(),
            latest.processors(),
            frame.processors()));
    lines.add(flow("produced", now.produced(), latest.producedRate()));
    lines.add(flow("acknowledged", now.acknowledged(), latest.acknowledgedRate()));
    lines.add(
        named(
            "waiting",
            String.format(
                Locale.ROOT,
                "%,14d   in flight %,d batches",
                now.waiting(),
                now.inFlightBatches())));
    if (!now.refused().isEmpty() || now.dropped() > 0) {
      lines.add(named("refused", now.refused() + ", dropped " + now.dropped()));
    }
    if (latest.latency().count() > 0) {
      lines.add(named("latency", latest.latency().text()));
    }
    lines.add(named("response", latest.response().text()));
    if (!frame.rogues().isEmpty()) {
      lines.add(named("rogues", RogueText.inAll(frame.rogues())));
    }
    if (frame.limit() != null) {
      lines.add("! " + frame.limit());
    }
    if (!frame.faults().isEmpty()) {
      lines.add(named("faults", String.join(", ", frame.faults())));
    }
    lines.addAll(frame.events());
    return lines.stream().limit(rows).map(line -> fit(line, columns)).toList();
  }

  private static String flow(String name, long sum, double rate) {
    return named(name, String.format(Locale.ROOT, "%,14d   %,.0f/s", sum, rate));
  }

  private static String named(String name, String text) {
    return String.format(Locale.ROOT, "%-" + NAME_COLUMNS + "s%s", name, text);
  }

  /**
   * Cut to a width, and without anything a terminal would obey: what a gateway said may be in it.
   */
  private static String fit(String line, int columns) {
    StringBuilder fitted = new StringBuilder(columns);
    int[] points = line.codePoints().toArray();
    for (int i = 0; i < Math.min(points.length, columns); i++) {
      boolean cut = i == columns - 1 && points.length > columns;
      fitted.appendCodePoint(cut ? '…' : plain(points[i]));
    }
    return fitted.toString();
  }

  /** Wide and combining characters would upset the width as control characters would the rest. */
  private static int plain(int point) {
    return (point >= 0x20 && point < 0x7f) || (point >= 0xa1 && point < 0x300) ? point : '?';
  }
}
