package io.tidemark.agent.sensor;

import com.pi4j.io.i2c.I2C;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The drivers there are, by the name a configuration calls them. */
public final class Drivers {
  private static final Map<String, Driver> ALL =
      Map.of(Bme280.KIND, device -> new Bme280(device, Pause.REAL));

  /**
   * Makes a sensor of a device on a bus; the device is asked for at each reading, so that a bus may
   * appear late.
   */
  interface Driver {
    Sensor sensor(Supplier<I2C> device);
  }

  private Drivers() {}

  /** Their names. */
  public static Set<String> names() {
    return ALL.keySet();
  }

  /**
   * A sensor at {@code address} of {@code bus}.
   *
   * @throws IllegalArgumentException if there is no such driver
   */
  public static Sensor sensor(String driver, Bus bus, int address) {
    Driver found = ALL.get(driver);
    if (found == null) {
      throw new IllegalArgumentException(
          "no driver is called " + driver + "; there are " + names());
    }
    return found.sensor(() -> bus.device(address));
  }
}
