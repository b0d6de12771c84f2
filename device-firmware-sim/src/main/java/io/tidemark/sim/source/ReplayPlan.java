package io.tidemark.sim.source;

import io.tidemark.sim.csv.CsvOptions;
import io.tidemark.sim.csv.CsvSeries;
import io.tidemark.sim.csv.CsvSummary;
import io.tidemark.sim.csv.MalformedFileException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is replayed, as whom.
 *
 * @param files checked from the first to the last line before anything is sent
 * @param options how they are read
 * @param speed how many times faster than it was measured; infinite is as fast as it is
 *     acknowledged
 * @param batchReadings a batch is closed when it has this many readings
 * @param batchIntervalNanos ... or when this much of real time has passed since its first one
 */
public record ReplayPlan(
    List<ReplayFile> files,
    CsvOptions options,
    double speed,
    int batchReadings,
    long batchIntervalNanos) {

  /**
   * A file and the devices it stands for.
   *
   * @param devices as many as its device column names, in that order; one if it has none
   */
  public record ReplayFile(Path file, List<String> devices, CsvSummary summary) {
    /** Copies the list. */
    public ReplayFile {
      devices = List.copyOf(devices);
    }
  }

  /** Names devices. */
  public interface Naming {
    /**
     * The name of a device.
     *
     * @param named in the file's device column; null if it has none
     * @throws IllegalArgumentException if that would be no name
     */
    String device(Path file, @Nullable String named);
  }

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
   * @throws MalformedFileException if one is not a series
   * @throws IllegalArgumentException if two devices would have one name
   */
  public static ReplayPlan of(
      List<Path> files,
      Naming naming,
      CsvOptions options,
      double speed,
      int batchReadings,
      long batchIntervalNanos)
      throws IOException {
    List<ReplayFile> checked = new ArrayList<>();
    Set<String> taken = new HashSet<>();
    for (Path file : files) {
      CsvSummary summary = CsvSeries.summarize(file, options);
      List<String> devices = new ArrayList<>();
      if (options.deviceColumn() == null) {
        devices.add(naming.device(file, null));
      }
      summary.devices().forEach(named -> devices.add(naming.device(file, named)));
      for (String device : devices) {
        if (!taken.add(device)) {
          throw new IllegalArgumentException(
              "two files would be the same device, %s; replay them one by one with --device"
                  .formatted(device));
        }
      }
      checked.add(new ReplayFile(file, devices, summary));
    }
    return new ReplayPlan(checked, options, speed, batchReadings, batchIntervalNanos);
  }

  /** All devices, in the order of their numbers. */
  public List<String> devices() {
    return files.stream().flatMap(file -> file.devices().stream()).toList();
  }

  /** What a record of this replay must have been made with. */
  public Map<String, String> settings() {
    Map<String, String> settings = new TreeMap<>();
    settings.put("plan", "replay");
    options.told().forEach((flag, value) -> settings.put("csv." + flag, value));
    settings.put("files", Integer.toString(files.size()));
    for (int i = 0; i < files.size(); i++) {
      ReplayFile file = files.get(i);
      settings.put("file." + i, file.file().getFileName().toString());
      settings.put("file." + i + ".rows", Long.toString(file.summary().readings()));
      settings.put("file." + i + ".crc32c", "%08x".formatted(file.summary().crc32c()));
      settings.put("file." + i + ".device", nameOf(file.devices()));
      settings.put("file." + i + ".sensor", options.sensor());
    }
    return settings;
  }

  /** The same file and options give the same devices behind the first one. */
  private static String nameOf(List<String> devices) {
    return switch (devices.size()) {
      case 0 -> "(none)";
      case 1 -> devices.get(0);
      default -> devices.get(0) + " and " + (devices.size() - 1) + " more";
    };
  }
}
