package io.tidemark.agent;

import io.tidemark.agent.sensor.Sampler;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the agent is, for people and for programs.
 *
 * @param version of the running process; empty if none runs, and then the rest is what its files
 *     say
 * @param startedAt when the process was; null if none runs
 * @param gateway where it is connected, or an empty text
 * @param acknowledgedAt when a gateway last acknowledged something to this process; null if never
 * @param journaled readings that the journal has taken since the process started; null if none runs
 * @param waiting readings in the journal that no gateway has acknowledged
 * @param journalBytes of encoded batches in the journal; null if no process runs
 * @param lost readings the journal could not take since the process started
 * @param standstill why the watchdog is not fed; empty if it is, or none watches
 * @param certificateEnds null if a password proves who the device is, or nothing does
 */
record StatusReport(
    String device,
    String version,
    @Nullable Instant startedAt,
    String gateway,
    @Nullable Instant acknowledgedAt,
    @Nullable Long journaled,
    long waiting,
    @Nullable Long journalBytes,
    long lost,
    String standstill,
    @Nullable Instant certificateEnds,
    List<Sampler.Standing> sensors) {

  StatusReport {
    sensors = List.copyOf(sensors);
  }

  private boolean runs() {
    return startedAt != null;
  }

  private boolean hasEnded() {
    return certificateEnds != null && certificateEnds.isBefore(Instant.now());
  }

  private List<Sampler.Standing> failing() {
    return sensors.stream().filter(sensor -> !sensor.problem().isEmpty()).toList();
  }

  /** Running, connected, its certificate good, all sensors giving readings and all of them kept. */
  boolean isClean() {
    return runs()
        && !gateway.isEmpty()
        && standstill.isEmpty()
        && failing().isEmpty()
        && !hasEnded();
  }

  String json() {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("clean", isClean());
    all.put("device", device);
    all.put("running", runs());
    all.put("version", version.isEmpty() ? null : version);
    all.put("startedAt", startedAt);
    all.put("gateway", gateway.isEmpty() ? null : gateway);
    all.put("acknowledgedAt", acknowledgedAt);
    all.put("journaled", journaled);
    all.put("waiting", waiting);
    all.put("journalBytes", journalBytes);
    all.put("lost", lost);
    all.put("standstill", standstill.isEmpty() ? null : standstill);
    all.put("certificateEnds", certificateEnds);
    all.put(
        "sensors",
        sensors.stream()
            .map(
                sensor -> {
                  Map<String, @Nullable Object> one = new LinkedHashMap<>();
                  one.put("id", sensor.sensor());
                  one.put("driver", sensor.kind());
                  one.put("problem", sensor.problem().isEmpty() ? null : sensor.problem());
                  return one;
                })
            .toList());
    return Json.of(all);
  }

  String text() {
    List<String> lines = new ArrayList<>();
    line(lines, "device", device);
    line(
        lines,
        "agent",
        runs() ? "%s, since %s".formatted(version, seconds(startedAt)) : "not running");
    line(lines, "gateway", gateway.isEmpty() ? "none is connected" : gateway);
    line(
        lines,
        "acknowledged",
        acknowledgedAt == null ? "nothing since the start" : "last at " + seconds(acknowledgedAt));
    String size = journalBytes == null ? "" : ", %d bytes".formatted(journalBytes);
    line(lines, "waiting", "%d readings%s".formatted(waiting, size));
    if (lost > 0) {
      line(lines, "lost", "%d readings that the journal could not take".formatted(lost));
    }
    if (!standstill.isEmpty()) {
      line(lines, "no progress", standstill);
    }
    line(
        lines,
        "certificate",
        certificateEnds == null
            ? "none"
            : (hasEnded() ? "ended at " : "until ") + seconds(certificateEnds));
    lines.add("");
    Table table = new Table("SENSOR", "DRIVER", "STATE");
    for (Sampler.Standing sensor : sensors) {
      String state = runs() ? "ok" : "not read";
      table.row(
          sensor.sensor(), sensor.kind(), sensor.problem().isEmpty() ? state : sensor.problem());
    }
    lines.add(table.toString());
    return String.join(System.lineSeparator(), lines);
  }

  private static void line(List<String> lines, String name, String says) {
    lines.add("%-14s%s".formatted(name, says));
  }

  /** Without fractions, and how long from now. */
  private static String seconds(@Nullable Instant when) {
    if (when == null) {
      return "";
    }
    Duration off = Duration.between(when, Instant.now());
    String far = off.isNegative() ? "in " + span(off.negated()) : span(off) + " ago";
    return "%s (%s)".formatted(when.truncatedTo(ChronoUnit.SECONDS), far);
  }

  private static String span(Duration span) {
    if (span.toDays() > 1) {
      return span.toDays() + " days";
    }
    return span.toHours() > 1 ? span.toHours() + " h" : span.toSeconds() + " s";
  }
}
