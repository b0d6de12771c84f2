package io.tidemark.sim.rogue;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The rogues of a run, on loops of their own, so that the good devices' are left alone. Memory and
 * sockets are bounded by the settings. Thread-safe.
 */
public final class Rogues implements AutoCloseable {
  private static final int LOOPS = 2;

  private final RogueSettings settings;
  private final @Nullable EventLoopGroup loops;
  private final Map<RogueKind, Tally> tallies = new EnumMap<>(RogueKind.class);
  private final List<Runnable> starts = new ArrayList<>();
  private final List<Runnable> stops = new ArrayList<>();
  private final List<Runnable> ends = new ArrayList<>();

  /** Makes them; nothing happens yet. */
  public Rogues(RogueSettings settings) {
    this.settings = settings;
    EventLoopGroup made =
        settings.groups().isEmpty()
            ? null
            : new NioEventLoopGroup(LOOPS, new DefaultThreadFactory("rogues", true));
    loops = made;
    if (made != null) {
      make(made);
    }
  }

  private void make(EventLoopGroup loops) {
    AtomicInteger socketsLeft = new AtomicInteger(settings.socketsMax());
    Map<RogueKind, Integer> made = new EnumMap<>(RogueKind.class);
    int number = 0;
    for (RogueGroup group : settings.groups()) {
      Tally tally = tallies.computeIfAbsent(group.kind(), Tally::new);
      tally.add(group.count());
      for (int i = 0; i < group.count(); i++) {
        String name = name(group.kind(), made.merge(group.kind(), 1, Integer::sum));
        EventLoop loop = loops.next();
        Rogue rogue = new Rogue(group.kind(), number++, name, settings, loop, tally, socketsLeft);
        starts.add(() -> loop.execute(() -> rogue.start(group.every())));
        stops.add(() -> loop.submit(rogue::stop).awaitUninterruptibly());
        ends.add(() -> loop.submit(rogue::end).awaitUninterruptibly());
      }
    }
  }

  /** {@code rogue-flood-001}; good devices' names end with five digits, so none is another's. */
  private String name(RogueKind kind, int number) {
    return settings.prefix() + String.format(Locale.ROOT, "rogue-%s-%03d", kind.id(), number);
  }

  /** Lets them act, until {@link #close}. */
  public void start() {
    starts.forEach(Runnable::run);
  }

  /** What they came to until now, kinds in a fixed order; empty if there are none. */
  public List<RogueSums> sums() {
    return Stream.of(RogueKind.values())
        .filter(tallies::containsKey)
        .map(tallies::get)
        .map(Tally::sums)
        .toList();
  }

  /** Ends everything; the sums do not change any more. Nothing if that is done. */
  @Override
  public void close() {
    if (loops == null || loops.isShuttingDown()) {
      return;
    }
    stops.forEach(Runnable::run); // first, so that none acts with what another leaves
    ends.forEach(Runnable::run);
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
