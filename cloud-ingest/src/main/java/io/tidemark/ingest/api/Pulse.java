package io.tidemark.ingest.api;

import io.tidemark.ingest.api.Views.StatusView;
import io.tidemark.ingest.api.Views.SumsView;
import io.tidemark.ingest.api.Views.WillView;
import io.tidemark.ingest.ledger.DeviceSummary;
import io.tidemark.ingest.ledger.LastWill;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.StoreUnavailableException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Publishes {@code ledger} and {@code status} events, once a second while somebody listens: the
 * sums of each device about which something changed, and each device whose status became another or
 * that has left a will. Both are states, not changes, so a missed one is made up for by the next.
 */
public final class Pulse implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Pulse.class);
  private static final long PERIOD_MILLIS = 1_000;

  /** Devices looked at by one query. */
  private static final int PAGE_DEVICES = 1_000;

  /** So many that have changed are looked at one by one, more by looking at all devices. */
  private static final int SINGLE_MAX_DEVICES = 100;

  /** How often all devices are looked at, in pulses: those that fell silent changed nothing. */
  private static final int FULL_EVERY_PULSES = 15;

  private final LiveEvents events;
  private final Ledger ledger;
  private final Presence presence;
  private final Map<String, Said> said = new HashMap<>();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "tidemark-pulse");
            thread.setDaemon(true);
            return thread;
          });
  private int pulses;

  /** What was last published of a device: its status, and when its will was received, or 0. */
  private record Said(String status, long willNanos) {}

  /** Does nothing until {@link #start}. */
  public Pulse(LiveEvents events, Ledger ledger, Presence presence) {
    this.events = events;
    this.ledger = ledger;
    this.presence = presence;
  }

  /** Starts its thread. */
  public void start() {
    // Its result says nothing: a beat reports its own failures.
    var unused =
        timer.scheduleWithFixedDelay(
            this::beat, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void beat() {
    try {
      pulse();
    } catch (SqlUnavailableException | StoreUnavailableException e) {
      LOG.debug("no ledger events while SQL or store are away", e);
    } catch (RuntimeException e) {
      LOG.error("a pulse of the live stream failed; the next one is tried", e);
    }
  }

  void pulse() throws SqlUnavailableException, StoreUnavailableException {
    if (!events.hasListeners()) {
      return;
    }
    boolean full = pulses++ % FULL_EVERY_PULSES == 0;
    Set<String> changed = events.takeChanged();
    if (changed.isEmpty() && !full) {
      return;
    }
    if (!full && changed.size() <= SINGLE_MAX_DEVICES) {
      for (String name : changed) {
        DeviceSummary device = ledger.summary(name);
        if (device != null) {
          publish(device, true);
        }
      }
      return;
    }
    Set<String> seen = new HashSet<>();
    @Nullable String after = null;
    List<DeviceSummary> page;
    do {
      page = ledger.devicesAfter(after, PAGE_DEVICES);
      for (DeviceSummary device : page) {
        after = device.device();
        seen.add(after);
        publish(device, changed.contains(after));
      }
    } while (page.size() == PAGE_DEVICES);
    said.keySet().retainAll(seen);
  }

  private void publish(DeviceSummary device, boolean changed) {
    String name = device.device();
    if (changed) {
      events.publish(
          "ledger",
          name,
          Map.of(
              "device",
              name,
              "verdict",
              Views.verdict(device.sums()),
              "totals",
              SumsView.of(device.sums())));
    }
    LastWill will = device.will();
    Said now = new Said(presence.status(device), will == null ? 0 : will.receivedAtNanos());
    if (!now.equals(said.put(name, now))) {
      events.publish(
          "status",
          name,
          new StatusView(
              name, now.status(), Times.format(device.lastSeenNanos()), WillView.of(will)));
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
