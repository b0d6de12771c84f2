package io.tidemark.gateway.intake.foreign;

import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Limits;
import io.tidemark.wire.PayloadType;
import io.tidemark.wire.Reading;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The readings of one payload of a device that is not an agent.
 *
 * <p>Those that the device has numbered can be encoded at once, and always to the same bytes; the
 * others once there is a number for the first of them. Times are cut to the millisecond, and the
 * nanoseconds are {@code sequence mod 1,000,000}: so readings of one time stay apart.
 */
public final class Foreign {
  /** Metrics of different names in one payload: each of them costs space in every batch. */
  static final int METRICS_MAX = Limits.READING_MAX_METRICS;

  private static final long NANOS_PER_MILLI = 1_000_000;

  private final List<ForeignReading> numbered = new ArrayList<>();
  private final List<ForeignReading> unnumbered = new ArrayList<>();
  private final long nowMillis;

  private Foreign(List<ForeignReading> readings, long nowMillis) {
    this.nowMillis = nowMillis;
    for (ForeignReading reading : readings) {
      (reading.number() == null ? unnumbered : numbered).add(reading);
    }
  }

  /**
   * Reads a payload.
   *
   * @param type anything but a batch
   * @param now when it came; the time of readings that have none
   * @throws ForeignFormatException if there is anything wrong with it: it is taken whole or not
   */
  public static Foreign read(byte[] payload, PayloadType type, Instant now)
      throws ForeignFormatException {
    List<ForeignReading> readings =
        switch (type) {
          case SENML_CBOR ->
              SenmlReadings.of(SenmlReadings.labelled(RecordReader.cbor(payload)), now);
          case SENML_JSON -> SenmlReadings.of(RecordReader.json(payload), now);
          case JSON -> json(payload, now);
          case BATCH -> throw new IllegalArgumentException("a batch is not foreign");
        };
    Set<String> metrics = new HashSet<>();
    readings.forEach(reading -> metrics.addAll(reading.values().keySet()));
    if (metrics.size() > METRICS_MAX) {
      throw new ForeignFormatException(
          "%d metrics of different names where %d are allowed in one message: send fewer at a time"
              .formatted(metrics.size(), METRICS_MAX));
    }
    return new Foreign(readings, now.toEpochMilli());
  }

  private static List<ForeignReading> json(byte[] payload, Instant now)
      throws ForeignFormatException {
    List<Map<String, Item>> records = RecordReader.json(payload);
    // A SenML pack is always an array: in a bare object, n is a metric like any other.
    if (isArray(payload) && SenmlReadings.isSenml(records.get(0))) {
      return SenmlReadings.of(records, now);
    }
    List<ForeignReading> readings = new ArrayList<>();
    for (Map<String, Item> record : records) {
      readings.add(JsonReadings.of(record));
    }
    return readings;
  }

  /** Of a JSON payload in which nothing is wrong. */
  private static boolean isArray(byte[] payload) {
    int at = 0;
    while (payload[at] != '[' && payload[at] != '{') {
      at++;
    }
    return payload[at] == '[';
  }

  /** No readings. */
  public static Foreign none() {
    return new Foreign(List.of(), 0);
  }

  /** Readings in it. */
  public int count() {
    return numbered.size() + unnumbered.size();
  }

  /** Readings in it that have no number. */
  public int unnumbered() {
    return unnumbered.size();
  }

  /**
   * Batches of the readings that have numbers, each of consecutive ones.
   *
   * @throws ForeignFormatException if a reading is too large for a batch
   */
  public List<byte[]> encodeNumbered(String device) throws ForeignFormatException {
    List<byte[]> batches = new ArrayList<>();
    int begin = 0;
    for (int end = 1; end <= numbered.size(); end++) {
      if (end == numbered.size() || !follows(numbered.get(end - 1), numbered.get(end))) {
        ForeignReading.Number first = number(numbered.get(begin));
        encode(device, first.epoch(), first.sequence(), numbered.subList(begin, end), batches);
        begin = end;
      }
    }
    return batches;
  }

  /**
   * Batches of the readings that have no numbers, numbered from {@code first} on.
   *
   * @throws ForeignFormatException if a reading is too large for a batch
   */
  public List<byte[]> encodeUnnumbered(String device, long epoch, long first)
      throws ForeignFormatException {
    List<byte[]> batches = new ArrayList<>();
    encode(device, epoch, first, unnumbered, batches);
    return batches;
  }

  private static boolean follows(ForeignReading before, ForeignReading reading) {
    ForeignReading.Number last = number(before);
    ForeignReading.Number next = number(reading);
    return next.epoch() == last.epoch() && next.sequence() == last.sequence() + 1;
  }

  private static ForeignReading.Number number(ForeignReading reading) {
    ForeignReading.Number number = reading.number();
    if (number == null) {
      throw new IllegalStateException("the reading has no number");
    }
    return number;
  }

  /** In as few batches as they fit into. */
  private void encode(
      String device, long epoch, long first, List<ForeignReading> readings, List<byte[]> batches)
      throws ForeignFormatException {
    if (readings.isEmpty()) {
      return;
    }
    List<Reading> made = new ArrayList<>(readings.size());
    for (int i = 0; i < readings.size(); i++) {
      made.add(reading(readings.get(i), first + i));
    }
    try {
      batches.add(BatchCodec.encode(Batch.ofForeign(device, epoch, first, made)));
    } catch (IllegalArgumentException tooLarge) {
      if (readings.size() == 1) {
        throw new ForeignFormatException(String.valueOf(tooLarge.getMessage()));
      }
      int half = readings.size() / 2;
      encode(device, epoch, first, readings.subList(0, half), batches);
      encode(device, epoch, first + half, readings.subList(half, readings.size()), batches);
    }
  }

  private Reading reading(ForeignReading reading, long sequence) {
    Long given = reading.timeMillis();
    long millis = given == null ? nowMillis : given;
    return new Reading(
        reading.sensor(),
        reading.kind(),
        millis * NANOS_PER_MILLI + sequence % NANOS_PER_MILLI,
        reading.values());
  }
}
