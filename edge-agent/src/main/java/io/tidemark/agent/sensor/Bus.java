package io.tidemark.agent.sensor;

import com.pi4j.Pi4J;
import com.pi4j.context.Context;
import com.pi4j.io.i2c.I2C;
import com.pi4j.io.i2c.I2CProvider;
import com.pi4j.plugin.linuxfs.provider.i2c.LinuxFsI2CProvider;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An I2C bus through Pi4J: the board's own, or a simulated one. What sits on it is used the same
 * way.
 *
 * <p>Pi4J starts when the first device is asked for. Safe for several threads.
 */
public final class Bus implements AutoCloseable {
  private final Supplier<I2CProvider> providers;
  private final int number;
  private final Map<Integer, I2C> devices = new HashMap<>();
  private @Nullable Context context;
  private @Nullable I2CProvider provider;

  private Bus(Supplier<I2CProvider> providers, int number) {
    this.providers = providers;
    this.number = number;
  }

  /** Bus {@code /dev/i2c-NUMBER} of the board. */
  public static Bus board(int number) {
    return new Bus(LinuxFsI2CProvider::newInstance, number);
  }

  /**
   * A bus without a board: at whatever address is asked for sits a simulated BME280 whose weather
   * follows from {@code seed} and the address.
   */
  public static Bus simulated(long seed) {
    return simulated(seed, InstantSource.system());
  }

  static Bus simulated(long seed, InstantSource clock) {
    return new Bus(() -> new SimulatedI2cProvider(seed, clock), 0);
  }

  /**
   * The device at {@code address}, the same one each time: Pi4J registers every device it makes, so
   * a sensor that fails for months must not make another at each attempt. Closed with the bus.
   *
   * @throws com.pi4j.exception.Pi4JException if the bus is not there or may not be used
   */
  synchronized I2C device(int address) {
    I2CProvider opened = provider;
    if (opened == null) {
      opened = providers.get();
      context = Pi4J.newContextBuilder().disableShutdownHook().add(opened).build();
      provider = opened;
    }
    I2C device = devices.get(address);
    if (device == null) {
      device = opened.create(number, address, "bus-%d-0x%02x".formatted(number, address));
      devices.put(address, device);
    }
    return device;
  }

  @Override
  public synchronized void close() {
    if (context != null) {
      context.shutdown();
      context = null;
      provider = null;
      devices.clear();
    }
  }
}
