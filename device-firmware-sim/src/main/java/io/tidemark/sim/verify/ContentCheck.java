package io.tidemark.sim.verify;

import io.tidemark.wire.Batch;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Checks a device whose readings carry no numbers. Gateways give them some, of their own epochs; so
 * a row is known by what it says: sensor, time to the millisecond, values bit for bit.
 *
 * <pre>
 * first    rows that say what some reading does: it is there. Again, while any that was
 *          acknowledged is not, until the time for that is up
 * then     the other rows, if there are any: is one an absent reading, altered or moved?
 * at last  what is absent still was refused, waits, or is lost; and so are numbers of gateways'
 *          that no row has
 * </pre>
 *
 * <p>A batch that was delivered twice has two rows of each reading, under two numbers: that is what
 * is promised. Two rows under one number are not, nor is a number without a row ({@link
 * NumberGaps}).
 *
 * <p>Holds three bits a reading, four bytes a row of the device's, and {@link ContentIndex}.
 */
final class ContentCheck implements DeviceCheck {
  /** For how many absent readings another place is looked for; the rest are lost. */
  static final int ABSENT_MAX = 10_000;

  private static final long NANOS_PER_MILLI = 1_000_000;

  private final String device;
  private final List<StreamIndex> streams;
  private final Map<Long, String> owners;
  private final Api api;
  private final Settling settling;
  private final Findings findings;
  private final ContentIndex index;

  private final BitSet acknowledged = new BitSet();
  private BitSet seen = new BitSet();
  private BitSet quarantined = new BitSet();
  private GivenNumbers numbers = new GivenNumbers();
  private NumberGaps gaps = new NumberGaps();
  private DeviceLedger ledger = DeviceLedger.NONE;
  private Map<Integer, Integer> doubled = new HashMap<>();
  private long redeliveredRows;
  private long unlikeRows;

  /** Absent readings by what they say. */
  private final Map<Map<String, Value>, Deque<ContentIndex.Produced>> absent = new HashMap<>();

  /**
   * @param streams the device's epochs
   * @param owners which device each epoch of the record belongs to
   */
  ContentCheck(
      String device,
      List<StreamIndex> streams,
      Map<Long, String> owners,
      Api api,
      Settling settling,
      Findings findings)
      throws IOException {
    this.device = device;
    this.streams = streams;
    this.owners = owners;
    this.api = api;
    this.settling = settling;
    this.findings = findings;
    this.index = new ContentIndex(streams);
    for (int s = 0; s < streams.size(); s++) {
      StreamIndex stream = streams.get(s);
      for (int batch = 0; batch < stream.batches(); batch++) {
        if (stream.state(batch) == StreamIndex.State.ACKNOWLEDGED) {
          int first = Math.toIntExact(index.offset(s) + stream.first(batch));
          acknowledged.set(first, first + stream.count(batch));
        }
      }
    }
  }

  @Override
  public List<Verdict.DeviceSums> check() throws IOException, InterruptedException {
    do {
      lookForAll();
    } while ((nextAbsent(0) >= 0 || gaps.all().size() > unlikeRows) && settling.waitedFor(device));
    boolean forwarding = false;
    if (nextAbsent(0) >= 0) {
      forwarding = api.isForwarding();
      lookForAll(); // what has been forwarded meanwhile is a row now
    }
    if (unlikeRows > 0) {
      indexAbsent();
      api.readings(device, null, this::unlike);
    }
    for (Map.Entry<Integer, Integer> place : doubled.entrySet()) {
      ContentIndex.Produced produced = index.at(place.getKey());
      for (int i = 0; i < place.getValue(); i++) {
        problem(Problem.Kind.DOUBLED, produced, "there is more than one row of a gateway's number");
      }
    }
    nameGaps();
    findings.redeliveredRows(redeliveredRows);
    findings.redelivered(ledger.redelivered());
    return settle(forwarding);
  }

  private void lookForAll() throws IOException, InterruptedException {
    seen = new BitSet();
    quarantined = new BitSet();
    numbers = new GivenNumbers();
    gaps = new NumberGaps();
    doubled = new HashMap<>();
    redeliveredRows = 0;
    unlikeRows = 0;
    ledger = api.ledger(device);
    api.readings(device, null, this::row);
    gaps.find(numbers, ledger);
    AsTheyCame asTheyCame = new AsTheyCame();
    api.quarantine(device, item -> quarantined(item, asTheyCame));
    for (int s = 0; s < streams.size() && !asTheyCame.isEmpty(); s++) {
      StreamIndex stream = streams.get(s);
      for (int batch = 0; batch < stream.batches(); batch++) {
        int first = Math.toIntExact(index.offset(s) + stream.first(batch));
        boolean isThere = seen.nextClearBit(first) >= first + stream.count(batch);
        if (!isThere && asTheyCame.has(stream.sent(batch))) {
          quarantined.set(first, first + stream.count(batch));
        }
      }
    }
  }

