package io.tidemark.gateway.coap;

import io.tidemark.gateway.intake.AddressRate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.californium.core.network.Exchange;
import org.jspecify.annotations.Nullable;

/**
 * The requests that were taken and are not answered, and the late answers that are not
 * acknowledged, over all devices: as many of each as the bound says. Thread-safe.
 */
final class InFlight {
  private final int max;
  private final int perAddressMax;
  private final Map<Object, Integer> byAddress = new ConcurrentHashMap<>();
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicInteger late = new AtomicInteger();
  private final Map<Exchange, Long> sinceNanos = new ConcurrentHashMap<>();

  InFlight(int max, int perAddressMax) {
    this.max = max;
    this.perAddressMax = perAddressMax;
  }

  /** Takes a place; why there is none, for people, if there is none. */
  @Nullable String enter(Exchange exchange, long nowNanos) {
    if (!enter(count)) {
      return "%d requests wait for their commit, as many as may (tidemark.coap.in-flight-max)"
          .formatted(max);
    }
    if (byAddress.merge(address(exchange), 1, Integer::sum) > perAddressMax) {
      giveBack(exchange);
      return "%d requests of your address wait for their commit, as many as may (tidemark.coap.in-flight-per-address-max)"
          .formatted(perAddressMax);
    }
    sinceNanos.put(exchange, nowNanos);
    return null;
  }

  private void giveBack(Exchange exchange) {
    count.decrementAndGet();
    byAddress.computeIfPresent(address(exchange), (key, held) -> held == 1 ? null : held - 1);
  }

  /** Whose an exchange is, as limits of addresses count it. */
  static Object address(Exchange exchange) {
    return AddressRate.network(
        exchange.getRequest().getSourceContext().getPeerAddress().getAddress());
  }

  /** Gives the place back, if there is one. */
  void leave(Exchange exchange) {
    if (sinceNanos.remove(exchange) != null) {
      giveBack(exchange);
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
