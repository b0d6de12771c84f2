package io.tidemark.sim.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.sim.fleet.FleetStats;
import java.util.ArrayList;
import java.util.List;
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
            new FleetStats(), 7, behind::get, () -> cpu.getAndAdd(SECOND / 4), new Frames(frames));
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

  private record Frames(List<Frame> seen) implements Display {
    @Override
    public void show(Frame frame) {
      seen.add(frame);
    }

    @Override
    public void close() {}
  }
}
