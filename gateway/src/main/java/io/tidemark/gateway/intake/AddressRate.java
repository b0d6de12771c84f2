package io.tidemark.gateway.intake;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * How many messages an address may send in a second. Thread-safe; its memory is bounded, whatever
 * addresses are forged: what comes from more of them than it can tell apart counts as one.
 */
public final class AddressRate {
  private static final int ADDRESSES_MAX = 65_536;
  private static final String OTHERS = "";

  private final int perSecondMax;
  private final LongSupplier clock;
  private volatile Second second;

  private record Second(long beganNanos, ConcurrentMap<Object, AtomicInteger> counts) {
    Second(long beganNanos) {
      this(beganNanos, new ConcurrentHashMap<>());
    }

    boolean isOver(long now) {
      return now - beganNanos >= SECONDS.toNanos(1);
    }

    int count(Object address) {
      AtomicInteger count = counts.get(address);
      if (count == null) {
        Object key = counts.size() < ADDRESSES_MAX ? address : OTHERS;
        count = counts.computeIfAbsent(key, first -> new AtomicInteger());
      }
      return count.incrementAndGet();
    }
  }

  /** A limit of this many messages. */
  public AddressRate(int perSecondMax) {
    this(perSecondMax, System::nanoTime);
  }

  /** With a clock for tests, in nanoseconds. */
  AddressRate(int perSecondMax, LongSupplier clock) {
    this.perSecondMax = perSecondMax;
    this.clock = clock;
    second = new Second(clock.getAsLong());
  }

  /** What stands for an address when it is counted: of IPv6 the /64 network, as one site has it. */
  public static Object network(InetAddress address) {
    return address instanceof Inet6Address
        ? ByteBuffer.wrap(address.getAddress()).getLong()
        : address;
  }

  /** The limit. */
  public int perSecondMax() {
    return perSecondMax;
  }

  /**
   * Takes a message of an address into account, or does not.
   *
   * @param address as {@link #network} has it
   * @return 0 if it may be taken, else after how many nanoseconds it may be tried again
   */
  public long take(Object address) {
    long now = clock.getAsLong();
    Second current = second;
    if (current.isOver(now)) {
      current = next(now);
    }
    return current.count(address) <= perSecondMax
        ? 0
        : Math.max(1, current.beganNanos + SECONDS.toNanos(1) - now);
  }

  private synchronized Second next(long now) {
    if (second.isOver(now)) {
      second = new Second(now);
    }
    return second;
  }
}
