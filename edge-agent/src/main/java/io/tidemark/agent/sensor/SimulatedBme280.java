package io.tidemark.agent.sensor;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * A BME280 down to its registers: calibration, identity, reset, the two control registers with the
 * rule that humidity's takes effect only with the other, the status bits, and counts that its
 * calibration turns back into the weather. The counts are found with the datasheet's floating-point
 * formulas (section 8.1), so that they check the driver's integer ones.
 *
 * <p>Not safe for several threads; the simulated bus serialises.
 */
final class SimulatedBme280 implements SimulatedI2cProvider.Chip {
  private static final int MODE_BITS = 0b11;
  private static final int MODE_SLEEP = 0b00;
  private static final int MODE_NORMAL = 0b11;

  /**
   * Status reads that still say "measuring" after a measurement has begun: what a driver that does
   * not wait trips over.
   */
  private static final int BUSY_READS = 1;

  // The datasheet of the BMP280, whose temperature and pressure are the same, works an example with
  // these; humidity's are typical.
  static final Bme280Calibration CALIBRATION =
      new Bme280Calibration(
          27504, 26435, -1000, 36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000, 75, 362, 0,
          313, 50, 30);

  private final Weather weather;
  private final InstantSource clock;
  private final int[] registers = new int[256];
  private int humiditySampling;
  private int busyReads;
  private boolean copying;

  SimulatedBme280(Weather weather, InstantSource clock) {
    this.weather = weather;
    this.clock = clock;
    reset();
  }

  @Override
  public int read(int register) {
    int at = register & 0xff;
    if (at == Bme280.REGISTER_STATUS) {
      int status =
          (copying ? Bme280.STATUS_COPYING_CALIBRATION : 0)
              | (busyReads > 0 ? Bme280.STATUS_MEASURING : 0);
      copying = false;
      busyReads = Math.max(0, busyReads - 1);
      return status;
    }
    if ((registers[Bme280.REGISTER_CTRL_MEAS] & MODE_BITS) == MODE_NORMAL
        && at == Bme280.REGISTER_DATA) {
      measure();
    }
    return registers[at];
  }

  @Override
  public void write(int register, int value) {
    switch (register & 0xff) {
      case Bme280.REGISTER_RESET -> {
        if (value == Bme280.RESET_WORD) { // any other word has no effect (5.4.2)
          reset();
        }
      }
      case Bme280.REGISTER_CTRL_HUM -> registers[Bme280.REGISTER_CTRL_HUM] = value & 0b111;
      case Bme280.REGISTER_CTRL_MEAS -> control(value);
      case Bme280.REGISTER_CONFIG -> registers[Bme280.REGISTER_CONFIG] = value;
      default -> {} // read-only: a write has no effect
    }
  }

  private void control(int value) {
    humiditySampling = registers[Bme280.REGISTER_CTRL_HUM]; // effective only now (5.4.3)
    registers[Bme280.REGISTER_CTRL_MEAS] = value;
    int mode = value & MODE_BITS;
    if (mode != MODE_SLEEP && mode != MODE_NORMAL) { // 01 and 10 are both forced (5.4.5)
      measure();
      busyReads = BUSY_READS;
      registers[Bme280.REGISTER_CTRL_MEAS] = value & ~MODE_BITS; // back to sleep by itself (3.3.3)
    }
  }

  private void measure() {
    Instant now = clock.instant();
    double seconds = now.getEpochSecond() + now.getNano() / 1e9;
    int control = registers[Bme280.REGISTER_CTRL_MEAS];
    int adcT = search(1 << 20, true, count -> celsius(fine(count)), weather.temperature(seconds));
    double fine = fine(adcT);
    int adcP =
        search(1 << 20, false, count -> pascal(count, fine), weather.pressure(seconds) * 100);
    int adcH = search(1 << 16, true, count -> percent(count, fine), weather.humidity(seconds));
    putTwentyBits(Bme280.REGISTER_DATA, (control >> 2 & 0b111) == 0 ? 0x80000 : adcP);
    putTwentyBits(Bme280.REGISTER_DATA + 3, (control >> 5) == 0 ? 0x80000 : adcT);
    int humidity = humiditySampling == 0 ? 0x8000 : adcH;
    registers[Bme280.REGISTER_DATA + 6] = humidity >> 8;
    registers[Bme280.REGISTER_DATA + 7] = humidity & 0xff;
  }

