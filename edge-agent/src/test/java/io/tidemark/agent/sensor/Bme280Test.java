package io.tidemark.agent.sensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.pi4j.Pi4J;
import com.pi4j.context.Context;
import com.pi4j.exception.Pi4JException;
import com.pi4j.io.i2c.I2C;
import io.tidemark.wire.Value;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The driver against registers, through Pi4J. */
class Bme280Test {
  private static final int ADDRESS = 0x76;

  private final FakeChip chip = new FakeChip();
  private final List<Duration> pauses = new ArrayList<>();
  private Context context;
  private Bme280 sensor;

  @BeforeEach
  void setUp() {
    SimulatedI2cProvider provider = new SimulatedI2cProvider(0, Instant::now);
    provider.attach(ADDRESS, chip);
    context = Pi4J.newContextBuilder().disableShutdownHook().add(provider).build();
    I2C device = provider.create(1, ADDRESS, "chip");
    sensor = new Bme280(() -> device, pauses::add);
  }

  @AfterEach
  void tearDown() {
    context.shutdown();
  }

  @Test
  void theDatasheetsExampleComesOutOfTheRegisters() throws Exception {
    chip.data(415_148, 519_888, 30_000);

    Map<String, Value> values = sensor.read();

    assertThat(values).containsOnlyKeys("temperature", "pressure", "humidity");
    assertThat(number(values, "temperature")).isEqualTo(25.08);
    assertThat(number(values, "pressure")).isEqualTo(25_767_233 / 25_600.0);
    assertThat(number(values, "humidity")).isBetween(40.0, 70.0);
    assertThat(sensor.kind()).isEqualTo("bme280");
  }

  @Test
  void itMeasuresInForcedModeWithHumidityFirst() throws Exception {
    chip.data(415_148, 519_888, 30_000);
    sensor.read();
    sensor.read();

    assertThat(chip.writes)
        .containsExactly(
            "e0=b6", "f5=00", "f2=01", "f4=25", "f2=01", "f4=25"); // one reset, two measurements
  }

  @Test
  void anotherChipIsNotTakenForOne() {
    chip.registers[0xD0] = 0x58;
    assertThatThrownBy(sensor::read)
        .isInstanceOf(SensorException.class)
        .hasMessageContaining("chip id 0x58")
        .hasMessageContaining("BMP280");
  }

  @Test
  void aMeasurementThatDoesNotEndHasADeadline() {
    chip.data(415_148, 519_888, 30_000);
    chip.stuckStatus = 0x08;
    assertThatThrownBy(sensor::read)
        .isInstanceOf(SensorException.class)
        .hasMessageContaining("still measuring");
    assertThat(pauses).hasSizeLessThan(100);
  }

  @Test
  void aResetThatDoesNotEndHasADeadline() {
    chip.stuckStatus = 0x01;
    assertThatThrownBy(sensor::read)
        .isInstanceOf(SensorException.class)
        .hasMessageContaining("calibration");
  }

  @Test
  void skippedValuesAreNotReadings() {
    chip.data(0x80000, 519_888, 30_000);
    assertThatThrownBy(sensor::read)
        .isInstanceOf(SensorException.class)
        .hasMessageContaining("did not measure");
  }

  @Test
  void impossibleValuesAreNotReadings() {
    chip.data(415_148, 0xfffff, 30_000); // a data line that is always high
    assertThatThrownBy(sensor::read)
        .isInstanceOf(SensorException.class)
        .hasMessageContaining("outside");
  }

  @Test
  void afterAFailureItBeginsAfreshWithAReset() throws Exception {
    chip.data(415_148, 519_888, 30_000);
    sensor.read();
    chip.broken = true;
    assertThatThrownBy(sensor::read)
        .isInstanceOf(SensorException.class)
        .hasMessageContaining("pulled out");
    chip.broken = false;
    chip.writes.clear();

    assertThat(number(sensor.read(), "temperature")).isEqualTo(25.08);
    assertThat(chip.writes).startsWith("e0=b6");
  }

