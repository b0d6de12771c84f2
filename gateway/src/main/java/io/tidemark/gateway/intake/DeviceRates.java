package io.tidemark.gateway.intake;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.tidemark.wire.AccessList;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How much each device, and each site, may send in a second. Somebody who was quiet may be ahead by
 * a burst; what is taken as long as that is not used up may be larger than what is left of it, and
 * the rest is owed: so a batch larger than any burst is taken, too, and none is cut.
 *
 * <p>Which site a device is of, says the list from ingest; one that is of none has its own limits
 * alone. Thread-safe. Memory is bounded whatever names are invented: devices beyond those that can
 * be told apart count as one, as long as all of those are still paying.
 */
public final class DeviceRates {
  /** Devices, and sites, that are told apart; each in some 130 bytes. */
  static final int NAMES_MAX = 100_000;

  private static final long SECOND = SECONDS.toNanos(1);

  private final Limit[] ofDevices;
  private final Limit[] ofSites;
  private final long burstNanos;
  private final Supplier<Map<String, String>> sitesOf;
  private final LongSupplier clock;
  private final Accounts devices;
  private final Accounts sites;

  /** One limit, and how it is called. */
  private record Limit(Reason reason, String whose, String measure, String key, long perSecondMax) {
    Outcome.Refused refusal(String name, long waitNanos) {
      long seconds = (waitNanos + SECOND - 1) / SECOND;
      return new Outcome.Refused(
          reason,
          "%s %s may send %d %s a second (tidemark.intake.%s), and has sent more: send again in %d s"
              .formatted(whose, name, perSecondMax, measure, key, seconds),
          Duration.ofSeconds(seconds));
    }
  }

  /** Until when that is paid for which somebody has sent, of readings and of bytes. */
  private static final class Account {
    private long readingsUntil;
    private long bytesUntil;

    Account(long now) {
      readingsUntil = now;
      bytesUntil = now;
    }

    synchronized long readingsAhead(long now) {
      return readingsUntil - now;
    }

    synchronized long bytesAhead(long now) {
      return bytesUntil - now;
    }

    synchronized boolean isPaid(long now) {
      return readingsUntil - now <= 0 && bytesUntil - now <= 0;
    }

    synchronized void charge(long now, Limit[] limits, long readings, long bytes) {
      readingsUntil = later(readingsUntil, now) + readings * SECOND / limits[0].perSecondMax;
      bytesUntil = later(bytesUntil, now) + bytes * SECOND / limits[1].perSecondMax;
    }

    private static long later(long one, long other) {
      return one - other > 0 ? one : other;
    }
  }

  /**
   * Accounts by name. One that is paid says no more than none at all, and makes room for others.
   */
  private static final class Accounts {
    private final ConcurrentMap<String, Account> byName = new ConcurrentHashMap<>();
    private final int max;
    private final Account others;
    private long lookedAt;

    Accounts(int max, long now) {
      this.max = max;
      this.others = new Account(now);
      this.lookedAt = now - SECOND;
    }

    /** Null if nothing is owed under this name. */
    @Nullable Account find(String name) {
      Account account = byName.get(name);
      return account == null && byName.size() >= max ? others : account;
    }

    Account open(String name, long now) {
      Account account = byName.get(name);
      if (account != null) {
        return account;
      }
      if (byName.size() >= max) {
        dropPaid(now);
      }
      return byName.size() >= max
          ? others
          : byName.computeIfAbsent(name, first -> new Account(now));
    }

    private synchronized void dropPaid(long now) {
      if (now - lookedAt >= SECOND) {
        lookedAt = now;
        byName.values().removeIf(account -> account.isPaid(now));
      }
    }
  }

  /**
   * Counts from now on.
   *
   * @param sitesOf the {@link #sitesOf} of the newest list from ingest; asked by any thread, and
   *     answers at once
   */
  public DeviceRates(RateSettings settings, Supplier<Map<String, String>> sitesOf) {
    this(settings, sitesOf, NAMES_MAX, System::nanoTime);
  }

  /** With a clock for tests, in nanoseconds. */
  DeviceRates(
      RateSettings settings,
      Supplier<Map<String, String>> sitesOf,
      int namesMax,
      LongSupplier clock) {
    this.ofDevices =
        new Limit[] {
          new Limit(
              Reason.DEVICE_RATE,
              "device",
              "readings",
              "device-readings-per-second-max",
              settings.deviceReadingsPerSecondMax()),
          new Limit(
              Reason.DEVICE_RATE,
              "device",
              "bytes",
              "device-bytes-per-second-max",
              settings.deviceBytesPerSecondMax())
        };
    this.ofSites =
        new Limit[] {
          new Limit(
              Reason.SITE_RATE,
              "all devices of site",
              "readings",
              "site-readings-per-second-max",
              settings.siteReadingsPerSecondMax()),
          new Limit(
              Reason.SITE_RATE,
              "all devices of site",
              "bytes",
              "site-bytes-per-second-max",
              settings.siteBytesPerSecondMax())
        };
    this.burstNanos = settings.burst().toNanos();
    this.sitesOf = sitesOf;
    this.clock = clock;
    this.devices = new Accounts(namesMax, clock.getAsLong());
    this.sites = new Accounts(namesMax, clock.getAsLong());
  }

  /**
   * Why a device may send nothing now, by the limit that lasts longest; null if it may. Counts
   * nothing.
   */
  Outcome.@Nullable Refused over(String device) {
    long now = clock.getAsLong();
    String site = siteOf(device);
    Due due = due(null, device, devices.find(device), ofDevices, now);
    if (site != null) {
      due = due(due, site, sites.find(site), ofSites, now);
    }
    return due == null ? null : due.limit.refusal(due.name, due.waitNanos);
  }

  private record Due(Limit limit, String name, long waitNanos) {}

  private @Nullable Due due(
      @Nullable Due before, String name, @Nullable Account account, Limit[] limits, long now) {
    if (account == null) {
      return before;
    }
    long[] waits = {account.readingsAhead(now) - burstNanos, account.bytesAhead(now) - burstNanos};
    Due longest = before;
    for (int i = 0; i < waits.length; i++) {
      if (waits[i] > (longest == null ? 0 : longest.waitNanos)) {
        longest = new Due(limits[i], name, waits[i]);
      }
    }
    return longest;
  }

  /** Takes into account what was taken of a device. */
  void charge(String device, long readings, long bytes) {
    long now = clock.getAsLong();
    devices.open(device, now).charge(now, ofDevices, readings, bytes);
    String site = siteOf(device);
    if (site != null) {
      sites.open(site, now).charge(now, ofSites, readings, bytes);
    }
  }

  /** How many devices are told apart now. */
  int names() {
    return devices.byName.size();
  }

  /** The site of each device that is of one, as a list has it. */
  public static Map<String, String> sitesOf(AccessList list) {
    Map<String, String> sitesOf = new HashMap<>();
    list.sites().forEach(site -> site.devices().forEach(it -> sitesOf.put(it, site.name())));
    return sitesOf;
  }

  private @Nullable String siteOf(String device) {
    return sitesOf.get().get(device);
  }
}
