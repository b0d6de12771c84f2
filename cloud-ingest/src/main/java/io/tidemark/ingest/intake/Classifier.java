package io.tidemark.ingest.intake;

import io.tidemark.ingest.ledger.Interval;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.ledger.State;
import io.tidemark.ingest.quarantine.Reason;
import io.tidemark.ingest.quarantine.Suspect;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.NumberQuery;
import io.tidemark.ingest.storage.Row;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchHeader;
import io.tidemark.wire.Reading;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Sorts a chunk's readings by what has to happen to them: a new number becomes a row; one that is a
 * row with the same contents is a redelivery; one that is a row with other contents, or breaks a
 * rule, goes to the quarantine. What comes twice within the chunk is treated as if the first had
 * been stored before.
 */
final class Classifier {
  /** Stored numbers so near to each other are looked up by one query. */
  private static final long LOOKUP_MAX_GAP = 1_000;

  /** How far beyond the highest number of its epoch one written by hand is believed. */
  static final long FOREIGN_JUMP_MAX = 1_000_000;

  private final Ledger ledger;
  private final TimeSeriesStore store;

  Classifier(Ledger ledger, TimeSeriesStore store) {
    this.ledger = ledger;
    this.store = store;
  }

  /** A reading and where it came from. */
  record Candidate(Row row, Parcel parcel) {}

  /** What came of it. Rows of an epoch come together. */
  static final class Sorted {
    final List<Candidate> fresh = new ArrayList<>();
    final Map<Suspect, Parcel> suspects = new LinkedHashMap<>();
    final List<Parcel> valid = new ArrayList<>();
  }

  Sorted sort(Chunk chunk) throws SqlUnavailableException, StoreUnavailableException {
    Sorted sorted = new Sorted();
    Map<EpochKey, List<Parcel>> byEpoch = new TreeMap<>();
    Map<EpochKey, Long> produced = ledger.produced(chunk.foreignEpochs());
    for (Parcel parcel : chunk.parcels()) {
      Batch batch = parcel.batch;
      if (batch == null) {
        sorted.suspects.put(
            new Suspect(
                parcel.device,
                null,
                null,
                parcel.mismatch ? Reason.DEVICE_MISMATCH : Reason.UNDECODABLE,
                parcel.problem,
                parcel.receivedAtNanos,
                parcel.payload,
                parcel.occurrence),
            parcel);
        continue;
      }
      if (batch.header().foreign() && isJump(batch, produced)) {
        sorted.suspects.put(jumped(parcel, batch), parcel);
        continue;
      }
      sorted.valid.add(parcel);
      if (batch.header().kind() == BatchHeader.Kind.READINGS) {
        byEpoch.computeIfAbsent(key(batch), k -> new ArrayList<>()).add(parcel);
      }
    }
    Map<EpochKey, List<Interval>> recorded = ledger.recorded(chunk.span());
    for (Map.Entry<EpochKey, List<Parcel>> epoch : byEpoch.entrySet()) {
      EpochKey key = epoch.getKey();
      sort(key, epoch.getValue(), recorded.getOrDefault(key, List.of()), sorted);
    }
    return sorted;
  }

  /** Whether the batch's last number is too far from what was produced; if not, it was produced. */
  private static boolean isJump(Batch batch, Map<EpochKey, Long> produced) {
    BatchHeader header = batch.header();
    long before = produced.getOrDefault(key(batch), 0L);
    if (header.nextSequence() - before > FOREIGN_JUMP_MAX) {
      return true;
    }
    produced.put(key(batch), Math.max(before, header.nextSequence()));
    return false;
  }

  private static Suspect jumped(Parcel parcel, Batch batch) {
    return new Suspect(
        parcel.device,
        null,
        null,
        Reason.SEQUENCE_JUMP,
        "number %d of epoch %d is more than %d beyond the highest before: count in ones, from 0 in a new epoch"
            .formatted(batch.header().nextSequence() - 1, batch.header().epoch(), FOREIGN_JUMP_MAX),
        parcel.receivedAtNanos,
        parcel.payload,
        parcel.occurrence);
  }

  static EpochKey key(Batch batch) {
    return new EpochKey(batch.header().device(), batch.header().epoch());
  }

  private void sort(EpochKey key, List<Parcel> parcels, List<Interval> recorded, Sorted sorted)
      throws StoreUnavailableException {
    List<Candidate> candidates = new ArrayList<>();
    boolean apart = sortByNumber(parcels);
    for (Parcel parcel : parcels) {
      if (parcel.batch != null) {
        long sequence = parcel.batch.header().firstSequence();
        for (Reading reading : parcel.batch.readings()) {
          if (parcel.has(sequence)) {
            candidates.add(new Candidate(new Row(key, sequence, reading), parcel));
          }
          sequence++;
        }
      }
    }
    Map<Long, List<Reading>> known = stored(key, candidates, recorded);
    boolean distinct = apart && known.isEmpty();
    for (Candidate candidate : candidates) {
      if (distinct) {
        admit(candidate, sorted);
      } else {
        sort(candidate, known, sorted);
      }
    }
  }

