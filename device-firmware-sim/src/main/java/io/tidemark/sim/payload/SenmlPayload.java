package io.tidemark.sim.payload;

import io.tidemark.wire.Batch;
import io.tidemark.wire.PayloadType;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * SenML (RFC 8428), which has sensors and metrics, but neither kinds nor numbers. The sensor is the
 * base name, the first reading's second the base time, and the metric a record's name; units are
 * those of the registry.
 *
 * <p>A record's time is its base time and its own, added up as doubles, and gateways cut it to the
 * millisecond. So both are given in whole microseconds, of which until {@link #LATEST} that sum is
 * never half a one off, and the millisecond is the reading's.
 */
final class SenmlPayload implements Payload {
  /** Times below 2^28 s since 1970 are relative to now (section 4.5.3). */
  static final Instant EARLIEST = Instant.parse("1978-07-05T00:00:00Z");

  /**
   * Up to 2^32 s since 1970 a double has less than half a microsecond between two of its values.
   */
  static final Instant LATEST = Instant.parse("2106-01-01T00:00:00Z");

  /** What gateways call the kind of what does not say its kind. */
  private static final String KIND = "telemetry";

  /**
   * Readings of one sensor and millisecond would become one reading, so no two may be taken within
   * one.
   */
  private static final double RATE_MAX = 1_000;

  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final long NANOS_PER_MICRO = 1_000;
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  private final String id;
  private final PayloadType type;
  private final Function<List<SenmlRecord>, byte[]> encoding;

  private SenmlPayload(String id, PayloadType type, Function<List<SenmlRecord>, byte[]> encoding) {
    this.id = id;
    this.type = type;
    this.encoding = encoding;
  }

  static SenmlPayload json() {
    return new SenmlPayload("senml", PayloadType.SENML_JSON, SenmlJson::of);
  }

  static SenmlPayload cbor() {
    return new SenmlPayload("senml-cbor", PayloadType.SENML_CBOR, SenmlCbor::of);
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public PayloadType type() {
    return type;
  }

  @Override
  public byte[] bytes(byte[] batch) {
    return encoding.apply(pack(Recorded.decoded(batch)));
  }

  private static List<SenmlRecord> pack(Batch batch) {
    List<SenmlRecord> pack = new ArrayList<>();
    long baseSeconds = Math.floorDiv(batch.readings().get(0).timeNanos(), NANOS_PER_SECOND);
    String sensor = "";
    for (Reading reading : batch.readings()) {
      long micros =
          Math.floorDiv(reading.timeNanos(), NANOS_PER_MICRO) - baseSeconds * MICROS_PER_SECOND;
      for (Map.Entry<String, Value> metric : reading.values().entrySet()) {
        SenmlRecord record = new SenmlRecord();
        if (!reading.sensor().equals(sensor)) {
          sensor = reading.sensor();
          record.put(SenmlLabel.BASE_NAME, sensor + "/");
        }
        if (pack.isEmpty()) {
          record.put(SenmlLabel.BASE_TIME, baseSeconds);
        }
        fill(record, metric.getKey(), metric.getValue());
        record.put(SenmlLabel.TIME, micros / 1e6);
        pack.add(record);
      }
    }
    return pack;
  }

  private static void fill(SenmlRecord record, String metric, Value value) {
    record.put(SenmlLabel.NAME, metric);
    if (value instanceof Value.Num number) {
      String unit = SenmlUnits.of(metric);
      if (unit != null) {
        record.put(SenmlLabel.UNIT, unit);
      }
      record.put(SenmlLabel.VALUE, number.value());
    } else if (value instanceof Value.Flag flag) {
      record.put(SenmlLabel.BOOLEAN_VALUE, flag.value());
    } else if (value instanceof Value.Text text) {
      record.put(SenmlLabel.STRING_VALUE, text.value());
    }
  }

  @Override
  public boolean declares() {
    return false;
  }

  @Override
  public boolean numbers() {
    return false;
  }

  @Override
  public Reading arrives(Reading reading, long sequence) {
    return new Reading(
        reading.sensor(), KIND, Recorded.cutToMilli(reading.timeNanos()), reading.values());
  }

  @Override
  public double rateMax() {
    return RATE_MAX;
  }

  @Override
  public int readingsMax() {
    return Recorded.READINGS_MAX;
  }

  @Override
  public void requireTime(long startNanos) {
    Instant start = Instant.ofEpochSecond(0, startNanos);
    if (start.isBefore(EARLIEST) || start.isAfter(LATEST)) {
      throw new IllegalArgumentException(
          "devices that send %s must start between %s and %s, as SenML takes earlier times for relative ones and holds later ones inexactly; but the start is %s"
              .formatted(id, EARLIEST, LATEST, start));
    }
  }
}
