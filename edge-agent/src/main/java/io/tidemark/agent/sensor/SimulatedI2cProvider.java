package io.tidemark.agent.sensor;

import com.pi4j.io.i2c.I2C;
import com.pi4j.io.i2c.I2CBase;
import com.pi4j.io.i2c.I2CBusBase;
import com.pi4j.io.i2c.I2CConfig;
import com.pi4j.io.i2c.I2CProvider;
import com.pi4j.io.i2c.I2CProviderBase;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Pi4J's I2C without a board, where Pi4J's own provider does not run: behind each address is a chip
 * that knows registers and nothing else. Chips outlive the devices opened on them, as real ones do.
 */
final class SimulatedI2cProvider extends I2CProviderBase {
  private final Map<Integer, Chip> chips = new ConcurrentHashMap<>();
  private final long seed;
  private final InstantSource clock;

  /**
   * What sits on a bus: bytes in, bytes out. Register addresses count up within a read, and not
   * within a write (6.2).
   */
  interface Chip {
    int read(int register);

    void write(int register, int value);
  }

  SimulatedI2cProvider(long seed, InstantSource clock) {
    super("tidemark-simulated-i2c", "Simulated I2C");
    this.seed = seed;
    this.clock = clock;
  }

  /** Puts {@code chip} at {@code address}. */
  void attach(int address, Chip chip) {
    chips.put(address, chip);
  }

  @Override
  public I2C create(I2CConfig config) {
    Chip chip =
        chips.computeIfAbsent(
            config.device(),
            address -> new SimulatedBme280(new Weather(seed * 31 + address), clock));
    return new Device(this, config, chip);
  }

  /** The simulated bus: one transfer at a time. */
  private static final class SimulatedBus extends I2CBusBase {
    SimulatedBus(I2CConfig config) {
      super(config);
    }

    @Override
    public <R> R execute(I2C i2c, Callable<R> action) {
      return _execute(i2c, action);
    }
  }

  /** A device as Pi4J shows it. */
  private static final class Device extends I2CBase<SimulatedBus> {
    private final Chip chip;
    private int pointer;

    Device(I2CProvider provider, I2CConfig config, Chip chip) {
      super(provider, config, new SimulatedBus(config));
      this.chip = chip;
    }

    @Override
    public int readRegister(int register) {
      synchronized (chip) {
        return chip.read(register) & 0xff;
      }
    }

    @Override
    public int readRegister(int register, byte[] buffer, int offset, int length) {
      synchronized (chip) {
        for (int i = 0; i < length; i++) {
          buffer[offset + i] = (byte) chip.read(register + i);
        }
      }
      return length;
    }

    @Override
    public int readRegister(byte[] register, byte[] buffer, int offset, int length) {
      return readRegister(register[0] & 0xff, buffer, offset, length);
    }

    @Override
    public int writeRegister(int register, byte value) {
      synchronized (chip) {
        chip.write(register, value & 0xff);
      }
      return 1;
    }

    /** The chip takes pairs: value, then further register and value. */
    @Override
    public int writeRegister(int register, byte[] data, int offset, int length) {
      synchronized (chip) {
        chip.write(register, data[offset] & 0xff);
        for (int i = 1; i + 1 < length; i += 2) {
          chip.write(data[offset + i] & 0xff, data[offset + i + 1] & 0xff);
        }
      }
      return length;
    }

    @Override
    public int writeRegister(byte[] register, byte[] data, int offset, int length) {
      return writeRegister(register[0] & 0xff, data, offset, length);
    }

    @Override
    public int read() {
      return readRegister(pointer++);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
      int read = readRegister(pointer, buffer, offset, length);
      pointer += length;
      return read;
    }

    @Override
    public int write(byte value) {
      pointer = value & 0xff;
      return 1;
    }

    @Override
    public int write(byte[] data, int offset, int length) {
      pointer = data[offset] & 0xff;
      if (length > 1) {
        writeRegister(pointer, data, offset + 1, length - 1);
      }
      return length;
    }
  }
}