  private void row(Row row) throws IOException {
    ContentIndex.Produced produced = alike(row);
    if (produced == null) {
      unlikeRows++;
      return;
    }
    gaps.isReading(row);
    int before = numbers.putIfAbsent(row.epoch(), row.sequence(), produced.place());
    if (before >= 0) {
      doubled.merge(before, 1, Integer::sum);
    } else if (seen.get(produced.place())) {
      redeliveredRows++;
    } else {
      seen.set(produced.place());
    }
  }

  /** The reading that a row says, one that has none yet if there are several; null if none does. */
  private ContentIndex.@Nullable Produced alike(Row row) throws IOException {
    if (row.timeNanos() != nanos(ContentIndex.millis(row.timeNanos()), row.sequence())) {
      return null;
    }
    ContentIndex.Produced found = null;
    for (ContentIndex.Produced produced : index.around(row.timeNanos())) {
      if (isOf(row, produced) && produced.expected().values().equals(row.values())) {
        found = produced;
        if (!seen.get(produced.place())) {
          break;
        }
      }
    }
    return found;
  }

  /** A gateway puts the last six digits of the number it gives behind the millisecond. */
  private static long nanos(long millis, long sequence) {
    return millis * NANOS_PER_MILLI + sequence % NANOS_PER_MILLI;
  }

  private static boolean isOf(Row row, ContentIndex.Produced produced) {
    return produced.expected().sensor().equals(row.sensor())
        && produced.expected().kind().equals(row.kind());
  }

  private void quarantined(QuarantinedItem item, AsTheyCame asTheyCame) throws IOException {
    Batch batch = item.batch();
    QuarantinedItem.Numbers its = item.numbers();
    if (its != null) {
      gaps.accountedFor(its.epoch(), its.first(), its.last());
    }
    if (batch == null) {
      if (item.payload() != null) {
        asTheyCame.add(item.payload());
      }
      return;
    }
    long sequence = batch.header().firstSequence();
    for (Reading reading : batch.readings()) {
      if (its == null || (sequence >= its.first() && sequence <= its.last())) {
        for (ContentIndex.Produced produced : index.around(reading.timeNanos())) {
          if (produced.expected().sensor().equals(reading.sensor())
              && produced.expected().values().equals(reading.values())) {
            quarantined.set(produced.place());
          }
        }
      }
      sequence++;
    }
  }

  /** The next place, from one on, of a reading that was acknowledged and is nowhere; else -1. */
  private int nextAbsent(int from) {
    int place = acknowledged.nextSetBit(from);
    while (place >= 0 && !isAbsent(place)) {
      place = acknowledged.nextSetBit(place + 1);
    }
    return place;
  }

  private boolean isAbsent(int place) {
    return acknowledged.get(place) && !seen.get(place) && !quarantined.get(place);
  }

  private void indexAbsent() throws IOException {
    int count = 0;
    for (int place = nextAbsent(0);
        place >= 0 && count < ABSENT_MAX;
        place = nextAbsent(place + 1)) {
      ContentIndex.Produced produced = index.at(place);
      absent
          .computeIfAbsent(produced.expected().values(), values -> new ArrayDeque<>(1))
          .add(produced);
      count++;
    }
  }

  /** A row once more: if it says no reading, what is it? */
  private void unlike(Row row) throws IOException {
    if (alike(row) != null) {
      return;
    }
    gaps.accountedFor(row.epoch(), row.sequence(), row.sequence());
    String owner = owners.get(row.epoch());
    if (owner != null) {
      findings.underOther(owner, device, row);
      return;
    }
    int before = numbers.get(row.epoch(), row.sequence());
    if (before >= 0) {
      doubled.merge(before, 1, Integer::sum);
      return;
    }
    ContentIndex.Produced produced = absentWith(row.values());
    if (produced != null) {
      isThere(row, produced);
      elsewhere(row, produced);
      return;
    }
    produced = ofSameSensorAndTime(row);
    if (produced != null && (isAbsent(produced.place()) || gaps.isEpoch(row.epoch()))) {
      isThere(row, produced);
      String difference = Compared.difference(produced.expected().values(), row.values());
      problem(Problem.Kind.ALTERED, produced, String.valueOf(difference));
    } else {
      findings.foreignRow();
    }
  }

  /** An absent reading of these values; null if there is none. */
  private ContentIndex.@Nullable Produced absentWith(Map<String, Value> values) {
    Deque<ContentIndex.Produced> same = absent.getOrDefault(values, new ArrayDeque<>(0));
    ContentIndex.Produced produced = same.poll();
    while (produced != null && !isAbsent(produced.place())) { // altered, as another row says
      produced = same.poll();
    }
    return produced;
  }

