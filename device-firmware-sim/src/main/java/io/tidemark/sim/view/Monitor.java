package io.tidemark.sim.view;

import com.sun.management.OperatingSystemMXBean;
import io.tidemark.sim.fleet.FleetStats;
import io.tidemark.sim.fleet.Troubles.Trouble;
import io.tidemark.sim.rogue.RogueSums;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Looks at the devices and at this process once a second, remembers what it saw, and shows it.
 * Looks on a thread of its own.
 */
public final class Monitor implements AutoCloseable {
  private static final int EVENTS_SHOWN_MAX = 5;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final FleetStats stats;
  private final FaultLog faults;
  private final int devices;
  private final LongSupplier behindNanos;
  private final LongSupplier cpuNanos;
  private final Supplier<List<RogueSums>> rogues;
  private final Display display;
  private final int processors = Runtime.getRuntime().availableProcessors();
  private final Timeline timeline = new Timeline();
  private final Limits limits = new Limits(processors);
  private final Instant began = Instant.now();
  private final long beganAtNanos = System.nanoTime();
  private final long cpuBeganNanos;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "monitor");
            thread.setDaemon(true);
            return thread;
          });
  private long lastNanos = beganAtNanos;
  private long lastCpuNanos;
  private long lastProduced;
  private long lastAcknowledged;

  Monitor(
      FleetStats stats,
      FaultLog faults,
      int devices,
      LongSupplier behindNanos,
      LongSupplier cpuNanos,
      Supplier<List<RogueSums>> rogues,
      Display display) {
    this.stats = stats;
    this.faults = faults;
    this.devices = devices;
    this.behindNanos = behindNanos;
    this.cpuNanos = cpuNanos;
    this.rogues = rogues;
    this.display = display;
    this.cpuBeganNanos = cpuNanos.getAsLong();
    this.lastCpuNanos = cpuBeganNanos;
  }

  /**
   * Begins.
   *
   * @param faults those of the plan, as they happen
   * @param behindNanos how far the source is behind its plan
   * @param rogues what misbehaving devices came to until now
   * @param out where to show it: lines that are drawn over on a terminal, else a line every five
   *     seconds
   */
  public static Monitor start(
      FleetStats stats,
      FaultLog faults,
      int devices,
      LongSupplier behindNanos,
      Supplier<List<RogueSums>> rogues,
      PrintStream out,
      boolean terminal) {
    Display display = terminal ? new TerminalScreen(out, TerminalSize::ask) : new PlainLines(out);
    Monitor monitor =
        new Monitor(stats, faults, devices, behindNanos, Monitor::ownCpuNanos, rogues, display);
    monitor.timer.scheduleAtFixedRate(monitor::look, 1, 1, TimeUnit.SECONDS);
    return monitor;
  }

  /** Looks a last time, and leaves the terminal as it was. */
  @Override
  public void close() {
    timer.shutdown();
    try {
      // A look is short; one that is stuck in a terminal that takes no more is not waited for.
      timer.awaitTermination(2, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    look();
    display.close();
  }

  /** What was seen until now. */
  public synchronized History history() {
    List<Band> bands = new ArrayList<>(limits.bands());
    for (FaultLog.Happened fault : faults.all()) {
      double from = seconds(fault.fromNanos());
      double to = Math.max(from, Math.min(seconds(fault.toNanos()), seconds(lastNanos)));
      bands.add(new Band(Band.Kind.FAULT, "fault: " + fault.text(), from, to));
    }
    for (Trouble trouble : stats.troubles().all()) {
      bands.add(
          new Band(
              Band.Kind.TROUBLE,
              inWords(trouble),
              seconds(trouble.firstNanos()),
              seconds(trouble.lastNanos())));
    }
    return new History(
        began,
        (lastNanos - beganAtNanos) / 1e9,
        timeline.points(),
        bands,
        stats.troubles().forgotten() + faults.forgotten(),
        faults.times(),
        limits.warnings(),
        processors,
        (lastCpuNanos - cpuBeganNanos) / 1e9);
  }

  private void look() {
    look(System.nanoTime());
  }

  synchronized void look(long nanos) {
    FleetStats.Snapshot now = stats.snapshot();
    long cpu = cpuNanos.getAsLong();
    if (nanos <= lastNanos) {
      return;
    }
    Interval latest =
        new Interval(
            seconds(lastNanos),
            seconds(nanos),
            now.produced() - lastProduced,
            now.acknowledged() - lastAcknowledged,
            now.connected(),
            now.waiting(),
            (cpu - lastCpuNanos) / 1e9,
            behindNanos.getAsLong() / 1e9,
            now.response(),
            now.latency());
    lastNanos = nanos;
    lastCpuNanos = cpu;
    lastProduced = now.produced();
    lastAcknowledged = now.acknowledged();
    timeline.add(latest);
    limits.look(latest.point(), now.awaitsRoom());
    display.show(
        new Frame(
            devices,
            processors,
            now,
            latest,
            rogues.get(),
            limits.now(),
            faults.now(),
            lastEvents()));
  }

  /** What is told of at a moment. */
  private record Event(long nanos, String text) {}

  private List<String> lastEvents() {
    List<Event> events = new ArrayList<>();
    stats.troubles().all().forEach(t -> events.add(new Event(t.firstNanos(), inWords(t))));
    for (FaultLog.Happened fault : faults.all()) {
      events.add(new Event(fault.fromNanos(), "fault: " + fault.text() + " begins"));
      if (fault.isOver()) {
        events.add(new Event(fault.toNanos(), "fault: " + fault.text() + " is over"));
      }
    }
    events.sort((a, b) -> Long.compare(b.nanos() - a.nanos(), 0));
    return events.stream()
        .limit(EVENTS_SHOWN_MAX)
        .map(
            event -> {
              long millis = (event.nanos() - beganAtNanos) / 1_000_000;
              return TIME.format(began.plusMillis(millis)) + "  " + event.text();
            })
        .toList();
  }

  private static String inWords(Trouble trouble) {
    String who =
        trouble.times() == 1
            ? trouble.device()
            : "%,d times, first %s".formatted(trouble.times(), trouble.device());
    return who + ": " + trouble.what();
  }

  private double seconds(long nanos) {
    return Math.max(0, (nanos - beganAtNanos) / 1e9);
  }

  private static long ownCpuNanos() {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return Math.max(0, system.getProcessCpuTime());
  }
}
