package io.tidemark.sim.view;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.tidemark.sim.fleet.FleetStats;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a run or a replay came to, in readings.
 *
 * @param total the sums of this process
 * @param seed of the run, null for a replay
 * @param record the folder with the record
 */
public record RunReport(
    FleetStats.Snapshot total, double seconds, @Nullable Long seed, String record) {

  /** Readings refused for good. */
  public long refused() {
    return total.refused().values().stream().mapToLong(Long::longValue).sum();
  }

  /**
   * One line of JSON.
   *
   * @param verdict the verifier's, as JSON; null if there was no check
   */
  public String json(@Nullable String verdict) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = new JsonFactory().createGenerator(text)) {
      out.writeStartObject();
      out.writeNumberField("produced", total.produced());
      out.writeNumberField("acknowledged", total.acknowledged());
      out.writeNumberField("refused", refused());
      out.writeNumberField("dropped", total.dropped());
      out.writeNumberField("waiting", total.waiting());
      out.writeNumberField("seconds", Math.round(seconds * 1e3) / 1e3);
      out.writeNumberField("batches", total.batches());
      out.writeNumberField("resentBatches", total.resentBatches());
      out.writeNumberField("connections", total.connections());
      out.writeNumberField("connectionsLost", total.connectionsLost());
      out.writeObjectFieldStart("refusedByCode");
      for (Map.Entry<String, Long> code : total.refused().entrySet()) {
        out.writeNumberField(code.getKey(), code.getValue());
      }
      out.writeEndObject();
      out.writeNumberField("ackP50Millis", total.latencyP50Micros() / 1e3);
      out.writeNumberField("ackP99Millis", total.latencyP99Micros() / 1e3);
      if (seed == null) {
        out.writeNullField("seed");
      } else {
        out.writeNumberField("seed", seed);
      }
      out.writeStringField("record", record);
      if (verdict != null) {
        out.writeFieldName("verify");
        out.writeRawValue(verdict);
      }
      out.writeEndObject();
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
    return text.toString();
  }

  /** A short table. */
  public void print(PrintStream out) {
    line(
        out,
        "produced",
        "%,d readings in %,d batches".formatted(total.produced(), total.batches()));
    line(out, "acknowledged", "%,d readings".formatted(total.acknowledged()));
    line(out, "refused for good", "%,d readings %s".formatted(refused(), total.refused()));
    line(out, "dropped, declared", "%,d readings".formatted(total.dropped()));
    line(out, "waiting", "%,d readings".formatted(total.waiting()));
    line(out, "sent again", "%,d batches".formatted(total.resentBatches()));
    line(
        out,
        "connections",
        "%,d, of which %,d lost".formatted(total.connections(), total.connectionsLost()));
    line(
        out,
        "send to PUBACK",
        String.format(
            Locale.ROOT,
            "p50 %.1f ms, p99 %.1f ms",
            total.latencyP50Micros() / 1e3,
            total.latencyP99Micros() / 1e3));
    line(out, "seconds", String.format(Locale.ROOT, "%.1f", seconds));
    line(out, "record", record);
  }

  private static void line(PrintStream out, String name, String value) {
    out.printf("%-18s %s%n", name, value);
  }
}
