package io.tidemark.agent.sensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.wire.Value;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The driver against files as the kernel's w1_therm writes them, in a folder. */
class Ds18b20Test {
  private static final String ID = "28-0316a2795bff";

  /** 25.0625 °C, and byte 6 as such a conversion leaves it. */
  private static final String MEASURED = "91 01 4b 46 7f ff 0f 10 25";

  /** What the chip has from power-on to its first conversion; a copy's byte 6 stays so for ever. */
  private static final String POWER_ON = "50 05 4b 46 7f ff 0c 10 1c";

  /** A conversion that gave 85 °C. */
  private static final String MEASURED_85 = "50 05 4b 46 7f ff 10 10 c8";

  private final Path devices;
  private final Ds18b20 sensor;

  Ds18b20Test(@TempDir Path dir) {
    devices = dir.resolve("devices");
    sensor = sensor(OptionalInt.empty());
  }

  @BeforeEach
  void aBusWithASensor() throws IOException {
    Files.createDirectories(devices.resolve("w1_bus_master1").resolve(ID));
    Files.createSymbolicLink(devices.resolve(ID), Path.of("w1_bus_master1", ID));
  }

  @Test
  void theTemperatureIsInDegrees() throws Exception {
    says(MEASURED, "YES", "t=25062");

    assertThat(sensor.read()).isEqualTo(Map.of("temperature", Value.of(25.062)));
    assertThat(sensor.kind()).isEqualTo("ds18b20");
  }

