package io.tidemark.agent.sensor;

import com.pi4j.io.i2c.I2C;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The drivers there are, by the name a configuration calls them and by what they read from. */
public final class Drivers {
  private static final Path ROOT = Path.of("/");

  private static final Map<String, I2cDriver> I2C =
      Map.of(Bme280.KIND, device -> new Bme280(device, Pause.REAL));
  private static final Map<String, OneWireDriver> ONE_WIRE =
      Map.of(Ds18b20.KIND, (bus, id) -> new Ds18b20(Ds18b20.DEVICES, bus, id));
  private static final Map<String, BoardDriver> BOARD =
      Map.of(Board.KIND, journalDir -> new Board(ROOT, journalDir));

  /**
   * Makes a sensor of a device on a bus; the device is asked for at each reading, so that a bus may
   * appear late.
   */
  interface I2cDriver {
    Sensor sensor(Supplier<I2C> device);
  }

  /** Makes a sensor of what the kernel shows of a 1-Wire bus, or of whichever bus it is on. */
  interface OneWireDriver {
    Sensor sensor(OptionalInt bus, String id);
  }

  /** Makes a sensor of the computer itself. */
  interface BoardDriver {
    Sensor sensor(Path journalDir);
  }

  private Drivers() {}

  /** Names of those for {@link #i2c}. */
  public static Set<String> i2cNames() {
    return I2C.keySet();
  }

  /** Names of those for {@link #oneWire}. */
  public static Set<String> oneWireNames() {
    return ONE_WIRE.keySet();
  }

  /** Names of those for {@link #board}. */
  public static Set<String> boardNames() {
    return BOARD.keySet();
  }

  /**
   * A sensor at {@code address} of {@code bus}.
   *
   * @throws IllegalArgumentException if there is no such driver
   */
  public static Sensor i2c(String driver, Bus bus, int address) {
    return found(driver, I2C.get(driver), i2cNames()).sensor(() -> bus.device(address));
  }

  /**
   * The sensor that the kernel calls {@code id}.
   *
   * @param bus number of the bus it has to be on; empty if it may be on any
   * @throws IllegalArgumentException if there is no such driver
   */
  public static Sensor oneWire(String driver, OptionalInt bus, String id) {
    return found(driver, ONE_WIRE.get(driver), oneWireNames()).sensor(bus, id);
  }

  /**
   * The computer itself.
   *
   * @param journalDir a folder on the disk whose free space counts
   * @throws IllegalArgumentException if there is no such driver
   */
  public static Sensor board(String driver, Path journalDir) {
    return found(driver, BOARD.get(driver), boardNames()).sensor(journalDir);
  }

  private static <D> D found(String driver, @Nullable D found, Set<String> names) {
    if (found == null) {
      throw new IllegalArgumentException("no driver is called " + driver + "; there are " + names);
    }
    return found;
  }
}
