package io.tidemark.sim.source;

import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Writes what is produced, one line a reading, the same bytes for the same plan:
 *
 * <pre>
 * sim-00001,0,2026-01-01T00:00:00.125Z,temperature=3.71,raining=true,wind_from=NW
 * soil-00001,0,2026-01-01T00:00:07.5Z,depth-10/moisture=0.213,depth-10/temperature=4.1
 * </pre>
 *
 * <p>A sensor that is not {@code main} stands before its metrics. Epochs are random and therefore
 * not in it: where a device begins another, its numbers begin again at 0. Numbers have the 17
 * digits that tell any two doubles apart (trailing zeros left out), because the shortest form
 * differs between Java releases. Not thread-safe.
 */
public final class Trace implements Closeable {
  private static final MathContext DIGITS = new MathContext(17);

  private final BufferedWriter out;
  private final List<String> devices;

  /** Begins a new file, replacing one that is there. */
  public Trace(Path file, List<String> devices) throws IOException {
    this.out = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
    this.devices = List.copyOf(devices);
  }

  void reading(int device, long sequence, Reading reading) throws IOException {
    Instant time =
        Instant.ofEpochSecond(
            Math.floorDiv(reading.timeNanos(), 1_000_000_000L),
            Math.floorMod(reading.timeNanos(), 1_000_000_000L));
    StringBuilder line = new StringBuilder(160);
    line.append(devices.get(device)).append(',').append(sequence).append(',').append(time);
    String sensor = reading.sensor().equals("main") ? "" : reading.sensor() + "/";
    for (Map.Entry<String, Value> metric : reading.values().entrySet()) {
      line.append(',').append(sensor).append(metric.getKey());
      line.append('=').append(text(metric.getValue()));
    }
    out.append(line).append('\n');
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  private static String text(Value value) {
    if (value instanceof Value.Num number) {
      return new BigDecimal(number.value()).round(DIGITS).stripTrailingZeros().toPlainString();
    }
    if (value instanceof Value.Flag flag) {
      return Boolean.toString(flag.value());
    }
    return ((Value.Text) value).value();
  }
}