  @Test
  void theSimulatedChipTellsTheWeather() throws Exception {
    Instant[] now = {Instant.parse("2026-07-01T12:00:00Z")};
    Weather weather = new Weather(42 * 31L + 0x77);
    try (Bus bus = Bus.simulated(42, () -> now[0])) {
      Sensor simulated = Drivers.i2c("bme280", bus, 0x77);
      double before = Double.NaN;
      for (int step = 0; step < 100; step++) {
        double seconds = now[0].getEpochSecond();
        Map<String, Value> values = simulated.read();
        assertThat(number(values, "temperature"))
            .isCloseTo(weather.temperature(seconds), within(0.02));
        assertThat(number(values, "pressure")).isCloseTo(weather.pressure(seconds), within(0.03));
        assertThat(number(values, "humidity")).isCloseTo(weather.humidity(seconds), within(0.05));
        if (step > 0) {
          assertThat(number(values, "temperature")).isCloseTo(before, within(1.0)); // smooth
        }
        before = number(values, "temperature");
        now[0] = now[0].plusSeconds(120);
      }
    }
  }

  @Test
  void theSimulatedChipHonoursItsControlRegisters() {
    SimulatedBme280 simulated = new SimulatedBme280(new Weather(1), () -> Instant.EPOCH);
    assertThat(simulated.read(0xF3)).isEqualTo(0x01); // copies its calibration after power-on
    simulated.write(0xF2, 1);
    assertThat(humidity(simulated)).isEqualTo(0x8000); // not before ctrl_meas is written
    simulated.write(0xF4, 0b001_001_00);
    assertThat(humidity(simulated)).isEqualTo(0x8000); // sleep
    simulated.write(0xF4, 0b001_001_01);
    assertThat(simulated.read(0xF4) & 0b11).isZero(); // back to sleep by itself
    assertThat(simulated.read(0xF3) & 0x08).isEqualTo(0x08);
    assertThat(simulated.read(0xF3) & 0x08).isZero();
    assertThat(humidity(simulated)).isNotEqualTo(0x8000);
    simulated.write(0xF4, 0b001_000_01);
    assertThat(simulated.read(0xF7)).isEqualTo(0x80); // pressure skipped
    simulated.write(0xE0, 0x00);
    assertThat(humidity(simulated)).isNotEqualTo(0x8000); // any other word does nothing
    simulated.write(0xE0, 0xB6);
    assertThat(humidity(simulated)).isEqualTo(0x8000);
    assertThat(simulated.read(0xF3) & 0x01).isEqualTo(1);
    simulated.write(0xD0, 0);
    assertThat(simulated.read(0xD0)).isEqualTo(0x60); // read-only
  }

  @Test
  void aBoardsBusThatIsNotThereIsASensorsFailure() {
    try (Bus bus = Bus.board(211)) {
      Sensor absent = Drivers.i2c("bme280", bus, ADDRESS);
      assertThatThrownBy(absent::read)
          .isInstanceOf(SensorException.class)
          .hasMessageContaining("bus failed");
    }
  }

  private static int humidity(SimulatedBme280 chip) {
    return chip.read(0xFD) << 8 | chip.read(0xFE);
  }

  private static double number(Map<String, Value> values, String metric) {
    return values.get(metric) instanceof Value.Num number ? number.value() : Double.NaN;
  }

  /** Registers, and switches for what can go wrong. */
  private static final class FakeChip implements SimulatedI2cProvider.Chip {
    final int[] registers = new int[256];
    final List<String> writes = new ArrayList<>();
    int stuckStatus;
    boolean broken;

    FakeChip() {
      SimulatedBme280 model = new SimulatedBme280(new Weather(0), () -> Instant.EPOCH);
      for (int register = 0x80; register < 0xF3; register++) {
        registers[register] = model.read(register);
      }
    }

    void data(int adcP, int adcT, int adcH) {
      int[] bytes = {
        adcP >> 12, adcP >> 4, adcP << 4, adcT >> 12, adcT >> 4, adcT << 4, adcH >> 8, adcH
      };
      for (int i = 0; i < bytes.length; i++) {
        registers[0xF7 + i] = bytes[i] & 0xff;
      }
    }

    @Override
    public int read(int register) {
      failIfBroken();
      return register == 0xF3 ? stuckStatus : registers[register];
    }

    @Override
    public void write(int register, int value) {
      failIfBroken();
      writes.add("%02x=%02x".formatted(register, value));
    }

    private void failIfBroken() {
      if (broken) {
        throw new Pi4JException("pulled out");
      }
    }
  }
}
