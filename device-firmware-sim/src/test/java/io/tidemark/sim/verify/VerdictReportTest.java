package io.tidemark.sim.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** The verdict as people see it. */
@NullUnmarked
class VerdictReportTest {

  @Test
  void devicesWithEveryReadingStoredAreOneLine() {
    List<Verdict.DeviceSums> devices = new ArrayList<>();
    for (int i = 1; i <= 1_200; i++) {
      devices.add(new Verdict.DeviceSums("fine-" + i, 1, sums(10, 10, 0)));
    }
    for (int i = 1; i <= 32; i++) {
      devices.add(new Verdict.DeviceSums("short-" + i, 1, sums(10, 9, 0)));
    }
    devices.add(new Verdict.DeviceSums("twice-1", 1, sums(10, 10, 1)));
    List<String> lines = print(devices);
    assertThat(lines).hasSize(1 + 30 + 1 + 1 + 1 + 1 + 1);
    assertThat(lines.get(1)).startsWith("short-1 ");
    assertThat(lines.get(30)).startsWith("short-30 ");
    assertThat(lines.get(31)).isEqualTo("... and 3 more like these");
    assertThat(lines.get(32))
        .startsWith("(1,200 with every reading stored)")
        .containsPattern(" 12000 +0 +12000 ");
    assertThat(lines.get(33)).startsWith("all ");
  }

  @Test
  void ofNoSuchDeviceNothingIsSaid() {
    assertThat(print(List.of(new Verdict.DeviceSums("short", 1, sums(10, 9, 0)))))
        .noneMatch(line -> line.contains("every reading stored"));
  }

  private static List<String> print(List<Verdict.DeviceSums> devices) {
    Sums all = devices.stream().map(Verdict.DeviceSums::sums).reduce(Sums.ZERO, Sums::plus);
    StringWriter text = new StringWriter();
    VerdictReport.print(
        new Verdict(all, devices, List.of(), 0, 0, 0, List.of(), 0, 7L, 1),
        new PrintWriter(text, true));
    return text.toString().lines().toList();
  }

  private static Sums sums(long produced, long stored, long duplicates) {
    return new Sums(produced, 0, stored, 0, 0, produced - stored, duplicates, 0, 0);
  }
}
