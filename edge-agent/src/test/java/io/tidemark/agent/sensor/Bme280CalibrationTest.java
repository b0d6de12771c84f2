package io.tidemark.agent.sensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/**
 * The worked example of the BMP280's datasheet (BST-BMP280-DS001, section 3.12), whose formulas
 * these are too.
 */
class Bme280CalibrationTest {
  private static final Bme280Calibration EXAMPLE = SimulatedBme280.CALIBRATION;

  @Test
  void temperatureIsTheDatasheets() {
    int fine = EXAMPLE.fineTemperature(519_888);

    assertThat(fine).isEqualTo(128_422);
    assertThat(Bme280Calibration.temperature(fine)).isEqualTo(2_508);
  }

  @Test
  void pressureIsTheDatasheets() {
    long pressure = EXAMPLE.pressure(415_148, 128_422);

    assertThat(pressure).isEqualTo(25_767_233); // by the 64-bit formula, worked out separately
    assertThat(pressure / 256.0)
        .isCloseTo(100_653.27, within(0.02)); // the datasheet's, in floating point
  }

  @Test
  void humidityFollowsTheFloatingPointFormulaToItsResolution() {
    for (int adcH = 20_000; adcH < 36_000; adcH += 97) {
      double expected = floatingPointHumidity(adcH, 128_422);
      assertThat(EXAMPLE.humidity(adcH, 128_422) / 1_024.0).isCloseTo(expected, within(0.02));
    }
  }

  @Test
  void humidityStaysWithinItsRange() {
    assertThat(EXAMPLE.humidity(0, 128_422)).isZero();
    assertThat(EXAMPLE.humidity(65_535, 128_422)).isEqualTo(102_400);
  }

  @Test
  void aPressureThatWouldDivideByZeroIsZero() {
    Bme280Calibration blank =
        new Bme280Calibration(1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    assertThat(blank.pressure(415_148, 128_422)).isZero();
  }

  @Test
  void registersAreReadWithTheirSigns() {
    byte[] first = new byte[Bme280Calibration.FIRST_BYTES];
    first[0] = (byte) 0xff; // T1 is unsigned
    first[1] = (byte) 0xff;
    first[4] = (byte) 0x18; // T3 = -1000
    first[5] = (byte) 0xfc;
    first[25] = (byte) 0xc8; // H1 is unsigned
    byte[] second = {
      (byte) 0x6a, 0x01, (byte) 0x80, (byte) 0xff, (byte) 0x2e, (byte) 0x80, (byte) 0x9c
    };

    Bme280Calibration calibration = Bme280Calibration.of(first, second);

    assertThat(calibration.t1()).isEqualTo(65_535);
    assertThat(calibration.t3()).isEqualTo(-1_000);
    assertThat(calibration.h1()).isEqualTo(200);
    assertThat(calibration.h2()).isEqualTo(362);
    assertThat(calibration.h3()).isEqualTo(128);
    assertThat(calibration.h4()).isEqualTo(-2); // 0xff, low nibble of 0x2e: 0xffe as 12 signed bits
    assertThat(calibration.h5()).isEqualTo(-2_046); // 0x80, high nibble of 0x2e: 0x802
    assertThat(calibration.h6()).isEqualTo(-100);
  }

  /** Section 8.1 of BST-BME280-DS002. */
  private static double floatingPointHumidity(int adcH, double fine) {
    Bme280Calibration c = EXAMPLE;
    double h = fine - 76800.0;
    h =
        (adcH - (c.h4() * 64.0 + c.h5() / 16384.0 * h))
            * (c.h2()
                / 65536.0
                * (1.0 + c.h6() / 67108864.0 * h * (1.0 + c.h3() / 67108864.0 * h)));
    h = h * (1.0 - c.h1() * h / 524288.0);
    return Math.min(Math.max(h, 0), 100);
  }
}
