package io.tidemark.agent.sensor;

/**
 * A BME280's trimming parameters and the datasheet's integer formulas that turn counts into values.
 *
 * <p>Source: Bosch BST-BME280-DS002, revision 1.6: table 16 (pp. 24-25) for the parameters, section
 * 4.2.3 (pp. 25-26) for the formulas, with 32-bit integers for temperature and humidity and 64-bit
 * ones for pressure.
 */
record Bme280Calibration(
    int t1,
    int t2,
    int t3,
    int p1,
    int p2,
    int p3,
    int p4,
    int p5,
    int p6,
    int p7,
    int p8,
    int p9,
    int h1,
    int h2,
    int h3,
    int h4,
    int h5,
    int h6) {

  /** Registers 0x88 to 0xA1. */
  static final int FIRST_REGISTER = 0x88;

  static final int FIRST_BYTES = 26;

  /** Registers 0xE1 to 0xE7. */
  static final int SECOND_REGISTER = 0xE1;

  static final int SECOND_BYTES = 7;

  /**
   * Reads the parameters out of the chip's registers.
   *
   * @param first what 0x88 to 0xA1 hold
   * @param second what 0xE1 to 0xE7 hold
   */
  static Bme280Calibration of(byte[] first, byte[] second) {
    return new Bme280Calibration(
        unsigned16(first, 0),
        signed16(first, 2),
        signed16(first, 4),
        unsigned16(first, 6),
        signed16(first, 8),
        signed16(first, 10),
        signed16(first, 12),
        signed16(first, 14),
        signed16(first, 16),
        signed16(first, 18),
        signed16(first, 20),
        signed16(first, 22),
        first[25] & 0xff,
        signed16(second, 0),
        second[2] & 0xff,
        (second[3] << 4) | (second[4] & 0x0f), // 0xE4 is the signed upper part, 0xE5[3:0] the lower
        (second[5] << 4)
            | ((second[4] & 0xf0) >> 4), // 0xE6 is the signed upper part, 0xE5[7:4] the lower
        second[6]);
  }

  /** {@code t_fine}: the temperature at the resolution the other two formulas need. */
  int fineTemperature(int adcT) {
    int var1 = (((adcT >> 3) - (t1 << 1)) * t2) >> 11;
    int difference = (adcT >> 4) - t1;
    int var2 = (((difference * difference) >> 12) * t3) >> 14;
    return var1 + var2;
  }

  /** Hundredths of a degree Celsius. */
  static int temperature(int fineTemperature) {
    return (fineTemperature * 5 + 128) >> 8;
  }

  /** Pascal in Q24.8: 256ths. 0 if the parameters would make it divide by zero. */
  long pressure(int adcP, int fineTemperature) {
    long var1 = fineTemperature - 128_000L;
    long var2 = var1 * var1 * p6;
    var2 += (var1 * p5) << 17;
    var2 += (long) p4 << 35;
    var1 = ((var1 * var1 * p3) >> 8) + ((var1 * p2) << 12);
    var1 = (((1L << 47) + var1) * p1) >> 33;
    if (var1 == 0) {
      return 0;
    }
    long p = 1_048_576L - adcP;
    p = (((p << 31) - var2) * 3125) / var1;
    var1 = (p9 * (p >> 13) * (p >> 13)) >> 25;
    var2 = (p8 * p) >> 19;
    return ((p + var1 + var2) >> 8) + ((long) p7 << 4);
  }

  /** Percent relative humidity in Q22.10: 1024ths, 0 to 102,400. */
  int humidity(int adcH, int fineTemperature) {
    int x = fineTemperature - 76_800;
    x =
        ((((adcH << 14) - (h4 << 20) - (h5 * x)) + 16_384) >> 15)
            * (((((((x * h6) >> 10) * (((x * h3) >> 11) + 32_768)) >> 10) + 2_097_152) * h2 + 8_192)
                >> 14);
    x -= ((((x >> 15) * (x >> 15)) >> 7) * h1) >> 4;
    return Math.min(Math.max(x, 0), 419_430_400) >> 12;
  }

  private static int unsigned16(byte[] bytes, int at) {
    return (bytes[at] & 0xff) | (bytes[at + 1] & 0xff) << 8;
  }

  private static int signed16(byte[] bytes, int at) {
    return (short) unsigned16(bytes, at);
  }
}
