package io.tidemark.sim.fleet;

import io.tidemark.sim.link.Link;
import io.tidemark.sim.link.LinkListener;
import io.tidemark.sim.link.Loss;
import io.tidemark.sim.link.Outcome;
import io.tidemark.sim.link.Uplink;
import java.net.URI;
import java.time.Duration;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A device's way home from another gateway, beside the connection it has there: after a while, and
 * up to as long again at random, so that a fleet does not come home at one moment; if home cannot
 * be had, again after as long. Owned by the device's loop.
 */
final class Homing {
  private final String device;
  private final URI home;
  private final FleetSettings settings;
  private final Uplink uplink;
  private final Timers timers;
  private final SplittableRandom random;
  private final LinkListener listener;
  private final Runnable changed;

  private @Nullable Attempt attempt;

  /** Which wait is waited for; an older one has lost its meaning. */
  private int waits;

  /**
   * @param listener hears of the connection home once it is taken
   * @param changed told when there is a connection home, and when there is none any more before it
   *     was taken
   */
  Homing(
      String device,
      URI home,
      FleetSettings settings,
      Uplink uplink,
      Timers timers,
      long seed,
      LinkListener listener,
      Runnable changed) {
    this.device = device;
    this.home = home;
    this.settings = settings;
    this.uplink = uplink;
    this.timers = timers;
    this.random = new SplittableRandom(seed);
    this.listener = listener;
    this.changed = changed;
  }

  /** The device is away from home. */
  void begin() {
    stop();
    int mine = waits;
    long least = settings.homeAfter().toNanos();
    timers.later(
        least + random.nextLong(least + 1),
        () -> {
          if (mine == waits) {
            attempt = new Attempt();
            Duration unhurried = settings.connectTimeout(Integer.MAX_VALUE);
            uplink.connect(home, device, unhurried, attempt);
          }
        });
  }

  /** It is not going home any more. */
  void stop() {
    waits++;
    if (attempt != null) {
      attempt.abandon();
      attempt = null;
    }
  }

  /** True if there is a connection home. */
  boolean isThere() {
    return attempt != null && attempt.link != null;
  }

  /** The connection home, which is the device's from now on; null if there is none. */
  @Nullable Link take() {
    if (attempt == null || attempt.link == null) {
      return null;
    }
    Link taken = attempt.link;
    attempt.taken = true;
    attempt = null;
    return taken;
  }

  /** One attempt, and what becomes of the connection. */
  private final class Attempt implements LinkListener {
    private @Nullable Link link;
    private boolean taken;
    private boolean abandoned;

    void abandon() {
      abandoned = true;
      if (link != null) {
        link.close();
      }
    }

    @Override
    public void connected(Link established) {
      if (abandoned) {
        established.close();
        return;
      }
      link = established;
      changed.run();
    }

    @Override
    public void settled(int id, Outcome outcome) {
      listener.settled(id, outcome);
    }

    @Override
    public void advanced() {
      listener.advanced();
    }

    @Override
    public void lost(Loss loss) {
      if (taken) {
        listener.lost(loss);
      } else if (!abandoned) {
        begin(); // another wait
        changed.run();
      }
    }
  }
}
