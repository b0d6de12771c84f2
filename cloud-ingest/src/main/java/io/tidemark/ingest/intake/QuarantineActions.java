package io.tidemark.ingest.intake;

import io.tidemark.ingest.audit.Actor;
import io.tidemark.ingest.audit.Audit;
import io.tidemark.ingest.audit.What;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.quarantine.Quarantine;
import io.tidemark.ingest.quarantine.Quarantined;
import io.tidemark.ingest.quarantine.Selection;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.NumberQuery;
import io.tidemark.ingest.storage.Row;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.WireFormatException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an operator does with the quarantine. To replay is to deliver the same bytes again, by
 * today's rules; what is a row then leaves the quarantine. To discard is to give readings up, with
 * a reason: their numbers are dropped then.
 *
 * <p>Thread-safe: one action at a time, and none beside a write.
 */
public final class QuarantineActions {
  /** Most items of one call. */
  public static final int ITEMS_MAX = 1_000;

  private static final long BYTES_MAX = 8L << 20;

  private final Quarantine quarantine;
  private final Ledger ledger;
  private final TimeSeriesStore store;
  private final Writer writer;
  private final Audit audit;
  private final Actor actor;

  QuarantineActions(
      Quarantine quarantine,
      Ledger ledger,
      TimeSeriesStore store,
      Writer writer,
      Audit audit,
      Actor actor) {
    this.quarantine = quarantine;
    this.ledger = ledger;
    this.store = store;
    this.writer = writer;
    this.audit = audit;
    this.actor = actor;
  }

  /** The same, done by somebody: so the audit has it. */
  public QuarantineActions by(Actor somebody) {
    return new QuarantineActions(quarantine, ledger, store, writer, audit, somebody);
  }

  /** What came of an item: {@code stored}, {@code refused} with its present reason, or dropped. */
  public record Outcome(Quarantined item, boolean gone) {}

  /** Which items: one, or some of a reason. */
  private interface Choice {
    List<Quarantined> items() throws SqlUnavailableException;
  }

  /** Replays one item; empty if there is none of this id. */
  public Optional<Outcome> replay(long id)
      throws SqlUnavailableException, StoreUnavailableException {
    return replay("item " + id, () -> quarantine.find(id).stream().toList()).stream().findFirst();
  }

  /**
   * Replays selected items, oldest first.
   *
   * @return what came of each; empty if there are no more
   */
  public List<Outcome> replay(Selection selection, int limit)
      throws SqlUnavailableException, StoreUnavailableException {
    return replay(subject(selection), () -> quarantine.oldest(selection, limit, BYTES_MAX));
  }

  private List<Outcome> replay(String subject, Choice choice)
      throws SqlUnavailableException, StoreUnavailableException {
    ledger.writing().lock();
    try {
      List<Quarantined> items = choice.items();
      Map<ByteBuffer, Parcel> parcels = new LinkedHashMap<>();
      for (Quarantined item : items) {
        Parcel parcel = open(item);
        if (parcel.batch != null) {
          merge(parcels.putIfAbsent(ByteBuffer.wrap(item.payload()), parcel), parcel);
        }
      }
      if (!parcels.isEmpty()) {
        writer.write(new Chunk(List.copyOf(parcels.values()), List.of(), List.of(), List.of()));
      }
      Set<Long> stored = new HashSet<>();
      for (Quarantined item : items) {
        if (isRow(item)) {
          stored.add(item.id());
        }
      }
      writer.replayed(
          items,
          stored,
          connection ->
              record(
                  connection,
                  What.REPLAY,
                  subject,
                  items,
                  Map.of("items", items.size(), "stored", stored.size())));
      List<Outcome> outcomes = new ArrayList<>();
      for (Quarantined item : items) {
        Quarantined now = quarantine.find(item.id()).orElse(item);
        outcomes.add(new Outcome(now, stored.contains(item.id())));
      }
      return outcomes;
    } finally {
      ledger.writing().unlock();
    }
  }