  private void isThere(Row row, ContentIndex.Produced produced) {
    seen.set(produced.place());
    numbers.putIfAbsent(row.epoch(), row.sequence(), produced.place());
  }

  /** A row has an absent reading's values, but not its place. */
  private void elsewhere(Row row, ContentIndex.Produced produced) {
    Reading expected = produced.expected();
    if (isOf(row, produced)) {
      problem(
          Problem.Kind.MOVED,
          produced,
          "produced within the millisecond from %s on, stored at %s as number %d of epoch %d"
              .formatted(
                  Compared.time(expected.timeNanos()),
                  Compared.time(row.timeNanos()),
                  row.sequence(),
                  row.epoch()));
    } else {
      problem(
          Problem.Kind.MISPLACED,
          produced,
          "produced by sensor %s (to be stored as %s), stored under %s (%s)"
              .formatted(expected.sensor(), expected.kind(), row.sensor(), row.kind()));
    }
  }

  /** One that is absent, if there are several; null if there is none. */
  private ContentIndex.@Nullable Produced ofSameSensorAndTime(Row row) throws IOException {
    ContentIndex.Produced found = null;
    for (ContentIndex.Produced produced : index.around(row.timeNanos())) {
      if (isOf(row, produced) && (found == null || isAbsent(produced.place()))) {
        found = produced;
      }
    }
    return found;
  }

  /**
   * Names the numbers that no row has, but as many as there are absent readings: those had some.
   * Which is which is told by the number before.
   */
  private void nameGaps() {
    int count = gaps.all().size();
    for (int place = nextAbsent(0); place >= 0 && count > 0; place = nextAbsent(place + 1)) {
      count--;
    }
    List<NumberGaps.Number> ofAbsent = new ArrayList<>();
    List<NumberGaps.Number> all = new ArrayList<>();
    int place = -1;
    NumberGaps.Number before = new NumberGaps.Number(-1, -1);
    for (NumberGaps.Number gap : gaps.all()) {
      boolean goesOn = gap.epoch() == before.epoch() && gap.sequence() == before.sequence() + 1;
      place = (goesOn ? place : numbers.get(gap.epoch(), gap.sequence() - 1)) + 1;
      (isAbsent(place) ? ofAbsent : all).add(gap);
      before = gap;
    }
    all.addAll(ofAbsent);
    for (NumberGaps.Number gap : all.subList(0, count)) {
      String says = ledger.epoch(gap.epoch()).missing(gap.sequence()) ? "calls" : "does not call";
      findings.add(
          Problem.Kind.LOST,
          device,
          gap.epoch(),
          gap.sequence(),
          "a gateway gave this number, and no row has it, nor anything in the quarantine; the ledger %s it missing"
              .formatted(says));
    }
  }

  /**
   * @param forwarding true if what is absent may be on its way from a gateway
   */
  private List<Verdict.DeviceSums> settle(boolean forwarding) throws IOException {
    // What waits on a gateway is in an epoch of the gateway's, and nobody knows which it is.
    long onGateways =
        ledger.epochs().values().stream().mapToLong(DeviceLedger.EpochLedger::waiting).sum();
    List<Verdict.DeviceSums> all = new ArrayList<>();
    for (int s = 0; s < streams.size(); s++) {
      ContentSums sums = new ContentSums(streams.get(s), index.offset(s));
      sums.add(seen, quarantined);
      boolean mayWait = forwarding || sums.absent.size() <= onGateways;
      if (mayWait) {
        onGateways -= sums.absent.size();
      } else {
        for (long number : sums.absent) {
          lost(index.at(Math.toIntExact(index.offset(s) + number)));
        }
      }
      for (long number : sums.refused) {
        problem(
            Problem.Kind.REFUSED,
            index.at(Math.toIntExact(index.offset(s) + number)),
            StreamCheck.REFUSED);
      }
      all.add(sums.of(device, mayWait, doubledOf(s)));
    }
    return all;
  }

  private long doubledOf(int stream) {
    int end = stream + 1 < streams.size() ? index.offset(stream + 1) : index.size();
    return doubled.entrySet().stream()
        .filter(place -> place.getKey() >= index.offset(stream) && place.getKey() < end)
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private void lost(ContentIndex.Produced produced) {
    findings.lostByContent(
        device,
        produced.stream().epoch(),
        produced.number(),
        produced.expected(),
        "acknowledged, and no row says the same, nor anything in the quarantine");
  }

  private void problem(Problem.Kind kind, ContentIndex.Produced produced, String detail) {
    findings.add(kind, device, produced.stream().epoch(), produced.number(), detail);
  }
}
