package io.tidemark.sim.fleet;

import io.tidemark.sim.link.Link;
import io.tidemark.sim.link.LinkListener;
import io.tidemark.sim.link.Uplink;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * A device's line to its gateways: one connection at most, made again after a pause with the next
 * gateway when it is lost, and none while power is gone. Owned by the device's loop.
 */
final class Line {
  private final String device;
  private final FleetSettings settings;
  private final Uplink uplink;
  private final Timers timers;
  private final LinkListener listener;
  private final Backoff pauses;

  private @Nullable Link link;

  /** What was the link when power went: it answers when power is back. */
  private @Nullable Link silent;

  private int gateway;
  private boolean connecting;
  private boolean off;
  private boolean closed;

  /** Which pause is waited for; an older one has lost its meaning. */
  private int waits;

  /**
   * @param number the device's, among all: decides the gateway it begins with
   * @param seed decides the pauses
   * @param listener hears of the link; what it hears first it passes on to this
   */
  Line(
      String device,
      int number,
      FleetSettings settings,
      Uplink uplink,
      Timers timers,
      long seed,
      LinkListener listener) {
    this.device = device;
    this.gateway = number % settings.gateways().size();
    this.settings = settings;
    this.uplink = uplink;
    this.timers = timers;
    this.pauses = new Backoff(settings.backoffMin(), settings.backoffMax(), seed);
    this.listener = listener;
  }

  /** The connection; null if there is none. */
  @Nullable Link link() {
    return link;
  }

  /** The gateway it is connected with, or tries. */
  URI gateway() {
    return settings.gateways().get(gateway);
  }

  /** Connects at once, unless it is connected, connecting, off or closed. */
  void connect() {
    waits++;
    if (link == null && !connecting && !off && !closed) {
      connecting = true;
      uplink.connect(gateway(), device, listener);
    }
  }

  /** Connects with the next gateway, after a pause. */
  void goOn() {
    gateway = (gateway + 1) % settings.gateways().size();
    int mine = ++waits;
    timers.later(
        pauses.nextNanos(),
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
    return true;
  }

  /** The attempt to connect came to nothing. */
  void failed() {
    connecting = false;
  }

  /** The gateway answers: the next pause is a short one. */
  void works() {
    pauses.reset();
  }

  /** There is no connection any more. */
  void drop() {
    link = null;
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
    } else if (link != null) {
      link.cut();
      silent = link;
    }
  }

  /** Connects no more. */
  void close() {
    closed = true;
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