  private static Parcel open(Quarantined item) {
    Parcel parcel = Parcels.open(item.device(), item.payload(), item.receivedAtNanos(), 0);
    Long sequence = item.sequence();
    if (sequence != null) {
      parcel.replayed = new HashSet<>(Set.of(sequence));
    }
    return parcel;
  }

  /** Several readings of one payload are replayed together, and no others of it. */
  private static void merge(@Nullable Parcel first, Parcel again) {
    if (first != null && first.replayed != null && again.replayed != null) {
      first.replayed.addAll(again.replayed);
    }
  }

  /** The batch an item came in, whoever it says it is of; empty if its payload is none. */
  public static Optional<Batch> batch(Quarantined item) {
    try {
      return Optional.of(BatchCodec.decode(item.payload()));
    } catch (WireFormatException e) {
      return Optional.empty();
    }
  }

  /** The reading of an item, if its payload is a batch that has it. */
  public static Optional<Reading> reading(Quarantined item) {
    Batch batch = batch(item).orElse(null);
    Long sequence = item.sequence();
    if (batch == null || sequence == null) {
      return Optional.empty();
    }
    long index = sequence - batch.header().firstSequence();
    return index < 0 || index >= batch.readings().size()
        ? Optional.empty()
        : Optional.of(batch.readings().get((int) index));
  }

  /**
   * True if its reading is a row with the same contents; for a whole payload, if it is a batch that
   * was taken: its readings are rows then, or items of their own.
   */
  private boolean isRow(Quarantined item)
      throws SqlUnavailableException, StoreUnavailableException {
    Long epoch = item.epoch();
    Long sequence = item.sequence();
    if (epoch == null || sequence == null) {
      return isTaken(open(item));
    }
    Optional<Reading> reading = reading(item);
    if (reading.isEmpty()) {
      return false;
    }
    long time = reading.get().timeNanos();
    for (Row row :
        store.numbers(
            new NumberQuery(new EpochKey(item.device(), epoch), sequence, sequence, time, time))) {
      if (row.reading().equals(reading.get())) {
        return true;
      }
    }
    return false;
  }

  /** False for what is no batch of its device, or whose numbers were not believed again. */
  private boolean isTaken(Parcel parcel) throws SqlUnavailableException {
    Batch batch = parcel.batch;
    if (batch == null || !batch.header().foreign()) {
      return batch != null;
    }
    EpochKey epoch = Classifier.key(batch);
    return ledger.produced(Set.of(epoch)).getOrDefault(epoch, 0L) >= batch.header().nextSequence();
  }

  /** Discards one item; empty if there is none of this id. */
  public Optional<Outcome> discard(long id, String note) throws SqlUnavailableException {
    return discard("item " + id, () -> quarantine.find(id).stream().toList(), note).stream()
        .findFirst();
  }

  /** Discards selected items, oldest first; empty if there are no more. */
  public List<Outcome> discard(Selection selection, int limit, String note)
      throws SqlUnavailableException {
    return discard(subject(selection), () -> quarantine.oldest(selection, limit, BYTES_MAX), note);
  }

  private List<Outcome> discard(String subject, Choice choice, String note)
      throws SqlUnavailableException {
    ledger.writing().lock();
    try {
      List<Quarantined> items = choice.items();
      writer.discard(
          items,
          note,
          connection ->
              record(
                  connection,
                  What.DISCARD,
                  subject,
                  items,
                  Map.of("items", items.size(), "reason", note)));
      return items.stream().map(item -> new Outcome(item, true)).toList();
    } finally {
      ledger.writing().unlock();
    }
  }

  private static String subject(Selection selection) {
    return selection.device() == null
        ? selection.reason().code()
        : selection.reason().code() + " of " + selection.device();
  }

  /** False if nothing was done: then there is nothing to tell. */
  private boolean record(
      Connection connection, What what, String subject, List<Quarantined> items, Object said)
      throws SQLException {
    if (!items.isEmpty()) {
      audit.add(connection, actor, what, subject, null, said);
    }
    return !items.isEmpty();
  }
}
