package io.tidemark.agent.sensor;

import io.tidemark.wire.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The computer the agent runs on, as the Linux kernel shows it: a Raspberry Pi, or any other. A
 * metric that it does not have is left out; one that cannot be made out is left out too, and logged
 * once.
 *
 * <p>Metrics:
 *
 * <ul>
 *   <li>{@code cpu_temperature} in degrees Celsius (steps of 0.001): of the thermal zone that is
 *       the processor's, otherwise of the first
 *   <li>{@code undervoltage}, a flag, on a Raspberry Pi only: whether its supply was too low at
 *       some time between the kernel's last two looks, which are 2 s apart
 *   <li>{@code load_1m}, without a unit: processes that run, or wait for a processor or a disk,
 *       averaged over a minute (steps of 0.01)
 *   <li>{@code memory_available} and {@code memory_total} in MiB (steps of 1/1024)
 *   <li>{@code disk_free} in GiB (steps of 1/1024, rounded down): what the agent may still write
 *       where its journal is
 * </ul>
 *
 * <p>Source: the kernel's Documentation/driver-api/thermal/sysfs-api.rst,
 * Documentation/hwmon/raspberrypi-hwmon.rst with drivers/hwmon/raspberrypi-hwmon.c, and
 * Documentation/filesystems/proc.rst.
 */
final class Board implements Sensor {
  static final String KIND = "board";

  private static final Logger log = LoggerFactory.getLogger(Board.class);

  private static final Pattern INTEGER = Pattern.compile("(-?\\d{1,9})\\s*");
  private static final Pattern FLAG = Pattern.compile("([01])\\s*");
  private static final Pattern LOAD = Pattern.compile("(\\d{1,9}\\.\\d\\d) .*\\s*");

  /** Zones of processors: {@code cpu-thermal} on a Raspberry Pi, {@code x86_pkg_temp} on a PC. */
  private static final Pattern CPU_ZONE = Pattern.compile(".*cpu.*|x86_pkg_temp");

  private static final Pattern RASPBERRY_SUPPLY = Pattern.compile("rpi_volt");

  /** Beyond these no processor runs: the zone is switched off or faulty. */
  private static final int CPU_MIN_MILLIDEGREES = -55_000;

  private static final int CPU_MAX_MILLIDEGREES = 150_000;

  private static final long MIB_BYTES = 1L << 20;

  private final Path root;
  private final Path journalDir;

  /** Metrics that could not be made out the last time. */
  private final Set<String> faulty = new HashSet<>();

  /** One metric's source. */
  private interface Source {
    /**
     * What it says now.
     *
     * @throws NoSuchFileException if this computer does not have it
     * @throws IOException if what it says cannot be made out
     */
    Value read() throws IOException;
  }

  /**
   * The computer whose {@code /sys} and {@code /proc} are under {@code root}, and whose journal is
   * in {@code journalDir}.
   */
  Board(Path root, Path journalDir) {
    this.root = root;
    this.journalDir = journalDir;
  }

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public Map<String, Value> read() throws SensorException {
    Map<String, Value> values = new LinkedHashMap<>();
    put(values, "cpu_temperature", this::cpuTemperature);
    put(values, "undervoltage", this::undervoltage);
    put(values, "load_1m", this::load);
    put(values, "memory_available", () -> memory("MemAvailable"));
    put(values, "memory_total", () -> memory("MemTotal"));
    put(values, "disk_free", this::diskFree);
    if (values.isEmpty()) {
      throw new SensorException(
          "neither %s nor %s nor the file system of %s says anything about this computer: it needs Linux"
              .formatted(root.resolve("sys"), root.resolve("proc"), journalDir));
    }
    return values;
  }

  @Override
  public void close() {
    faulty.clear();
  }

  private void put(Map<String, Value> values, String metric, Source source) {
    try {
      values.put(metric, source.read());
      if (faulty.remove(metric)) {
        log.info("The board's {} can be made out again", metric);
      }
    } catch (NoSuchFileException e) {
      log.debug("The board has no {}: {}", metric, e.getMessage());
    } catch (IOException e) {
      if (faulty.add(metric)) {
        log.warn("The board's {} is left out until it can be made out: {}", metric, e.toString());
      }
    }
  }

  private Value cpuTemperature() throws IOException {
    Path zones = root.resolve("sys/class/thermal");
    Path zone;
    try {
      zone = folder(zones, "thermal_zone*", "type", CPU_ZONE);
    } catch (NoSuchFileException e) {
      zone = zones.resolve("thermal_zone0");
    }
    Path file = zone.resolve("temp");
    int millidegrees = Integer.parseInt(match(file, INTEGER));
    if (millidegrees < CPU_MIN_MILLIDEGREES || millidegrees > CPU_MAX_MILLIDEGREES) {
      throw new IOException(
          "%s says %d, outside %d to %d"
              .formatted(file, millidegrees, CPU_MIN_MILLIDEGREES, CPU_MAX_MILLIDEGREES));
    }
    return Value.of(millidegrees / 1_000.0);
  }

  private Value undervoltage() throws IOException {
    Path supply = folder(root.resolve("sys/class/hwmon"), "hwmon*", "name", RASPBERRY_SUPPLY);
    return Value.of(match(supply.resolve("in0_lcrit_alarm"), FLAG).equals("1"));
  }

  private Value load() throws IOException {
    return Value.of(Double.parseDouble(match(root.resolve("proc/loadavg"), LOAD)));
  }

  /** The kernel's kB are 1,024 bytes. */
  private Value memory(String key) throws IOException {
    Path file = root.resolve("proc/meminfo");
    Matcher line =
        Pattern.compile("^" + key + ": +(\\d{1,15}) kB$", Pattern.MULTILINE)
            .matcher(KernelFile.read(file));
    if (!line.find()) {
      throw new IOException("%s has no line \"%s: NUMBER kB\"".formatted(file, key));
    }
    return Value.of(Long.parseLong(line.group(1)) / 1_024.0);
  }

  private Value diskFree() throws IOException {
    return Value.of(Files.getFileStore(journalDir).getUsableSpace() / MIB_BYTES / 1_024.0);
  }

  /** The first folder in {@code parent} whose {@code file} says what is wanted. */
  private static Path folder(Path parent, String glob, String file, Pattern wanted)
      throws IOException {
    for (Path folder : KernelFile.folders(parent, glob)) {
      Path said = folder.resolve(file);
      if (Files.isReadable(said) && wanted.matcher(KernelFile.read(said).trim()).matches()) {
        return folder;
      }
    }
    throw new NoSuchFileException(parent.resolve(glob).resolve(file).toString());
  }

  private static String match(Path file, Pattern form) throws IOException {
    String text = KernelFile.read(file);
    Matcher matcher = form.matcher(text);
    if (!matcher.matches()) {
      throw new IOException(
          "%s cannot be made out: \"%s\"".formatted(file, KernelFile.shown(text)));
    }
    return matcher.group(1);
  }
}
