package io.tidemark.sim.payload;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tidemark.wire.Batch;
import io.tidemark.wire.PayloadType;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;

/**
 * An array of readings in plain JSON, each with the device's own epoch and number: so each is one
 * row however often it comes. Gateways keep times to the millisecond, and put the number's last six
 * digits into the nanoseconds.
 */
final class JsonPayload implements Payload {
  @Override
  public String id() {
    return "json";
  }

  @Override
  public PayloadType type() {
    return PayloadType.JSON;
  }

  @Override
  public byte[] bytes(byte[] batch) {
    Batch recorded = Recorded.decoded(batch);
    return JsonText.of(
        out -> {
          out.writeStartArray();
          long sequence = recorded.header().firstSequence();
          for (Reading reading : recorded.readings()) {
            write(out, reading, recorded.header().epoch(), sequence++);
          }
          out.writeEndArray();
        });
  }

  private static void write(JsonGenerator out, Reading reading, long epoch, long sequence)
      throws IOException {
    out.writeStartObject();
    out.writeStringField("sensor", reading.sensor());
    out.writeStringField("kind", reading.kind());
    out.writeStringField("time", Instant.ofEpochSecond(0, reading.timeNanos()).toString());
    out.writeObjectFieldStart("values");
    for (Map.Entry<String, Value> metric : reading.values().entrySet()) {
      out.writeFieldName(metric.getKey());
      Value value = metric.getValue();
      if (value instanceof Value.Num number) {
        out.writeNumber(number.value());
      } else if (value instanceof Value.Flag flag) {
        out.writeBoolean(flag.value());
      } else if (value instanceof Value.Text text) {
        out.writeString(text.value());
      }
    }
    out.writeEndObject();
    out.writeNumberField("epoch", epoch);
    out.writeNumberField("sequence", sequence);
    out.writeEndObject();
  }

  @Override
  public boolean declares() {
    return false;
  }

  @Override
  public boolean numbers() {
    return true;
  }

  @Override
  public Reading arrives(Reading reading, long sequence) {
    return new Reading(
        reading.sensor(),
        reading.kind(),
        Recorded.cutToMilli(reading.timeNanos()) + sequence % Recorded.NANOS_PER_MILLI,
        reading.values());
  }

  @Override
  public double rateMax() {
    return Double.POSITIVE_INFINITY;
  }

  @Override
  public int readingsMax() {
    return Recorded.READINGS_MAX;
  }

  @Override
  public void requireTime(long startNanos) {
    // RFC 3339 says any time there is
  }
}
