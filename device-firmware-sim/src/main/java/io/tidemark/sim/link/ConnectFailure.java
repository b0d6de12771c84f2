package io.tidemark.sim.link;

import io.netty.util.concurrent.EventExecutor;
import java.net.URI;

/** Why there is no connection, in words that say what to do about it. */
public final class ConnectFailure {
  private ConnectFailure() {}

  /** What to tell of an attempt to reach {@code gateway} that failed with {@code cause}. */
  public static String inWords(URI gateway, Throwable cause) {
    Throwable root = cause;
    for (Throwable next = cause.getCause(); next != null; next = next.getCause()) {
      root = next;
    }
    String words = root.getMessage() == null ? root.toString() : root.getMessage();
    return "cannot connect to " + gateway + ": " + words + hint(words);
  }

  /**
   * Tells the listener on its loop. Netty says on a thread of its own that there was no socket to
   * be had.
   */
  public static void tell(EventExecutor loop, URI gateway, Throwable cause, LinkListener listener) {
    String why = inWords(gateway, cause);
    if (loop.inEventLoop()) {
      listener.lost(new Loss(why));
    } else {
      loop.execute(() -> listener.lost(new Loss(why)));
    }
  }

  private static String hint(String words) {
    if (words.contains("Too many open files")) {
      return ". Each device needs one: raise the limit (ulimit -n), or run fewer devices";
    }
    if (words.contains("Address already in use") || words.contains("assign requested address")) {
      return ". No port is free, and each device needs one: widen net.ipv4.ip_local_port_range, or run fewer devices";
    }
    return "";
  }
}
