package io.tidemark.agent.service;

import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feeds the service manager's watchdog while the agent does what it is for. Patience is half of
 * what the service manager has; progress is made while both are true:
 *
 * <ul>
 *   <li>at least one sensor is attended to: its attempt under way, or the one that is due, is not
 *       older than patience. A sensor that hangs while others go on is that sensor's failure; one
 *       that fails is attended to.
 *   <li>what was read is committed: the oldest reading in memory has not waited for longer than the
 *       commit interval and patience. That no gateway can be reached is no standstill: readings
 *       wait in the journal.
 * </ul>
 *
 * <p>So the agent is ended, at the latest, one and three quarters of the service manager's time
 * after the last progress. Used by one thread.
 */
public final class Watchdog {
  private static final int LOOKS_PER_INTERVAL = 4;
  private static final Logger log = LoggerFactory.getLogger(Watchdog.class);

  private final ServiceManager manager;
  private final Predicate<Duration> sampling;
  private final Supplier<Duration> uncommitted;
  private final Duration commitInterval;
  private volatile String standstill = "";

  /**
   * Feeds nothing yet.
   *
   * @param sampling whether some sensor is attended to, given how late that may be
   * @param uncommitted how long the oldest reading in memory has waited
   * @param commitInterval how long it may, while all is well
   */
  public Watchdog(
      ServiceManager manager,
      Predicate<Duration> sampling,
      Supplier<Duration> uncommitted,
      Duration commitInterval) {
    this.manager = manager;
    this.sampling = sampling;
    this.uncommitted = uncommitted;
    this.commitInterval = commitInterval;
  }

  /** How often to {@link #look}; zero if nobody watches. */
  public Duration pause() {
    return manager.watchdog().dividedBy(LOOKS_PER_INTERVAL);
  }

  /** Why it is not fed; empty if it is. May be called by any thread. */
  public String standstill() {
    return standstill;
  }

  /** Feeds it, or says why not. */
  public void look() {
    Duration patience = manager.watchdog().dividedBy(2);
    String before = standstill;
    standstill = reason(patience);
    if (standstill.isEmpty()) {
      manager.feed();
      if (!before.isEmpty()) {
        log.info("There is progress again");
      }
    } else if (before.isEmpty()) {
      log.error(
          "No progress: {}. If that lasts, systemd ends the agent and starts it again, and a container is unhealthy",
          standstill);
    }
    if (!before.equals(standstill)) {
      manager.status(standstill.isEmpty() ? "Sampling" : "No progress: " + standstill);
    }
  }

  private String reason(Duration patience) {
    if (!sampling.test(patience)) {
      return "no sensor has been attended to for " + patience.toSeconds() + " s";
    }
    Duration waited = uncommitted.get();
    return waited.compareTo(commitInterval.plus(patience)) > 0
        ? "the journal has committed nothing for %d s".formatted(patience.toSeconds())
        : "";
  }
}
