package io.tidemark.ingest.intake;

import io.tidemark.ingest.ledger.Action;
import io.tidemark.ingest.ledger.Actions;
import io.tidemark.ingest.ledger.LedgerChanges;
import io.tidemark.ingest.quarantine.Quarantine;
import io.tidemark.ingest.quarantine.Quarantined;
import io.tidemark.ingest.storage.EpochKey;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Takes items off the quarantine within a transaction: the item, its number's place in the ledger
 * and the note of who did what go together.
 */
final class Shelf {
  /** Why a number is dropped: an operator said so. */
  static final String DISCARDED = "discarded";

  /** Why a number is dropped: the quarantine had no room, and it was the oldest. */
  static final String QUARANTINE_FULL = "quarantine_full";

  private static final Logger LOG = Logger.getLogger(Shelf.class);
  private static final long WARN_INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Quarantine quarantine;
  private final Actions actions;
  private final IntakeCounters counters;
  private long quietUntil = System.nanoTime();

  Shelf(Quarantine quarantine, Actions actions, IntakeCounters counters) {
    this.quarantine = quarantine;
    this.actions = actions;
    this.counters = counters;
  }

  /**
   * At the bound the oldest go: what is wrong now matters more, and intake must not stop for it.
   */
  void makeRoom(Connection connection, LedgerChanges changes, long nowNanos) throws SQLException {
    List<Quarantined> going = quarantine.overflow(connection);
    while (!going.isEmpty()) {
      for (Quarantined item : going) {
        drop(connection, item, changes, QUARANTINE_FULL);
        note(connection, item, nowNanos, "evict", "dropped", "");
      }
      counters.evicted(going.size());
      warn(going.get(going.size() - 1).id());
      going = quarantine.overflow(connection);
    }
  }

  private void warn(long lastId) {
    if (System.nanoTime() - quietUntil < 0) {
      return;
    }
    quietUntil = System.nanoTime() + WARN_INTERVAL_NANOS;
    LOG.warnf(
        "the quarantine is full: its oldest items, up to %d, are dropped and declared; replay or discard what is in"
            + " it, or raise tidemark.quarantine.max-items and .max-bytes (said once a minute at most)",
        lastId);
  }

  void discard(
      Connection connection,
      List<Quarantined> items,
      String why,
      LedgerChanges changes,
      long nowNanos)
      throws SQLException {
    for (Quarantined item : items) {
      if (drop(connection, item, changes, DISCARDED)) {
        note(connection, item, nowNanos, "discard", "dropped", why);
      }
    }
  }

  void replayed(Connection connection, List<Quarantined> items, Set<Long> stored, long nowNanos)
      throws SQLException {
    for (Quarantined item : items) {
      boolean done = stored.contains(item.id());
      if (done) {
        quarantine.remove(connection, item);
      }
      note(connection, item, nowNanos, "replay", done ? "stored" : "refused", "");
    }
  }

  /** False if it is gone already. */
  private boolean drop(
      Connection connection, Quarantined item, LedgerChanges changes, String reason)
      throws SQLException {
    Optional<Boolean> last = quarantine.remove(connection, item);
    Long epoch = item.epoch();
    Long sequence = item.sequence();
    if (last.orElse(false) && epoch != null && sequence != null) {
      changes.discarded(new EpochKey(item.device(), epoch), sequence, reason);
    }
    return last.isPresent();
  }

  private void note(
      Connection connection,
      Quarantined item,
      long nowNanos,
      String action,
      String outcome,
      String note)
      throws SQLException {
    actions.add(
        connection,
        new Action(
            0,
            nowNanos,
            action,
            item.id(),
            item.device(),
            item.epoch(),
            item.sequence(),
            item.reason(),
            outcome,
            note));
  }
}
