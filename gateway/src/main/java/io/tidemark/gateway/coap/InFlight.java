package io.tidemark.gateway.coap;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.californium.core.network.Exchange;

/**
 * The requests that were taken and are not answered, and the late answers that are not
 * acknowledged, over all devices: as many of each as the bound says. Thread-safe.
 */
final class InFlight {
  private final int max;
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicInteger late = new AtomicInteger();
  private final Map<Exchange, Long> sinceNanos = new ConcurrentHashMap<>();

  InFlight(int max) {
    this.max = max;
  }

  /** Takes a place; false if there is none. */
  boolean enter(Exchange exchange, long nowNanos) {
    if (!enter(count)) {
      return false;
    }
    sinceNanos.put(exchange, nowNanos);
    return true;
  }

  /** Gives the place back, if there is one. */
  void leave(Exchange exchange) {
    if (sinceNanos.remove(exchange) != null) {
      count.decrementAndGet();
    }
  }

  /** Takes a place for an answer that is to be acknowledged; false if there is none. */
  boolean enterLate() {
    return enter(late);
  }

  void leaveLate() {
    late.decrementAndGet();
  }

  private boolean enter(AtomicInteger counted) {
    if (counted.incrementAndGet() <= max) {
      return true;
    }
    counted.decrementAndGet();
    return false;
  }

  boolean contains(Exchange exchange) {
    return sinceNanos.containsKey(exchange);
  }

  int count() {
    return count.get();
  }

  int late() {
    return late.get();
  }

  int max() {
    return max;
  }

  /** Those that have waited at least this long. */
  List<Exchange> waiting(long nowNanos, long leastNanos) {
    List<Exchange> found = new ArrayList<>();
    sinceNanos.forEach(
        (exchange, since) -> {
          if (nowNanos - since >= leastNanos) {
            found.add(exchange);
          }
        });
    return found;
  }
}
