package io.tidemark.agent.sensor;

import io.tidemark.wire.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Maxim's DS18B20 on a 1-Wire bus, through the file {@code w1_slave} of the Linux kernel's driver
 * {@code w1_therm}. To read the file is to measure: it takes up to 0.75 s, longer if others on the
 * bus are being read.
 *
 * <p>Metric: {@code temperature} in degrees Celsius, in thousandths, to which the kernel cuts the
 * chip's steps of 1/16 (at its usual 12 bits).
 *
 * <p>Nothing is tried twice: the kernel has tried a sensor that does not answer, or whose CRC is
 * wrong, several times before it says so.
 *
 * <p>Source: the kernel's Documentation/w1/slaves/w1_therm.rst and drivers/w1/slaves/w1_therm.c;
 * DS18B20 datasheet (Maxim 19-7487, revision 6), p. 1 for the range and the time a measurement
 * takes, table 1 for the power-on value, "Memory" for the nine bytes.
 */
final class Ds18b20 implements Sensor {
  static final String KIND = "ds18b20";

  /** Where the kernel shows what is on its 1-Wire buses. */
  static final Path DEVICES = Path.of("/sys/bus/w1/devices");

  /**
   * The chip's nine bytes and whether their CRC is right; then the bytes last read with a right
   * one, and the temperature. The line's end belongs to it: without, digits may be missing.
   */
  private static final Pattern FORM =
      Pattern.compile(
          "((?:[0-9a-f]{2} ){9}): crc=[0-9a-f]{2} (YES|NO)\n(?:[0-9a-f]{2} ){9}t=(-?\\d{1,6})\n");

  /** What a data line that is always low says, with a CRC that is right. */
  private static final String ZEROS = "00 ".repeat(9);

  /** What the chip says from power-on to the end of its first conversion. */
  private static final int POWER_ON_MILLIDEGREES = 85_000;

  /** Byte 6, and what is in it until there was a conversion (w1_therm.rst, "features"). */
  private static final int CONVERSION_BYTE = 6;

  private static final String NOT_CONVERTED = "0c";

  /**
   * How near to 85 °C the reading before must have been for 85 °C to be believed of a chip whose
   * byte 6 never changes, as it does not in many copies of the DS18B20.
   */
  private static final int NEAR_MAX_MILLIDEGREES = 1_000;

  private static final int MIN_MILLIDEGREES = -55_000;
  private static final int MAX_MILLIDEGREES = 125_000;

  /** Most names of what was found that are shown in a message. */
  private static final int SHOWN_MAX_NAMES = 8;

  private final Path devices;
  private final OptionalInt bus;
  private final String id;
  private final Path folder;
  private final Path file;

  /** The reading before, if it succeeded. */
  private OptionalInt beforeMillidegrees = OptionalInt.empty();

  /**
   * A sensor under {@code devices}.
   *
   * @param bus number of the bus's master, or empty for whichever it is on
   * @param id as the kernel names it, such as {@code 28-0316a2795bff}
   */
  Ds18b20(Path devices, OptionalInt bus, String id) {
    this.devices = devices;
    this.bus = bus;
    this.id = id;
    Path above = bus.isPresent() ? devices.resolve(master(bus.getAsInt())) : devices;
    this.folder = above.resolve(id);
    this.file = folder.resolve("w1_slave");
  }

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public Map<String, Value> read() throws SensorException {
    OptionalInt before = beforeMillidegrees;
    beforeMillidegrees = OptionalInt.empty(); // a failure may have been one of its supply
    int millidegrees = millidegrees(text(), before);
    beforeMillidegrees = OptionalInt.of(millidegrees);
    return Map.of("temperature", Value.of(millidegrees / 1_000.0));
  }

  @Override
  public void close() {
    beforeMillidegrees = OptionalInt.empty();
  }

  private String text() throws SensorException {
    try {
      return KernelFile.read(file);
    } catch (NoSuchFileException e) {
      throw new SensorException("there is no %s: %s".formatted(file, whyMissing()), e);
    } catch (IOException e) {
      throw new SensorException("%s cannot be read (%s)".formatted(file, e), e);
    }
  }

  private int millidegrees(String text, OptionalInt before) throws SensorException {
    if (text.isEmpty()) {
      throw new SensorException(
          "%s is empty, so the sensor does not answer: check the wiring and the data line's pull-up resistor (4.7 kΩ)"
              .formatted(file));
    }
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new SensorException(
          "%s should be two lines, of nine bytes and YES or NO, and of nine bytes and t=, but is \"%s\""
              .formatted(file, KernelFile.shown(text)));
    }
    String bytes = form.group(1);
    if (form.group(2).equals("NO")) { // t is then made of the wrong bytes
      throw new SensorException(
          "the CRC of what was read (%s) is wrong: check the length of the cable, its pull-up resistor (4.7 kΩ) and the supply"
              .formatted(bytes.trim()));
    }
    if (bytes.equals(ZEROS)) {
      throw new SensorException(
          "nothing but zeros was read: check whether the data line has a short circuit");
    }
    int millidegrees = Integer.parseInt(form.group(3));
    if (millidegrees == POWER_ON_MILLIDEGREES
        && bytes.split(" ")[CONVERSION_BYTE].equals(NOT_CONVERTED)
        && !isNear(before)) {
      throw new SensorException(
          "it says 85 °C, as it does from power-on until it has measured (%s): check its supply"
              .formatted(bytes.trim()));
    }
    if (millidegrees < MIN_MILLIDEGREES || millidegrees > MAX_MILLIDEGREES) {
      throw new SensorException(
          "temperature is %.2f °C, outside what the chip measures (-55 to 125): check its supply, the chip may be faulty"
              .formatted(millidegrees / 1_000.0));
    }
    return millidegrees;
  }

  private static boolean isNear(OptionalInt before) {
    return before.isPresent()
        && Math.abs(before.getAsInt() - POWER_ON_MILLIDEGREES) <= NEAR_MAX_MILLIDEGREES;
  }

  /** What has to be done for the file to be there. */
  private String whyMissing() {
    List<String> masters = names("w1_bus_master*");
    if (masters.isEmpty()) {
      return "the computer has no 1-Wire bus; on a Raspberry Pi put dtoverlay=w1-gpio into /boot/firmware/config.txt,"
          + " connect the data line to GPIO 4, and restart";
    }
    if (bus.isPresent() && !masters.contains(master(bus.getAsInt()))) {
      return "there is no 1-Wire bus %d; there are %s. Correct bus, or leave it out"
          .formatted(bus.getAsInt(), listed(masters));
    }
    if (!Files.isDirectory(folder)) {
      return "no %s is on the bus; on all buses there are %s. Check address, wiring and pull-up resistor (4.7 kΩ)"
          .formatted(id, listed(names("28-*")));
    }
    return "the kernel's driver for it is not loaded; do so with \"modprobe w1_therm\"";
  }

  private List<String> names(String glob) {
    try {
      return KernelFile.folders(devices, glob).stream()
          .map(folder -> String.valueOf(folder.getFileName()))
          .toList();
    } catch (IOException e) {
      return List.of(); // it is only to be named in a message about a failure
    }
  }

  private static String listed(List<String> names) {
    if (names.isEmpty()) {
      return "none";
    }
    String first = String.join(", ", names.subList(0, Math.min(names.size(), SHOWN_MAX_NAMES)));
    return names.size() > SHOWN_MAX_NAMES ? first + " ..." : first;
  }

  private static String master(int number) {
    return "w1_bus_master" + number;
  }
}
