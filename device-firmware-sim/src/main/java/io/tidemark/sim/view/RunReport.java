package io.tidemark.sim.view;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.tidemark.sim.fleet.FleetStats;
import io.tidemark.sim.hardware.HardwareSums;
import io.tidemark.sim.rogue.RogueSums;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a run or a replay came to, in readings.
 *
 * @param total the sums of this process
 * @param recorded readings in the record, those of earlier processes included
 * @param history how it came to them
 * @param hardware what the journal of an edge agent beside the devices came to; null without one
 * @param certificates what came of devices' certificates; null where no gateway asks who is there
 * @param rogues what misbehaving devices came to, by kind; empty if there were none
 * @param seed of the run, null for a replay
 * @param record the folder with the record
 */
public record RunReport(
    FleetStats.Snapshot total,
    long recorded,
    History history,
    @Nullable HardwareSums hardware,
    @Nullable CertificateSums certificates,
    List<RogueSums> rogues,
    double seconds,
    @Nullable Long seed,
    String record) {

  /** Readings refused for good. */
  public long refused() {
    return total.refused().values().stream().mapToLong(Long::longValue).sum();
  }

  /** From when the plan wanted a batch sent to its acknowledgement. */
  public Percentiles latency() {
    return Percentiles.of(total.latency());
  }

  /** From the sending of a batch to its acknowledgement. */
  public Percentiles response() {
    return Percentiles.of(total.response());
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
      sums(out);
      write(out, "latency", latency());
      write(out, "response", response());
      if (hardware != null) {
        write(out, hardware);
      }
      if (certificates != null) {
        write(out, certificates);
      }
      RogueText.write(out, rogues);
      self(out);
      timeline(out);
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

  private void sums(JsonGenerator out) throws IOException {
    out.writeNumberField("recorded", recorded);
    out.writeNumberField("takenUp", total.takenUp());
    out.writeNumberField("produced", total.produced());
    out.writeNumberField("acknowledged", total.acknowledged());
    out.writeNumberField("refused", refused());
    out.writeNumberField("dropped", total.dropped());
    out.writeNumberField("undeclared", total.undeclared());
    out.writeNumberField("waiting", total.waiting());
    out.writeNumberField("seconds", round(seconds));
    out.writeNumberField("batches", total.batches());
    out.writeNumberField("resentBatches", total.resentBatches());
    out.writeNumberField("connections", total.connections());
    out.writeNumberField("connectionsLost", total.connectionsLost());
    out.writeNumberField("connectionsFailed", total.connectionsFailed());
    counts(out, "refusedByCode", total.refused());
    counts(out, "linkFaults", history.faults());
    counts(out, "deviceFaults", total.deviceFaults());
  }

  private static void counts(JsonGenerator out, String name, Map<String, Long> counts)
      throws IOException {
    out.writeObjectFieldStart(name);
    for (Map.Entry<String, Long> count : counts.entrySet()) {
      out.writeNumberField(count.getKey(), count.getValue());
    }
    out.writeEndObject();
  }

  /** How often devices were struck, and by what; empty if they were not. */
  public String struck() {
    long all = total.deviceFaults().values().stream().mapToLong(Long::longValue).sum();
    if (all == 0) {
      return "";
    }
    String each =
        total.deviceFaults().entrySet().stream()
            .map(
                count ->
                    Numbers.count(count.getValue())
                        + " "
                        + count.getKey().replace('-', ' ')
                        + (count.getValue() == 1 ? "" : "s"))
            .collect(Collectors.joining(", "));
    return "%s %s: %s".formatted(Numbers.count(all), all == 1 ? "time" : "times", each);
  }

  private static void write(JsonGenerator out, HardwareSums hardware) throws IOException {
    out.writeObjectFieldStart("hardware");
    out.writeNumberField("produced", hardware.produced());
    out.writeNumberField("acknowledged", hardware.acknowledged());
    out.writeNumberField("dropped", hardware.dropped());
    out.writeNumberField("undeclared", hardware.undeclared());
    out.writeNumberField("waiting", hardware.waiting());
    out.writeStringField("trouble", hardware.trouble());
    out.writeArrayFieldStart("epochs");
    for (HardwareSums.Epoch epoch : hardware.epochs()) {
      out.writeStartObject();
      out.writeStringField("device", epoch.device());
      out.writeNumberField("epoch", epoch.epoch());
      out.writeNumberField("nextSequence", epoch.nextSequence());
      out.writeEndObject();
    }
    out.writeEndArray();
    out.writeEndObject();
  }

  private static void write(JsonGenerator out, CertificateSums certificates) throws IOException {
    out.writeObjectFieldStart("certificates");
    out.writeNumberField("renewed", certificates.renewed());
    out.writeNumberField("failures", certificates.failures());
    out.writeStringField("lastFailure", certificates.lastFailure());
    out.writeEndObject();
  }

  private static void write(JsonGenerator out, String name, Percentiles times) throws IOException {
    out.writeObjectFieldStart(name);
    out.writeNumberField("count", times.count());
    out.writeNumberField("p50Millis", times.p50());
    out.writeNumberField("p90Millis", times.p90());
    out.writeNumberField("p99Millis", times.p99());
    out.writeNumberField("p999Millis", times.p999());
    out.writeNumberField("maxMillis", times.max());
    out.writeEndObject();
  }

  private void self(JsonGenerator out) throws IOException {
    out.writeObjectFieldStart("simulator");
    out.writeNumberField("processors", history.processors());
    out.writeNumberField("meanProcessors", round(history.meanProcessors()));
    out.writeNumberField("mostProcessors", round(history.mostProcessors()));
    out.writeArrayFieldStart("warnings");
    for (Limits.Warning warning : history.warnings()) {
      out.writeStartObject();
      out.writeStringField("kind", warning.kind().name().toLowerCase(Locale.ROOT));
      out.writeNumberField("seconds", round(warning.seconds()));
      out.writeNumberField("worst", round(warning.worst()));
      out.writeStringField("text", warning.text());
      out.writeEndObject();
    }
    out.writeEndArray();
    out.writeEndObject();
  }

  private void timeline(JsonGenerator out) throws IOException {
    out.writeArrayFieldStart("timeline");
    for (Point point : history.points()) {
      out.writeStartObject();
      out.writeNumberField("from", round(point.from()));
      out.writeNumberField("to", round(point.to()));
      out.writeNumberField("produced", point.produced());
      out.writeNumberField("acknowledged", point.acknowledged());
      out.writeNumberField("connectedLeast", point.connectedLeast());
      out.writeNumberField("waitingMost", point.waitingMost());
      out.writeNumberField("processors", round(point.processors()));
      out.writeNumberField("behindMostSeconds", round(point.behindMost()));
      write(out, "latency", point.latency());
      write(out, "response", point.response());
      out.writeEndObject();
    }
    out.writeEndArray();
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
    if (total.undeclared() > 0) {
      line(
          out,
          "not declared",
          "%,d readings refused for good, by devices that cannot say so"
              .formatted(total.undeclared()));
    }
    line(out, "waiting", "%,d readings".formatted(total.waiting()));
    line(out, "sent again", "%,d batches".formatted(total.resentBatches()));
    line(
        out,
        "connections",
        "%,d, of which %,d lost; %,d attempts failed"
            .formatted(total.connections(), total.connectionsLost(), total.connectionsFailed()));
    if (!struck().isEmpty()) {
      line(out, "devices", "were struck " + struck());
    }
    if (latency().count() > 0) {
      line(out, "latency", latency().text() + " from when a batch was due to its acknowledgement");
    }
    if (response().count() > 0) {
      line(out, "response", response().text() + " from its sending");
    }
    if (!history.faults().isEmpty()) {
      line(out, "link faults", faultsInWords());
    }
    if (hardware != null) {
      line(out, "hardware", hardware.text());
    }
    if (certificates != null) {
      line(out, "certificates", certificates.text());
    }
    RogueText.lines(rogues).forEach((name, text) -> line(out, name, text));
    line(
        out,
        "own processor use",
        String.format(
            Locale.ROOT,
            "%.2f of %d processors, at most %.2f",
            history.meanProcessors(),
            history.processors(),
            history.mostProcessors()));
    line(out, "seconds", String.format(Locale.ROOT, "%.1f", seconds));
    line(out, "record", record);
    for (Limits.Warning warning : history.warnings()) {
      line(out, "warning", warning.text());
    }
  }

  private String faultsInWords() {
    return history.faults().entrySet().stream()
        .map(fault -> "%,d of %s".formatted(fault.getValue(), fault.getKey()))
        .collect(Collectors.joining(", "));
  }

  private static void line(PrintStream out, String name, String value) {
    out.printf("%-18s %s%n", name, value);
  }

  private static double round(double value) {
    return Math.round(value * 1e3) / 1e3;
  }
}
