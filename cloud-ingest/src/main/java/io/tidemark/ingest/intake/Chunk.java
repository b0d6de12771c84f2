package io.tidemark.ingest.intake;

import io.tidemark.ingest.ledger.Range;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.NumberQuery;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchHeader;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Deliveries that are written together. */
final class Chunk {
  private final List<Parcel> parcels;
  private final Collection<Will> wills;
  private final List<Job> jobs;
  private final List<Job> finished;
  private final Map<EpochKey, NumberSet> numbers = new HashMap<>();
  private final List<NumberQuery> claims;
  private final Set<EpochKey> foreignEpochs = new HashSet<>();

  /**
   * A chunk.
   *
   * @param wills last words of devices, one each
   * @param jobs requests that have something in it
   * @param finished those of them that have nothing behind it
   */
  Chunk(List<Parcel> parcels, Collection<Will> wills, List<Job> jobs, List<Job> finished) {
    this.parcels = parcels;
    this.wills = wills;
    this.jobs = jobs;
    this.finished = finished;
    claims = Intents.of(parcels);
    for (Parcel parcel : parcels) {
      Batch batch = parcel.batch;
      if (batch != null && batch.header().kind() == BatchHeader.Kind.READINGS) {
        BatchHeader header = batch.header();
        long first = header.firstSequence();
        numbers
            .computeIfAbsent(Classifier.key(batch), key -> new NumberSet())
            .add(first, first + header.count() - 1);
        if (header.foreign()) {
          foreignEpochs.add(Classifier.key(batch));
        }
      }
    }
  }

  List<Parcel> parcels() {
    return parcels;
  }

  Collection<Will> wills() {
    return wills;
  }

  List<Job> jobs() {
    return jobs;
  }

  List<Job> finished() {
    return finished;
  }

  /** What SQL notes of it: the runs of numbers there is a reading of, with their times. */
  List<NumberQuery> claims() {
    return claims;
  }

  /** From the lowest to the highest number there is a reading of, by epoch. */
  Map<EpochKey, Range> span() {
    Map<EpochKey, Range> span = new HashMap<>();
    numbers.forEach((epoch, its) -> span.put(epoch, its.span()));
    return span;
  }

  /** Epochs of devices that are not agents. */
  Set<EpochKey> foreignEpochs() {
    return foreignEpochs;
  }

  /** True if both have the same number: what the later one is depends on the earlier one. */
  boolean overlaps(Chunk other) {
    for (Map.Entry<EpochKey, NumberSet> epoch : numbers.entrySet()) {
      NumberSet its = other.numbers.get(epoch.getKey());
      if (its != null && its.meets(epoch.getValue())) {
        return true;
      }
    }
    return false;
  }
}
