package io.tidemark.agent.sensor;

import com.pi4j.exception.Pi4JException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Looks at the buses of the board for sensors that there are drivers for. Only what is harmless to
 * any chip is done: one register is read, at the addresses such a sensor can have.
 */
public final class Finder {
  private static final List<Integer> BME280_ADDRESSES = List.of(0x76, 0x77);
  private static final int BMP280_ID = 0x58;

  private final Path root;
  private final IntFunction<Bus> buses;

  /**
   * A sensor that was found.
   *
   * @param driver which reads it
   * @param bus its number on I2C; on 1-Wire {@code w1}
   * @param address as the configuration writes it
   */
  public record Found(String driver, String bus, String address) {}

  /**
   * What a look has come to.
   *
   * @param problems why something could not be looked at, or is there and cannot be used; with what
   *     to do
   */
  public record Sight(List<Found> found, List<String> problems) {
    public Sight {
      found = List.copyOf(found);
      problems = List.copyOf(problems);
    }
  }

  /** For the board's own. */
  public Finder() {
    this(Path.of("/"), Bus::board);
  }

  /**
   * For another.
   *
   * @param root where {@code dev} and {@code sys} are
   */
  Finder(Path root, IntFunction<Bus> buses) {
    this.root = root;
    this.buses = buses;
  }

  /** Looks once. Takes milliseconds; may be done beside a running agent. */
  public Sight look() {
    List<Found> found = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    try {
      List<Path> i2c = KernelFile.files(root.resolve("dev"), "i2c-[0-9]*");
      if (i2c.isEmpty()) {
        problems.add(
            "there is no I2C bus (/dev/i2c-*). On a Raspberry Pi: sudo raspi-config nonint do_i2c 0");
      }
      for (Path device : i2c) {
        lookAt(device, found, problems);
      }
      for (Path device : KernelFile.folders(root.resolve("sys/bus/w1/devices"), "28-[0-9a-f]*")) {
        found.add(new Found(Ds18b20.KIND, "w1", device.getFileName().toString()));
      }
    } catch (IOException e) {
      problems.add("the buses cannot be looked at: " + e);
    }
    return new Sight(found, problems);
  }

  private void lookAt(Path device, List<Found> found, List<String> problems) {
    if (!Files.isReadable(device) || !Files.isWritable(device)) {
      problems.add(
          "%s may not be used by this user. Let it: sudo usermod -aG i2c tidemark-agent; or run this with sudo"
              .formatted(device));
      return;
    }
    String number = device.getFileName().toString().substring("i2c-".length());
    try (Bus bus = buses.apply(Integer.parseInt(number))) {
      for (int address : BME280_ADDRESSES) {
        int id = id(bus, address);
        String written = "0x%02x".formatted(address);
        if (id == Bme280.CHIP_ID) {
          found.add(new Found(Bme280.KIND, number, written));
        } else if (id == BMP280_ID) {
          problems.add(
              "at %s of bus %s is a BMP280, which has no humidity; there is no driver for it"
                  .formatted(written, number));
        }
      }
    } catch (Pi4JException | IllegalStateException | LinkageError e) {
      problems.add(
          "bus %s cannot be used: %s. Boards with 32- or 64-bit ARM can be"
              .formatted(number, e.getMessage()));
    }
  }

  /** Who says it is there; -1 if nobody answers. */
  private static int id(Bus bus, int address) {
    var chip = bus.device(address); // fails where there is no such bus
    try {
      return chip.readRegister(Bme280.REGISTER_ID);
    } catch (Pi4JException | IllegalStateException e) {
      return -1;
    }
  }
}