  @ParameterizedTest
  @CsvSource({
    "t=-10125, -10.125",
    "t=-500, -0.5",
    "t=-62, -0.062",
    "t=0, 0",
    "t=62, 0.062",
    "t=-55000, -55",
    "t=125000, 125"
  })
  void theWholeRangeIsRead(String written, double expected) throws Exception {
    says(MEASURED, "YES", written);

    assertThat(sensor.read()).isEqualTo(Map.of("temperature", Value.of(expected)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"t=-55062", "t=125062", "t=127937"})
  void whatTheChipCannotMeasureIsNoReading(String written) throws Exception {
    says(MEASURED, "YES", written);

    fails("outside what the chip measures (-55 to 125)");
  }

  @Test
  void aWrongCrcIsNoReading() throws Exception {
    says("91 01 4b 46 7f ff 0f 10 24", "NO", "t=25062");

    fails("CRC", "91 01 4b 46 7f ff 0f 10 24", "pull-up");
  }

  @Test
  void thePowerOnValueIsNoReading() throws Exception {
    says(POWER_ON, "YES", "t=85000");

    fails("from power-on until it has measured", POWER_ON);
  }

  @Test
  void aMeasured85DegreesIsAReading() throws Exception {
    says(MEASURED_85, "YES", "t=85000");

    assertThat(sensor.read()).isEqualTo(Map.of("temperature", Value.of(85)));
  }

  @ParameterizedTest
  @CsvSource({"t=84000", "t=84937", "t=85062", "t=86000"})
  void of85DegreesThatMayBeEitherTheReadingBeforeDecides(String before) throws Exception {
    says("4f 05 4b 46 7f ff 0c 10 00", "YES", before); // a copy: byte 6 would be 01
    sensor.read();
    says(POWER_ON, "YES", "t=85000");

    assertThat(sensor.read()).isEqualTo(Map.of("temperature", Value.of(85)));
    assertThat(sensor.read()).isEqualTo(Map.of("temperature", Value.of(85))); // and stays there
  }

  @ParameterizedTest
  @CsvSource({"t=83937", "t=86062", "t=25062"})
  void aLeapTo85DegreesIsThePowerOnValue(String before) throws Exception {
    says(MEASURED, "YES", before);
    sensor.read();
    says(POWER_ON, "YES", "t=85000");

    fails("from power-on");
  }

  @Test
  void afterAFailureTheReadingBeforeSaysNothing() throws Exception {
    says(MEASURED, "YES", "t=84937");
    sensor.read();
    write("");
    fails("does not answer"); // its supply was away, perhaps
    says(POWER_ON, "YES", "t=85000");

    fails("from power-on");
    fails("from power-on");
  }

  @Test
  void aLineThatIsAlwaysLowIsNoReading() throws Exception {
    says("00 00 00 00 00 00 00 00 00", "YES", "t=0"); // the CRC of zeros is zero

    fails("short circuit");
  }

  @Test
  void anEmptyFileIsASensorThatDoesNotAnswer() throws Exception {
    write("");

    fails("does not answer", "w1_slave");
  }

  @Test
  void aTruncatedFileIsNoReadingWhereverItEnds() throws Exception {
    String whole = text(MEASURED, "YES", "t=25062");
    for (int length = 1; length < whole.length(); length++) {
      write(whole.substring(0, length));
      fails("should be two lines");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "temperature 25\n",
        "91 01 4b 46 7f ff 0f 10 25 : crc=25 MAYBE\n91 01 4b 46 7f ff 0f 10 25 t=25062\n",
        "91 01 4b 46 7f ff 0f 10 25 : crc=25 YES\n91 01 4b 46 7f ff 0f 10 25 t=warm\n",
        "91 01 4b 46 7f ff 0f 10 25 : crc=25 YES\n91 01 4b 46 7f ff 0f 10 25 t=99999999999\n",
        "91 01 4b 46 7f ff 0f 10 : crc=25 YES\n91 01 4b 46 7f ff 0f 10 25 t=25062\n",
        "91 01 4b 46 7f ff 0f 10 25 : crc=25 YES\n91 01 4b 46 7f ff 0f 10 25 t=25062\nmore\n",
      })
  void aGarbledFileIsNoReading(String text) throws Exception {
    write(text);

    fails("should be two lines", text.substring(0, 8));
  }

  @Test
  void aFileWithoutEndIsNoReading() throws Exception {
    write("0".repeat(KernelFile.FILE_MAX_BYTES + 1));

    fails("longer than 65536 bytes");
  }

  @Test
  void bytesThatAreNoTextAreShownHarmlessly() throws Exception {
    Files.write(slave(), new byte[] {'a', 0, (byte) 0xff, 27, 'b'});

    fails("\"a???b\"");
  }

  @Test
  void aBusThatIsGivenIsTheOneThatIsRead() throws Exception {
    Path second = devices.resolve("w1_bus_master2").resolve(ID);
    Files.createDirectories(second);
    says(MEASURED, "YES", "t=25062");
    Files.writeString(second.resolve("w1_slave"), text(MEASURED, "YES", "t=7000"));

    assertThat(sensor(OptionalInt.of(2)).read()).isEqualTo(Map.of("temperature", Value.of(7)));
    assertThat(sensor(OptionalInt.of(1)).read()).isEqualTo(Map.of("temperature", Value.of(25.062)));
  }

  @Test
  void withoutABusItSaysHowToGetOne() throws Exception {
    Files.delete(devices.resolve(ID));
    Files.delete(devices.resolve("w1_bus_master1").resolve(ID));
    Files.delete(devices.resolve("w1_bus_master1"));
    fails("there is no " + slave(), "dtoverlay=w1-gpio", "config.txt");

    Files.delete(devices);
    fails("dtoverlay=w1-gpio");
  }

  @Test
  void aBusThatIsNotThereIsNamedWithThoseThatAre() {
    assertThatThrownBy(() -> sensor(OptionalInt.of(3)).read())
        .isInstanceOf(SensorException.class)
        .hasMessageContainingAll("no 1-Wire bus 3", "there are w1_bus_master1", "leave it out");
  }

  @Test
  void aSensorThatIsNotThereIsNamedWithThoseThatAre() throws Exception {
    for (int i = 0; i < 9; i++) {
      Files.createDirectory(devices.resolve("28-00000000000" + i));
    }
    assertThatThrownBy(() -> new Ds18b20(devices, OptionalInt.empty(), "28-ffffffffffff").read())
        .isInstanceOf(SensorException.class)
        .hasMessageContainingAll("no 28-ffffffffffff is on the bus", "28-000000000000, 28-", " ...")
        .hasMessageNotContaining("w1_bus_master1");
    Files.delete(devices.resolve(ID));
    for (int i = 0; i < 9; i++) {
      Files.delete(devices.resolve("28-00000000000" + i));
    }
    fails("there are none");
  }

  @Test
  void withoutTheKernelsDriverItSaysWhichToLoad() {
    fails("modprobe w1_therm");
  }

  @Test
  void itWorksFromTheReadingOnAtWhichItHasAppeared() throws Exception {
    fails("there is no");
    says(MEASURED, "YES", "t=25062");

    assertThat(sensor.read()).containsKey("temperature");
  }

  private Ds18b20 sensor(OptionalInt bus) {
    return new Ds18b20(devices, bus, ID);
  }

  private Path slave() {
    return devices.resolve(ID).resolve("w1_slave");
  }

  private void says(String bytes, String verdict, String temperature) throws IOException {
    write(text(bytes, verdict, temperature));
  }

  private void write(String text) throws IOException {
    Files.writeString(slave(), text, StandardCharsets.ISO_8859_1);
  }

  private static String text(String bytes, String verdict, String temperature) {
    return "%s : crc=%s %s\n%s %s\n"
        .formatted(bytes, bytes.substring(24), verdict, bytes, temperature);
  }

  private void fails(String... said) {
    assertThatThrownBy(sensor::read)
        .isInstanceOf(SensorException.class)
        .hasMessageContainingAll(said);
  }
}