  /**
   * Puts parcels in the order of their numbers, if no two have one in common: requests overtake
   * each other, and what is in order is quicker to note and to write. Otherwise they stay in the
   * order of arrival, which decides what is a row, and the answer is false.
   */
  private static boolean sortByNumber(List<Parcel> parcels) {
    List<Parcel> sorted = new ArrayList<>(parcels);
    sorted.sort(Comparator.comparingLong(Classifier::first));
    long next = 0;
    for (Parcel parcel : sorted) {
      if (first(parcel) < next) {
        return false;
      }
      next = first(parcel) + (parcel.batch == null ? 0 : parcel.batch.header().count());
    }
    parcels.clear();
    parcels.addAll(sorted);
    return true;
  }

  private static long first(Parcel parcel) {
    return parcel.batch == null ? 0 : parcel.batch.header().firstSequence();
  }

  /** What is new and keeps the rules becomes a row; true if it does. */
  private static boolean admit(Candidate candidate, Sorted sorted) {
    Parcel parcel = candidate.parcel();
    Admission.Problem problem =
        Admission.problem(candidate.row().reading(), parcel.receivedAtNanos);
    if (problem == null) {
      sorted.fresh.add(candidate);
      return true;
    }
    sorted.suspects.put(suspect(candidate, problem.reason(), problem.detail()), parcel);
    return false;
  }

  private static void sort(Candidate candidate, Map<Long, List<Reading>> known, Sorted sorted) {
    Row row = candidate.row();
    Parcel parcel = candidate.parcel();
    List<Reading> rows = known.get(row.sequence());
    if (rows == null) {
      if (admit(candidate, sorted)) {
        known.put(row.sequence(), List.of(row.reading()));
      }
    } else if (rows.contains(row.reading())) {
      parcel.redelivered = true;
    } else {
      String detail =
          "number %d of this epoch is stored with other contents: never use a number again"
              .formatted(row.sequence());
      sorted.suspects.put(suspect(candidate, Reason.CONFLICT, detail), parcel);
    }
  }

  static Suspect suspect(Candidate candidate, Reason reason, String detail) {
    Row row = candidate.row();
    return new Suspect(
        row.key().device(),
        row.key().epoch(),
        row.sequence(),
        reason,
        detail,
        candidate.parcel().receivedAtNanos,
        candidate.parcel().payload,
        0);
  }

  /**
   * The rows of those numbers that the ledger has as stored. A number whose row is not at its
   * reading's time or thereabouts has an empty list: stored, with other contents.
   */
  private Map<Long, List<Reading>> stored(
      EpochKey key, List<Candidate> candidates, List<Interval> recorded)
      throws StoreUnavailableException {
    TreeMap<Long, Interval> intervals = new TreeMap<>();
    for (Interval interval : recorded) {
      if (interval.state() == State.STORED) {
        intervals.put(interval.first(), interval);
      }
    }
    Map<Long, List<Reading>> known = new HashMap<>();
    if (intervals.isEmpty()) {
      return known;
    }
    TreeMap<Long, NumberQuery> wanted = new TreeMap<>();
    for (Candidate candidate : candidates) {
      long sequence = candidate.row().sequence();
      Map.Entry<Long, Interval> interval = intervals.floorEntry(sequence);
      if (interval != null && interval.getValue().last() >= sequence) {
        known.put(sequence, new ArrayList<>());
        long time = candidate.row().reading().timeNanos();
        wanted.merge(
            sequence, new NumberQuery(key, sequence, sequence, time, time), NumberQuery::join);
      }
    }
    for (NumberQuery query : joined(wanted)) {
      for (Row row : store.numbers(query)) {
        List<Reading> rows = known.get(row.sequence());
        if (rows != null) {
          rows.add(row.reading());
        }
      }
    }
    return known;
  }

  private static List<NumberQuery> joined(Map<Long, NumberQuery> wanted) {
    List<NumberQuery> queries = new ArrayList<>();
    @Nullable NumberQuery current = null;
    for (NumberQuery next : wanted.values()) {
      if (current != null && next.first() - current.last() <= LOOKUP_MAX_GAP) {
        current = NumberQuery.join(current, next);
      } else {
        if (current != null) {
          queries.add(current);
        }
        current = next;
      }
    }
    if (current != null) {
      queries.add(current);
    }
    return queries;
  }
}
