package io.tidemark.sim.view;

import io.tidemark.sim.fleet.FleetStats;
import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Says where the devices are: one line that is written over each second on a terminal, a plain line
 * every five seconds where the output is not one. Writes on a thread of its own.
 */
public final class LiveLine implements AutoCloseable {
  private static final int TERMINAL_SECONDS = 1;
  private static final int PLAIN_SECONDS = 5;

  private final FleetStats stats;
  private final int devices;
  private final PrintStream out;
  private final boolean terminal;
  private final long beganAtNanos = System.nanoTime();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "live-line");
            thread.setDaemon(true);
            return thread;
          });
  private long lastProduced;
  private long lastNanos = beganAtNanos;
  private String lastTrouble = "";

  private LiveLine(FleetStats stats, int devices, PrintStream out, boolean terminal) {
    this.stats = stats;
    this.devices = devices;
    this.out = out;
    this.terminal = terminal;
  }

  /** Begins writing to {@code out}. */
  public static LiveLine start(FleetStats stats, int devices, PrintStream out, boolean terminal) {
    LiveLine line = new LiveLine(stats, devices, out, terminal);
    int seconds = terminal ? TERMINAL_SECONDS : PLAIN_SECONDS;
    line.timer.scheduleAtFixedRate(line::show, seconds, seconds, TimeUnit.SECONDS);
    return line;
  }

  /** Stops, and ends the line. */
  @Override
  public void close() {
    timer.shutdownNow();
    if (terminal) {
      out.println();
    }
  }

  private void show() {
    FleetStats.Snapshot now = stats.snapshot();
    long nanos = System.nanoTime();
    double rate = (now.produced() - lastProduced) / ((nanos - lastNanos) / 1e9);
    lastProduced = now.produced();
    lastNanos = nanos;
    String line = text((nanos - beganAtNanos) / 1_000_000_000L, devices, rate, now);
    if (terminal) {
      out.print("\r" + line + "\u001b[K");
      out.flush();
    } else {
      out.println(line);
    }
    if (!now.lastTrouble().equals(lastTrouble)) {
      lastTrouble = now.lastTrouble();
      out.println((terminal ? "\n" : "") + "  " + lastTrouble);
    }
  }

  static String text(long seconds, int devices, double rate, FleetStats.Snapshot now) {
    String refused = now.refused().isEmpty() ? "" : "  refused " + now.refused();
    return String.format(
        Locale.ROOT,
        "%4d s  connected %,d/%,d  produced %,.0f/s  acknowledged %,d  in flight %,d  waiting %,d"
            + "  ack p50 %.1f ms p99 %.1f ms%s",
        seconds,
        now.connected(),
        devices,
        rate,
        now.acknowledged(),
        now.inFlightBatches(),
        now.waiting(),
        now.latencyP50Micros() / 1e3,
        now.latencyP99Micros() / 1e3,
        refused);
  }
}
