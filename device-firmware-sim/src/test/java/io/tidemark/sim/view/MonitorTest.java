package io.tidemark.sim.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.tidemark.sim.fleet.FleetStats;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MonitorTest {
  private static final long SECOND = 1_000_000_000L;

  private final List<Frame> frames = new ArrayList<>();
  private final AtomicLong cpu = new AtomicLong(5 * SECOND);
  private final AtomicLong behind = new AtomicLong();

  @Test
  void whatItSeesIsShownAndRemembered() {
    Monitor monitor =
        new Monitor(
            new FleetStats(),
            new FaultLog(),
            7,
            behind::get,
            () -> cpu.getAndAdd(SECOND / 4),
            List::of,
            new Frames(frames));
    long now = System.nanoTime();
    for (int i = 1; i <= 5; i++) {
      behind.set(i > 1 ? 2 * SECOND : 0);
      monitor.look(now + i * SECOND);
    }
    monitor.look(now + 5 * SECOND); // no time has passed: nothing to see
    assertThat(frames).hasSize(5);
    assertThat(frames.get(0).devices()).isEqualTo(7);
    assertThat(frames.get(2).limit()).isNull();
    assertThat(frames.get(4).limit()).contains("behind its plan");

    History history = monitor.history();
    assertThat(history.points()).hasSize(5);
    assertThat(history.points().get(1).processors()).isBetween(0.24, 0.26);
    assertThat(history.points().get(1).behindMost()).isEqualTo(2);
    assertThat(history.cpuSeconds()).isEqualTo(1.25);
    assertThat(history.seconds()).isGreaterThanOrEqualTo(5);
    assertThat(history.warnings())
        .extracting(Limits.Warning::kind)
        .containsExactly(Limits.Kind.SOURCE);
    assertThat(history.bands()).hasSize(1);
  }

  @Test
  void faultsAreShownWhileTheyLastAndRememberedAsBands() {
    FaultLog faults = new FaultLog();
    Monitor monitor =
        new Monitor(new FleetStats(), faults, 1, () -> 0, cpu::get, List::of, new Frames(frames));
    long now = System.nanoTime();
    monitor.look(now + SECOND);
    faults.began("a", "cut", "cut");
    faults.began("b", "latency", "latency 2s");
    monitor.look(now + 2 * SECOND);
    faults.ended("a");
    faults.ended("never begun");
    faults.began("c", "cut", "cut");
    monitor.look(now + 3 * SECOND);

    assertThat(frames.get(0).faults()).isEmpty();
    assertThat(frames.get(1).faults()).containsExactly("cut", "latency 2s");
    assertThat(frames.get(1).events()).hasSize(2);
    assertThat(frames.get(1).events().get(1)).endsWith("  fault: cut begins");
    assertThat(frames.get(2).faults()).containsExactly("latency 2s", "cut");
    assertThat(frames.get(2).events())
        .extracting(event -> event.substring(10))
        .containsExactlyInAnyOrder(
            "fault: cut begins",
            "fault: cut begins",
            "fault: cut is over",
            "fault: latency 2s begins");
    History history = monitor.history();
    assertThat(history.faults()).containsExactly(Map.entry("cut", 2L), Map.entry("latency", 1L));
    assertThat(history.bands())
        .extracting(Band::kind, Band::name)
        .containsExactly(
            tuple(Band.Kind.FAULT, "fault: cut"),
            tuple(Band.Kind.FAULT, "fault: latency 2s"),
            tuple(Band.Kind.FAULT, "fault: cut"));
    assertThat(history.bands()).allMatch(band -> band.from() <= band.to() && band.to() <= 3);
  }

  @Test
  void ofVeryManyFaultsTheOldestGiveWay() {
    FaultLog faults = new FaultLog();
    for (int i = 0; i < FaultLog.KEPT_MAX + 3; i++) {
      faults.began(i, "cut", "cut " + i);
      faults.ended(i);
    }
    assertThat(faults.all()).hasSize(FaultLog.KEPT_MAX);
    assertThat(faults.all().get(0).text()).isEqualTo("cut 3");
    assertThat(faults.forgotten()).isEqualTo(3);
    assertThat(faults.times()).containsEntry("cut", FaultLog.KEPT_MAX + 3L);
    Monitor monitor =
        new Monitor(new FleetStats(), faults, 1, () -> 0, cpu::get, List::of, new Frames(frames));
    assertThat(monitor.history().bandsForgotten()).isEqualTo(3);
  }

  private record Frames(List<Frame> seen) implements Display {
    @Override
    public void show(Frame frame) {
      seen.add(frame);
    }

    @Override
    public void close() {}
  }
}
