package io.tidemark.agent.sensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tidemark.wire.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The driver against files as the kernel writes them, in a folder; and on this computer. */
class BoardTest {
  private static final String MEMINFO =
      """
      MemTotal:         945364 kB
      MemFree:          123456 kB
      MemAvailable:     524544 kB
      HugePages_Total:       0
      """;

  private final Path root;
  private final Path journalDir;
  private final Board board;

  BoardTest(@TempDir Path dir) {
    root = dir.resolve("root");
    journalDir = dir.resolve("journal");
    board = new Board(root, journalDir);
  }

  @BeforeEach
  void aRaspberryPi() throws IOException {
    Files.createDirectories(journalDir);
    file("sys/class/thermal/thermal_zone0/type", "cpu-thermal\n");
    file("sys/class/thermal/thermal_zone0/temp", "48312\n");
    file("sys/class/hwmon/hwmon0/name", "cpu_thermal\n");
    file("sys/class/hwmon/hwmon1/name", "rpi_volt\n");
    file("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "0\n");
    file("proc/loadavg", "0.42 0.31 0.20 2/131 4711\n");
    file("proc/meminfo", MEMINFO);
  }

  @Test
  void aRaspberryPiHasAllMetrics() throws Exception {
    Map<String, Value> values = board.read();

    assertThat(values)
        .containsOnlyKeys(
            "cpu_temperature",
            "undervoltage",
            "load_1m",
            "memory_available",
            "memory_total",
            "disk_free")
        .containsEntry("cpu_temperature", Value.of(48.312))
        .containsEntry("undervoltage", Value.of(false))
        .containsEntry("load_1m", Value.of(0.42))
        .containsEntry("memory_available", Value.of(512.25))
        .containsEntry("memory_total", Value.of(945_364 / 1_024.0));
    assertThat(board.kind()).isEqualTo("board");
  }

  @Test
  void anUndervoltageIsTrue() throws Exception {
    file("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n");

    assertThat(board.read()).containsEntry("undervoltage", Value.of(true));
  }

  @Test
  void anotherChipsAlarmIsNoUndervoltage() throws Exception {
    file("sys/class/hwmon/hwmon1/name", "nct6775\n");

    assertThat(board.read()).hasSize(5).doesNotContainKey("undervoltage");
  }

  @Test
  void aFolderThatDoesNotSayWhatItIsIsPassedOver() throws Exception {
    Files.delete(root.resolve("sys/class/hwmon/hwmon0/name"));

    assertThat(board.read()).containsEntry("undervoltage", Value.of(false));
  }

  @Test
  void ofSeveralZonesTheProcessorsCounts() throws Exception {
    zone(0, "acpitz", "20000");
    zone(1, "iwlwifi_1", "30000");
    zone(10, "x86_pkg_temp", "61000");
    zone(2, "x86_pkg_temp", "51000");

    assertThat(board.read()).containsEntry("cpu_temperature", Value.of(51));
  }

  @Test
  void withoutAProcessorsZoneTheFirstCounts() throws Exception {
    zone(0, "bcm2835_thermal", "40001");
    zone(1, "gpu", "30000");

    assertThat(board.read()).containsEntry("cpu_temperature", Value.of(40.001));
  }

  @Test
  void aTemperatureBelowZeroHasItsSign() throws Exception {
    file("sys/class/thermal/thermal_zone0/temp", "-7500\n");

    assertThat(board.read()).containsEntry("cpu_temperature", Value.of(-7.5));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sys/class/thermal/thermal_zone0/temp",
        "sys/class/hwmon/hwmon1/in0_lcrit_alarm",
        "proc/loadavg"
      })
  void aMetricWhoseSourceIsMissingIsLeftOut(String source) throws Exception {
    Map<String, Value> all = board.read();
    Files.delete(root.resolve(source));

    assertThat(board.read()).hasSize(5);
    assertThat(all).containsAllEntriesOf(withoutDisk(board.read()));
  }

  @Test
  void memoryIsLeftOutWithoutItsSource() throws Exception {
    Files.delete(root.resolve("proc/meminfo"));

    assertThat(board.read()).hasSize(4).doesNotContainKeys("memory_available", "memory_total");
  }

  @Test
  void aJournalsDiskThatIsNotThereIsLeftOut() throws Exception {
    Files.delete(journalDir);

    assertThat(board.read()).hasSize(5).doesNotContainKey("disk_free");
  }

  @Test
  void freeIsWhatTheAgentMayStillWriteToTheJournalsDisk() throws Exception {
    double gibibytes = Files.getFileStore(journalDir).getUsableSpace() / (double) (1L << 30);

    assertThat(number(board.read(), "disk_free"))
        .isCloseTo(gibibytes, within(1.0)); // others write to it too
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sys/class/thermal/thermal_zone0/temp   | hot",
        "sys/class/thermal/thermal_zone0/temp   | ''",
        "sys/class/thermal/thermal_zone0/temp   | 48.3",
        "sys/class/thermal/thermal_zone0/temp   | -274000",
        "sys/class/thermal/thermal_zone0/temp   | 150001",
        "sys/class/hwmon/hwmon1/in0_lcrit_alarm | 2",
        "sys/class/hwmon/hwmon1/in0_lcrit_alarm | ''",
        "proc/loadavg                           | 0.4",
        "proc/loadavg                           | nan nan nan 1/1 1",
      })
  void whatCannotBeMadeOutIsLeftOutAndTheOthersAreNot(String source, String text) throws Exception {
    file(source, text + "\n");

    assertThat(board.read()).hasSize(5);
    aRaspberryPi();
    assertThat(board.read()).hasSize(6);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "MemTotal: 945364 kB", "MemTotal: 945364 kB\nMemAvailable: 5"})
  void memoryThatCannotBeMadeOutIsLeftOut(String text) throws Exception {
    file("proc/meminfo", text);

    assertThat(board.read()).hasSize(text.isEmpty() ? 4 : 5).doesNotContainKey("memory_available");
  }

  @Test
  void aBoardThatSaysNothingIsAFault() {
    Board none = new Board(root.resolve("none"), journalDir.resolve("none"));

    assertThatThrownBy(none::read)
        .isInstanceOf(SensorException.class)
        .hasMessageContainingAll("none/sys", "none/proc", "journal/none", "Linux");
  }

  @Test
  void thisComputerIsABoard() throws Exception {
    Map<String, Value> values = Drivers.board("board", journalDir).read();

    assertThat(number(values, "load_1m")).isNotNegative();
    assertThat(number(values, "memory_total")).isGreaterThan(64);
    assertThat(number(values, "memory_available"))
        .isPositive()
        .isLessThan(number(values, "memory_total"));
    assertThat(number(values, "disk_free")).isNotNegative();
  }

  private void zone(int number, String type, String temperature) throws IOException {
    file("sys/class/thermal/thermal_zone" + number + "/type", type + "\n");
    file("sys/class/thermal/thermal_zone" + number + "/temp", temperature + "\n");
  }

  private void file(String name, String text) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /** The disk is a real one, and others write to it. */
  private static Map<String, Value> withoutDisk(Map<String, Value> values) {
    values.remove("disk_free");
    return values;
  }

  private static double number(Map<String, Value> values, String metric) {
    return values.get(metric) instanceof Value.Num number ? number.value() : Double.NaN;
  }
}
