package io.tidemark.sim.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.sim.fleet.FleetStats;
import io.tidemark.sim.rogue.RogueKind;
import io.tidemark.sim.rogue.RogueSums;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TerminalTest {
  private static final String ESCAPE = "\u001b";

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  @ParameterizedTest
  @ValueSource(ints = {20, 40, 80, 200})
  void noLineIsWiderThanTheTerminal(int columns) {
    List<String> lines = Panel.lines(frame(), columns, 50);
    assertThat(lines).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(columns));
    assertThat(lines.get(0)).startsWith("1:02:03");
    assertThat(lines.get(1)).startsWith("produced");
    if (columns == 200) {
      assertThat(String.join("\n", lines))
          .contains("990 of 1,000 connected, 12 lost   cpu 0.50 of 2")
          .contains("60,000   1,000/s")
          .contains("59,000   900/s")
          .contains("980   in flight 3 batches")
          .contains("{0x99=20}, dropped 20")
          .contains("latency       p50 5.0")
          .contains("response      p50 1.0")
          .contains("! the simulator is behind")
          .contains("a: cut");
    }
  }

  @Test
  void roguesAreOneLine() {
    assertThat(Panel.lines(frame(), 80, 50))
        .contains("rogues        10 attempts, 3 refused, 2 disconnected, 1 accepted, 1 connected");
  }

  @Test
  void itFitsTheHeight() {
    assertThat(Panel.lines(frame(), 80, 4)).hasSize(4);
  }

  @Test
  void whatAGatewaySaysCannotSteerTheTerminal() {
    Frame hostile = frame("a: " + ESCAPE + "]0;title\u0007 \u202e \u009b2J \n end");
    assertThat(Panel.lines(hostile, 80, 50))
        .allSatisfy(line -> assertThat(line).doesNotContainPattern("[\\p{Cntrl}\u202e\u009b]"))
        .anySatisfy(line -> assertThat(line).contains("a: ?]0;title?").contains("end"));
  }

  @Test
  void framesAreDrawnInPlaceAndTheTerminalIsLeftAsItWas() {
    TerminalScreen screen = new TerminalScreen(out, () -> new TerminalSize(80, 24));
    int lines = Panel.lines(frame(), 80, 23).size();
    screen.show(frame());
    String first = written();
    assertThat(first).startsWith(ESCAPE + "[?25l" + ESCAPE + "[?7l\r");
    assertThat(first.chars().filter(c -> c == '\n').count()).isEqualTo(lines);
    screen.show(frame());
    assertThat(written()).contains(ESCAPE + "[" + lines + "A\r").doesNotContain(ESCAPE + "[2J");
    screen.close();
    assertThat(written()).isEqualTo(ESCAPE + "[?7h" + ESCAPE + "[?25h");
  }

  @Test
  void aScreenThatHasShownNothingWritesNothing() {
    new TerminalScreen(out, () -> TerminalSize.USUAL).close();
    assertThat(written()).isEmpty();
  }

  @Test
  void whereThereIsNoTerminalALineComesEveryFewFrames() {
    PlainLines plain = new PlainLines(out);
    for (int i = 0; i < 10; i++) {
      plain.show(frame());
    }
    plain.close();
    List<String> lines = written().lines().toList();
    assertThat(lines).hasSize(4).noneMatch(line -> line.contains(ESCAPE));
    assertThat(lines.get(0)).contains("connected 990/1,000").contains("p50 5.0 p99 5.0 ms");
    assertThat(lines.get(1)).startsWith("  warning: the simulator is behind");
    assertThat(lines.get(2)).contains("a: cut");
  }

  @Test
  void sizesThatMakeNoSenseAreTheUsual() {
    assertThat(TerminalSize.parse("50 132")).isEqualTo(new TerminalSize(132, 50));
    assertThat(TerminalSize.parse("1 1")).isEqualTo(new TerminalSize(20, 3));
    for (String odd : List.of("", "0 0", "stty: no", "-1 5", "99999999999 5")) {
      assertThat(TerminalSize.parse(odd)).isEqualTo(TerminalSize.USUAL);
    }
  }

  private String written() {
    String text = bytes.toString(StandardCharsets.UTF_8);
    bytes.reset();
    return text;
  }

  private static final RogueSums ROGUES =
      new RogueSums(RogueKind.MALFORMED, 2, 10, Map.of("0x99", 3L), 2, 2, 1, 1, 1, "00 was");

  private static Frame frame() {
    return frame("12:00:03  a: cut");
  }

  private static Frame frame(String trouble) {
    Histogram response = new Histogram(3_600_000_000L, 3);
    response.recordValue(1_000);
    Histogram latency = new Histogram(3_600_000_000L, 3);
    latency.recordValue(5_000);
    FleetStats.Snapshot now =
        new FleetStats.Snapshot(
            990,
            0,
            60_000,
            6_000,
            59_000,
            20,
            0,
            980,
            3,
            false,
            1,
            1_002,
            12,
            0,
            new TreeMap<>(Map.of("0x99", 20L)),
            new TreeMap<>(),
            response,
            latency);
    Interval second = new Interval(3_722, 3_723, 1_000, 900, 990, 980, 0.5, 0, response, latency);
    return new Frame(
        1_000,
        2,
        now,
        second,
        List.of(ROGUES),
        "the simulator is behind",
        List.of("cut"),
        List.of(trouble));
  }
}
