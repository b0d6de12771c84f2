package io.tidemark.sim.fleet;

import io.tidemark.sim.link.Link;
import io.tidemark.sim.link.LinkListener;
import io.tidemark.sim.link.Uplink;
import io.tidemark.wire.failover.Turns;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A device's line to its gateways: one connection at most, made again at once with the next gateway
 * when it is lost, after a pause when none was any good, and with the first one again after a
 * while; none while power is gone. Owned by the device's loop.
 */
final class Line {
  /** Who may be meant by a Server Reference: who speaks MQTT. */
  private static final Set<String> NAMED_SCHEMES = Set.of("tcp", "ssl");

  /** How long a connection must have gone on being of use to count as one that was good. */
  private static final long GOOD_AFTER_NANOS = 10_000_000_000L;

  private final String device;
  private final FleetSettings settings;
  private final Uplink uplink;
  private final Timers timers;
  private final LinkListener listener;
  private final Backoff pauses;

  private @Nullable Link link;

  /** What was the link when power went: it answers when power is back. */
  private @Nullable Link silent;

  private final Turns turns;
  private final Homing homing;
  private long connectedAtNanos;
  private long workedAtNanos;
  private boolean connecting;
  private boolean off;
  private boolean closed;

  /** Which pause is waited for; an older one has lost its meaning. */
  private int waits;

  /**
   * @param number the device's, among all: decides the gateway it begins with, which is its home
   * @param seed decides the pauses
   * @param listener hears of the link; what it hears first it passes on to this
   * @param homeChanged told when home is connected while the device is elsewhere, and when it is
   *     not any more
   */
  Line(
      String device,
      int number,
      FleetSettings settings,
      Uplink uplink,
      Timers timers,
      long seed,
      LinkListener listener,
      Runnable homeChanged) {
    this.device = device;
    this.turns =
        new Turns(
            settings.gateways().stream().map(Line::named).toList(),
            number % settings.gateways().size());
    this.settings = settings;
    this.uplink = uplink;
    this.timers = timers;
    this.pauses = new Backoff(settings.backoffMin(), settings.backoffMax(), seed);
    this.listener = listener;
    this.homing =
        new Homing(
            device,
            settings.gateways().get(turns.home()),
            settings,
            uplink,
            timers,
            seed ^ 0x686F6D65,
            listener,
            homeChanged);
  }

  private static String named(URI gateway) {
    return NAMED_SCHEMES.contains(gateway.getScheme()) ? gateway.getAuthority() : "";
  }

  /** The connection; null if there is none. */
  @Nullable Link link() {
    return link;
  }

  /** The gateway it is connected with, or tries. */
  URI gateway() {
    return settings.gateways().get(turns.current());
  }

  /** Which of the gateways that is, from 0. */
  int place() {
    return turns.current();
  }

  /** Connects at once, unless it is connected, connecting, off or closed. */
  void connect() {
    waits++;
    if (link == null && !connecting && !off && !closed) {
      connecting = true;
      uplink.connect(gateway(), device, settings.connectTimeout(rounds()), listener);
    }
  }

  /** How many rounds of all gateways there have been since one last worked. */
  int rounds() {
    return pauses.failures();
  }

  /**
   * Connects with the next gateway: at once, unless all have been left since one was any good.
   *
   * @param reference where to go instead, by what the gateway says; otherwise empty
   * @param notBefore how long it asks to be left alone
   */
  void goOn(String reference, Duration notBefore) {
    long pause = turns.leave(reference) ? Holding.granted(notBefore) + pauses.nextNanos() : 0;
    int mine = ++waits;
    timers.later(
        pause,
        () -> {
          if (mine == waits) {
            connect();
          }
        });
  }

  /** There is a connection. False if it came too late: then it is gone again. */
  boolean connected(Link established) {
    connecting = false;
    if (off || closed) {
      established.cut();
      established.close();
      return false;
    }
    link = established;
    connectedAtNanos = System.nanoTime();
    workedAtNanos = connectedAtNanos;
    if (!turns.isHome()) {
      homing.begin();
    }
    return true;
  }

  /** True if home is connected, and only waits to be gone over to. */
  boolean homeIsThere() {
    return homing.isThere();
  }

  /** Ends this connection's place as the line's: the one home is, and is returned. */
  @Nullable Link takeHome() {
    Link home = homing.take();
    if (home != null) {
      turns.goHome();
    }
    return home;
  }

  /** The attempt to connect came to nothing. */
  void failed() {
    connecting = false;
  }

  /** The gateway takes what it is sent, or says what it never will: the next pause is short. */
  void works() {
    pauses.reset();
    workedAtNanos = System.nanoTime();
  }

  /** There is no connection any more. */
  void drop() {
    link = null;
    homing.stop();
    if (workedAtNanos - connectedAtNanos >= GOOD_AFTER_NANOS) {
      turns.beginRound();
    }
  }

  /**
   * Power is gone: the connection falls silent, and is to be dropped. Or it is back: then that one
   * is reset, and another made at once.
   */
  void power(boolean on) {
    if (on == !off) {
      return;
    }
    off = !on;
    if (on) {
      closeSilent();
      pauses.reset();
      connect();
    } else {
      homing.stop();
      if (link != null) {
        link.cut();
        silent = link;
      }
    }
  }

  /** Connects no more. */
  void close() {
    closed = true;
    homing.stop();
    closeSilent();
  }

  private void closeSilent() {
    Link before = silent;
    silent = null;
    if (before != null) {
      before.close();
    }
  }
}
