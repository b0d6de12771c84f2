package io.tidemark.sim.source;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is replayed, as whom.
 *
 * @param files checked from the first to the last line before anything is sent
 * @param speed how many times faster than it was measured; infinite is as fast as it is
 *     acknowledged
 * @param batchReadings a batch is closed when it has this many readings
 * @param batchIntervalNanos ... or when this much of real time has passed since its first one
 */
public record ReplayPlan(
    List<ReplayFile> files, double speed, int batchReadings, long batchIntervalNanos) {

  /** A file and the device it stands for. */
  public record ReplayFile(Path file, String device, String sensor, long rows, long crc32c) {}

  /** Copies the list. */
  public ReplayPlan {
    files = List.copyOf(files);
    if (!(speed > 0)) {
      throw new IllegalArgumentException("the speed must be above 0 or max, but is " + speed);
    }
    if (batchReadings < 1 || batchReadings > 10_000) {
      throw new IllegalArgumentException(
          "a batch must have 1 to 10000 readings, but is " + batchReadings);
    }
  }

  /**
   * Reads every file once.
   *
   * @param devices one for each file
   * @throws MalformedFileException if one is not a series
   */
  public static ReplayPlan of(
      List<Path> files,
      List<String> devices,
      String sensor,
      double speed,
      int batchReadings,
      long batchIntervalNanos)
      throws IOException {
    List<ReplayFile> checked = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      CsvSeries.Summary summary = CsvSeries.summarize(files.get(i));
      checked.add(
          new ReplayFile(files.get(i), devices.get(i), sensor, summary.rows(), summary.crc32c()));
    }
    return new ReplayPlan(checked, speed, batchReadings, batchIntervalNanos);
  }

  /** What a record of this replay must have been made with. */
  public Map<String, String> settings() {
    Map<String, String> settings = new TreeMap<>();
    settings.put("plan", "replay");
    settings.put("files", Integer.toString(files.size()));
    for (int i = 0; i < files.size(); i++) {
      ReplayFile file = files.get(i);
      settings.put("file." + i, file.file().getFileName().toString());
      settings.put("file." + i + ".rows", Long.toString(file.rows()));
      settings.put("file." + i + ".crc32c", "%08x".formatted(file.crc32c()));
      settings.put("file." + i + ".device", file.device());
      settings.put("file." + i + ".sensor", file.sensor());
    }
    return settings;
  }
}