  private void putTwentyBits(int register, int value) {
    registers[register] = value >> 12;
    registers[register + 1] = value >> 4 & 0xff;
    registers[register + 2] = value << 4 & 0xf0;
  }

  /**
   * The count whose value comes nearest below {@code wanted}; the formulas are monotone over the
   * weather's range.
   */
  private static int search(int end, boolean rising, DoubleUnaryOperator formula, double wanted) {
    int low = 0;
    int high = end - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      boolean below =
          rising
              ? formula.applyAsDouble(middle) <= wanted
              : formula.applyAsDouble(middle) >= wanted;
      if (below) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  private static double fine(double adcT) {
    double var1 = (adcT / 16384.0 - CALIBRATION.t1() / 1024.0) * CALIBRATION.t2();
    double part = adcT / 131072.0 - CALIBRATION.t1() / 8192.0;
    return var1 + part * part * CALIBRATION.t3();
  }

  private static double celsius(double fine) {
    return fine / 5120.0;
  }

  private static double pascal(double adcP, double fine) {
    Bme280Calibration c = CALIBRATION;
    double var1 = fine / 2.0 - 64000.0;
    double var2 = var1 * var1 * c.p6() / 32768.0;
    var2 = var2 + var1 * c.p5() * 2.0;
    var2 = var2 / 4.0 + c.p4() * 65536.0;
    var1 = (c.p3() * var1 * var1 / 524288.0 + c.p2() * var1) / 524288.0;
    var1 = (1.0 + var1 / 32768.0) * c.p1();
    double p = (1048576.0 - adcP - var2 / 4096.0) * 6250.0 / var1;
    var1 = c.p9() * p * p / 2147483648.0;
    var2 = p * c.p8() / 32768.0;
    return p + (var1 + var2 + c.p7()) / 16.0;
  }

  private static double percent(double adcH, double fine) {
    Bme280Calibration c = CALIBRATION;
    double h = fine - 76800.0;
    h =
        (adcH - (c.h4() * 64.0 + c.h5() / 16384.0 * h))
            * (c.h2()
                / 65536.0
                * (1.0 + c.h6() / 67108864.0 * h * (1.0 + c.h3() / 67108864.0 * h)));
    h = h * (1.0 - c.h1() * h / 524288.0);
    return Math.min(Math.max(h, 0), 100);
  }

  private void reset() {
    Arrays.fill(registers, 0);
    registers[Bme280.REGISTER_ID] = Bme280.CHIP_ID;
    Bme280Calibration c = CALIBRATION;
    int[] words = {
      c.t1(), c.t2(), c.t3(), c.p1(), c.p2(), c.p3(), c.p4(), c.p5(), c.p6(), c.p7(), c.p8(), c.p9()
    };
    for (int i = 0; i < words.length; i++) {
      putWord(Bme280Calibration.FIRST_REGISTER + 2 * i, words[i]);
    }
    registers[0xA1] = c.h1();
    putWord(0xE1, c.h2());
    registers[0xE3] = c.h3();
    registers[0xE4] = c.h4() >> 4 & 0xff;
    registers[0xE5] = (c.h4() & 0x0f) | (c.h5() & 0x0f) << 4;
    registers[0xE6] = c.h5() >> 4 & 0xff;
    registers[0xE7] = c.h6() & 0xff;
    putTwentyBits(Bme280.REGISTER_DATA, 0x80000);
    putTwentyBits(Bme280.REGISTER_DATA + 3, 0x80000);
    registers[Bme280.REGISTER_DATA + 6] = 0x80;
    humiditySampling = 0;
    busyReads = 0;
    copying = true;
  }

  private void putWord(int register, int value) {
    registers[register] = value & 0xff;
    registers[register + 1] = value >> 8 & 0xff;
  }
}
