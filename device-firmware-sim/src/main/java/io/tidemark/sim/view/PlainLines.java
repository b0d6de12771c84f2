package io.tidemark.sim.view;

import io.tidemark.sim.fleet.FleetStats;
import java.io.PrintStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A line every few seconds, for files and pipes. */
final class PlainLines implements Display {
  private static final int FRAMES = 5;

  private final PrintStream out;
  private @Nullable Interval since;
  private int frames;
  private String lastEvent = "";
  private @Nullable String lastLimit;

  PlainLines(PrintStream out) {
    this.out = out;
  }

  @Override
  public void show(Frame frame) {
    since = since == null ? frame.latest().packed() : since.plus(frame.latest());
    frames++;
    if (frames < FRAMES) {
      return;
    }
    out.println(line(frame, since.point()));
    since = null;
    frames = 0;
    String limit = frame.limit();
    if (limit != null && !limit.equals(lastLimit)) {
      out.println("  warning: " + limit);
    }
    lastLimit = limit;
    String event = frame.events().isEmpty() ? "" : frame.events().get(0);
    if (!event.equals(lastEvent)) {
      out.println("  " + event);
      lastEvent = event;
    }
  }

  @Override
  public void close() {
    out.flush();
  }

  static String line(Frame frame, Point since) {
    FleetStats.Snapshot now = frame.now();
    Percentiles latency = since.latency().count() > 0 ? since.latency() : since.response();
    return String.format(
        Locale.ROOT,
        "%4.0f s  connected %,d/%,d  produced %,.0f/s  acknowledged %,.0f/s, %,d  in flight %,d "
            + " waiting %,d  p50 %s p99 %s ms  cpu %.2f%s%s",
        since.to(),
        now.connected(),
        frame.devices(),
        since.producedRate(),
        since.acknowledgedRate(),
        now.acknowledged(),
        now.inFlightBatches(),
        now.waiting(),
        Numbers.about(latency.p50()),
        Numbers.about(latency.p99()),
        since.processors(),
        now.refused().isEmpty() ? "" : "  refused " + now.refused(),
        frame.faults().isEmpty() ? "" : "  faults " + frame.faults());
  }
}
