package io.tidemark.agent.sensor;

import com.pi4j.exception.Pi4JException;
import com.pi4j.io.i2c.I2C;
import io.tidemark.wire.Value;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Bosch's BME280 over I2C, in forced mode with one sample each and no filter ("weather monitoring",
 * section 3.5.1): it measures when asked, and sleeps in between.
 *
 * <p>Metrics, at the chip's resolution: {@code temperature} in degrees Celsius (steps of 0.01),
 * {@code pressure} in hPa (steps of 1/25600), {@code humidity} in percent relative humidity (steps
 * of 1/1024).
 *
 * <p>Source of registers and waits: BST-BME280-DS002, revision 1.6, sections 5.3 and 5.4 (from p.
 * 26), 9.1 for the time a measurement takes, 1.1 for start-up.
 */
final class Bme280 implements Sensor {
  static final String KIND = "bme280";

  static final int REGISTER_ID = 0xD0;
  static final int REGISTER_RESET = 0xE0;
  static final int REGISTER_CTRL_HUM = 0xF2;
  static final int REGISTER_STATUS = 0xF3;
  static final int REGISTER_CTRL_MEAS = 0xF4;
  static final int REGISTER_CONFIG = 0xF5;
  static final int REGISTER_DATA = 0xF7;

  static final int CHIP_ID = 0x60;
  static final int RESET_WORD = 0xB6;
  static final int STATUS_MEASURING = 0x08;
  static final int STATUS_COPYING_CALIBRATION = 0x01;

  /** One sample of humidity (5.4.3). */
  private static final byte ONE_HUMIDITY = 0b001;

  /** One sample of temperature, one of pressure, forced mode (5.4.5). */
  private static final byte ONE_EACH_FORCED = 0b001_001_01;

  /** What the data registers hold for a value that was not measured (5.4.7 to 5.4.9). */
  private static final int SKIPPED_20_BIT = 0x80000;

  private static final int SKIPPED_16_BIT = 0x8000;

  private static final Duration START_UP = Duration.ofMillis(2);
  private static final Duration MEASUREMENT_TYPICAL = Duration.ofMillis(8);
  private static final Duration POLL = Duration.ofMillis(1);
  private static final int POLLS_MAX = 50;

  private final Supplier<I2C> device;
  private final Pause pause;
  private @Nullable Bme280Calibration calibration;

  Bme280(Supplier<I2C> device, Pause pause) {
    this.device = device;
    this.pause = pause;
  }

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public Map<String, Value> read() throws SensorException, InterruptedException {
    boolean read = false;
    try {
      I2C chip = device.get();
      Bme280Calibration trimming = calibration == null ? start(chip) : calibration;
      Map<String, Value> values = measure(chip, trimming);
      read = true;
      return values;
    } catch (Pi4JException | IllegalStateException e) {
      throw new SensorException("the bus failed: " + rootMessage(e), e);
    } finally {
      if (!read) {
        calibration =
            null; // begin afresh, with a reset: the chip may have lost its supply, or have been
        // exchanged
      }
    }
  }

  @Override
  public void close() {
    calibration = null; // the device is the bus's
  }

  /** Checks who is there, puts it into a known state and learns its trimming. */
  private Bme280Calibration start(I2C chip) throws SensorException, InterruptedException {
    int id = chip.readRegister(REGISTER_ID);
    if (id != CHIP_ID) {
      throw new SensorException(
          "chip id 0x%02x was read where a BME280 has 0x60%s: check the wiring, the address and what is connected"
              .formatted(id, id == 0x58 ? " (a BMP280, which has no humidity, has 0x58)" : ""));
    }
    chip.writeRegister(REGISTER_RESET, (byte) RESET_WORD);
    pause.pause(START_UP);
    awaitStatus(chip, STATUS_COPYING_CALIBRATION, "is still copying its calibration after a reset");
    byte[] first = readBlock(chip, Bme280Calibration.FIRST_REGISTER, Bme280Calibration.FIRST_BYTES);
    byte[] second =
        readBlock(chip, Bme280Calibration.SECOND_REGISTER, Bme280Calibration.SECOND_BYTES);
    Bme280Calibration trimming = Bme280Calibration.of(first, second);
    if (trimming.t1() == 0 || trimming.p1() == 0) {
      throw new SensorException("its calibration reads as zero: the chip or the bus is faulty");
    }
    chip.writeRegister(REGISTER_CONFIG, (byte) 0); // no filter
    calibration = trimming;
    return trimming;
  }

  private Map<String, Value> measure(I2C chip, Bme280Calibration trimming)
      throws SensorException, InterruptedException {
    chip.writeRegister(REGISTER_CTRL_HUM, ONE_HUMIDITY); // takes effect with the next line (5.4.3)
    chip.writeRegister(REGISTER_CTRL_MEAS, ONE_EACH_FORCED);
    pause.pause(MEASUREMENT_TYPICAL);
    awaitStatus(chip, STATUS_MEASURING, "is still measuring");
    byte[] data = readBlock(chip, REGISTER_DATA, 8);
    int adcP = twentyBits(data, 0);
    int adcT = twentyBits(data, 3);
    int adcH = (data[6] & 0xff) << 8 | data[7] & 0xff;
    if (adcP == SKIPPED_20_BIT || adcT == SKIPPED_20_BIT || adcH == SKIPPED_16_BIT) {
      throw new SensorException(
          "it did not measure what it was told to: it may have been reset in between");
    }
    int fine = trimming.fineTemperature(adcT);
    double temperature = Bme280Calibration.temperature(fine) / 100.0;
    double pressure = trimming.pressure(adcP, fine) / 25_600.0;
    double humidity = trimming.humidity(adcH, fine) / 1_024.0;
    requireRange("temperature", temperature, -40, 85, "°C");
    requireRange("pressure", pressure, 300, 1_100, "hPa");
    Map<String, Value> values = new LinkedHashMap<>();
    values.put("temperature", Value.of(temperature));
    values.put("pressure", Value.of(pressure));
    values.put("humidity", Value.of(humidity));
    return values;
  }

  /** Waits until {@code bit} of the status register is clear, for a bounded time. */
  private void awaitStatus(I2C chip, int bit, String problem)
      throws SensorException, InterruptedException {
    for (int poll = 0; poll < POLLS_MAX; poll++) {
      if ((chip.readRegister(REGISTER_STATUS) & bit) == 0) {
        return;
      }
      pause.pause(POLL);
    }
    throw new SensorException(
        "it %s; waited %d ms longer than it should take".formatted(problem, POLLS_MAX));
  }

  private static byte[] readBlock(I2C chip, int register, int length) throws SensorException {
    byte[] block = new byte[length];
    int read = chip.readRegister(register, block, 0, length);
    if (read != length) {
      throw new SensorException(
          "%d bytes were read from 0x%02x, not %d".formatted(read, register, length));
    }
    return block;
  }

  private static int twentyBits(byte[] data, int at) {
    return (data[at] & 0xff) << 12 | (data[at + 1] & 0xff) << 4 | (data[at + 2] & 0xff) >> 4;
  }

  private static void requireRange(String metric, double value, double min, double max, String unit)
      throws SensorException {
    if (value < min || value > max) {
      throw new SensorException(
          "%s is %.2f %s, outside what the chip measures (%.0f to %.0f): the chip or the bus is faulty"
              .formatted(metric, value, unit, min, max));
    }
  }

  private static String rootMessage(Throwable problem) {
    Throwable root = problem;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }
}
