package io.tidemark.ingest.intake;

import io.tidemark.ingest.ledger.Late;
import io.tidemark.ingest.ledger.LedgerChanges;
import io.tidemark.ingest.ledger.Range;
import io.tidemark.ingest.storage.Row;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds what of the rows that are stored now is late, a run of numbers at a time. On time is every
 * reading whose clock is ahead. Used by one thread, for one transaction.
 */
final class Lateness {
  private final long storedNanos;

  /** What was taken before is late. */
  private final long dueNanos;

  private final LedgerChanges changes;

  private @Nullable Row first;
  private @Nullable Row last;
  private long fromNanos;
  private long toNanos;
  private @Nullable Long receivedNanos;

  /**
   * For rows that are stored now.
   *
   * @param storedNanos now, in nanoseconds since 1970 UTC
   * @param afterNanos a reading is late if it is stored longer than this after it was taken
   * @param changes where it is noted
   */
  Lateness(long storedNanos, long afterNanos, LedgerChanges changes) {
    this.storedNanos = storedNanos;
    this.dueNanos = storedNanos - afterNanos;
    this.changes = changes;
  }

  /**
   * A row is stored. Those of an epoch should come together, ascending.
   *
   * @param parcel what it came in; null if unknown
   */
  void stored(Row row, @Nullable Parcel parcel) {
    long taken = row.reading().timeNanos();
    if (taken >= dueNanos) {
      return; // most are: this is all they cost
    }
    Long received = parcel == null ? null : parcel.receivedAtNanos;
    if (last == null || !row.follows(last) || !Objects.equals(received, receivedNanos)) {
      end();
      first = row;
      fromNanos = taken;
      toNanos = taken;
      receivedNanos = received;
    }
    last = row;
    fromNanos = Math.min(fromNanos, taken);
    toNanos = Math.max(toNanos, taken);
  }

  /** There are no more rows. */
  void end() {
    Row begin = first;
    Row end = last;
    if (begin != null && end != null) {
      changes.late(
          begin.key().device(),
          Late.of(
              begin.key().epoch(),
              new Range(begin.sequence(), end.sequence()),
              fromNanos,
              toNanos,
              storedNanos,
              receivedNanos));
    }
    first = null;
    last = null;
  }
}
