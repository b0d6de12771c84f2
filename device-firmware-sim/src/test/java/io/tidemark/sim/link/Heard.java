package io.tidemark.sim.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/** Remembers what a link says, one thing after another. */
@NullUnmarked
public final class Heard implements LinkListener {
  /** Something a link said. */
  public sealed interface Event {
    record Connected(Link link) implements Event {}

    record Settled(int id, Outcome outcome) implements Event {}

    record Lost(Loss loss) implements Event {
      public String why() {
        return loss.why();
      }

      public @Nullable Outcome blame() {
        return loss.blame();
      }
    }
  }

  private static final int PATIENCE_SECONDS = 60;

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final AtomicInteger advances = new AtomicInteger();

  @Override
  public void connected(Link link) {
    events.add(new Event.Connected(link));
  }

  @Override
  public void settled(int id, Outcome outcome) {
    events.add(new Event.Settled(id, outcome));
  }

  @Override
  public void advanced() {
    advances.incrementAndGet();
  }

  @Override
  public void lost(Loss loss) {
    events.add(new Event.Lost(loss));
  }

  /** The next thing that is said, which must be of this type. */
  public <E extends Event> E next(Class<E> type) throws InterruptedException {
    Event event = events.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(event).isInstanceOf(type);
    return type.cast(event);
  }

  /** What has been said and not been asked for. */
  public int unasked() {
    return events.size();
  }

  public int advances() {
    return advances.get();
  }
}
