package io.tidemark.wire;

/**
 * Chooses the shortest of the three forms for numbers. Sensors measure in steps, of a hundredth or
 * of 1/256, so their values are nearly always whole numbers over one divisor, and neighbours differ
 * little.
 */
final class NumberEncoder {
  /**
   * Divisors tried, ascending: decimal steps, binary ones (1/16 is a DS18B20's, 1/1024 a BME280's
   * humidity), and 25,600 (a BME280's 1/256 Pa in hPa).
   */
  private static final long[] DIVISORS = {
    1,
    2,
    4,
    10,
    16,
    100,
    256,
    1_000,
    1_024,
    4_096,
    10_000,
    25_600,
    65_536,
    100_000,
    1_000_000,
    1 << 20,
    10_000_000,
    1 << 24,
    100_000_000,
    1_000_000_000
  };

  private NumberEncoder() {}

  static void write(double[] values, ProtoWriter out) {
    long divisor = divisor(values);
    ProtoWriter scaled = new ProtoWriter();
    if (divisor > 0) {
      writeScaled(values, divisor, scaled);
    }
    boolean floats = areFloats(values);
    int plainBytes = values.length * (floats ? 4 : 8);
    if (divisor > 0 && scaled.size() <= plainBytes) {
      out.number(SeriesField.DIVISOR, divisor == 1 ? 0 : divisor);
      out.part(SeriesField.SCALED, scaled);
    } else {
      ProtoWriter plain = new ProtoWriter();
      for (double value : values) {
        if (floats) {
          plain.littleEndian(Float.floatToRawIntBits((float) value), 4);
        } else {
          plain.littleEndian(Double.doubleToRawLongBits(value), 8);
        }
      }
      out.part(floats ? SeriesField.FLOATS : SeriesField.DOUBLES, plain);
    }
  }

  private static void writeScaled(double[] values, long divisor, ProtoWriter out) {
    long previous = 0;
    for (double value : values) {
      long n = (long) Math.rint(value * divisor);
      out.zigZag(n - previous);
      previous = n;
    }
  }

  /**
   * The smallest divisor by which all values are whole numbers, bit for bit; 0 if there is none.
   */
  private static long divisor(double[] values) {
    for (long divisor : DIVISORS) {
      if (divides(divisor, values)) {
        return divisor;
      }
    }
    return 0;
  }

  private static boolean divides(long divisor, double[] values) {
    for (double value : values) {
      double n = Math.rint(value * divisor);
      if (!(Math.abs(n) <= SeriesField.SCALED_MAX)) {
        return false;
      }
      double back = (double) (long) n / (double) divisor;
      if (Double.doubleToRawLongBits(back) != Double.doubleToRawLongBits(value)) {
        return false;
      }
    }
    return true;
  }

  private static boolean areFloats(double[] values) {
    for (double value : values) {
      double back = (float) value;
      if (Double.doubleToRawLongBits(back) != Double.doubleToRawLongBits(value)) {
        return false;
      }
    }
    return true;
  }
}
