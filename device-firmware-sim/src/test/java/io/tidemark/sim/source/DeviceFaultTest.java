package io.tidemark.sim.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.sim.times.Recurrence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How the faults of devices are written, and when they come. */
@NullUnmarked
class DeviceFaultTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void everyEffectIsWrittenSo() {
    assertThat(effect("reboot for 1s")).isEqualTo(new DeviceEffect.Reboot());
    assertThat(effect("brown-out for 4s")).isEqualTo(new DeviceEffect.BrownOut());
    assertThat(effect("new-card")).isEqualTo(new DeviceEffect.NewCard());
    assertThat(effect("clock ahead 90s"))
        .isEqualTo(new DeviceEffect.ClockOffset(Duration.ofSeconds(90)));
    assertThat(effect("clock behind 1h"))
        .isEqualTo(new DeviceEffect.ClockOffset(Duration.ofHours(-1)));
    assertThat(effect("clock drift -50ppm")).isEqualTo(new DeviceEffect.ClockDrift(-50));
    assertThat(effect("clock 1970 for 1m")).isEqualTo(new DeviceEffect.ClockUnset());
    assertThat(effect("stampede")).isEqualTo(new DeviceEffect.Stampede());
    assertThat(effect("repeat 5%")).isEqualTo(new DeviceEffect.Repeat(0.05));
    assertThat(effect("reorder 100%")).isEqualTo(new DeviceEffect.Reorder(1));
  }

  @Test
  void whichAndWhenStandInAnyOrder() {
    DeviceFault fault = DeviceFault.parse(" reboot on 12.5%   for 30s randomly every 5m at 1m ");
    assertThat(fault.share()).isEqualTo(0.125);
    assertThat(fault.times())
        .isEqualTo(
            new Recurrence(
                Duration.ofMinutes(1),
                Duration.ofSeconds(30),
                Duration.ofMinutes(5),
                Recurrence.FOREVER,
                true));
    assertThat(fault.text()).isEqualTo("reboot on 12.5% for 30s randomly every 5m at 1m");
    List<DeviceFault> faults = List.of(fault, DeviceFault.parse("stampede at 1m"));
    assertThat(DeviceFault.parseAll(DeviceFault.join(faults))).isEqualTo(faults);
    assertThat(DeviceFault.parseAll("")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "flood              | there is no 'flood', only reboot, brown-out",
        "reboot             | say how long with 'for'",
        "reboot every 10s   | what comes every 10s cannot last for ever",
        "brown-out for 3s   | it lasts 4s or longer",
        "new-card for 1s    | it happens at a moment: leave 'for' out",
        "clock              | after 'clock' comes ahead D, behind D, drift Nppm or 1970, but there is nothing",
        "clock ahead        | after 'ahead' comes a duration",
        "clock ahead 0s     | by more than 0 and at most 8760h",
        "clock behind 8761h | by more than 0 and at most 8760h",
        "clock drift 0ppm   | after 'drift' comes 1ppm to 10000ppm",
        "clock 1970         | say how long with 'for'",
        "repeat 101%        | a share is 0% to 100%",
        "reorder            | after 'reorder' comes a percentage",
        "stampede on 101%   | a share is 0% to 100%",
        "stampede on half   | after 'on' comes a percentage",
        "stampede on 1% on 2% | but there is 'on'",
      })
  void whatIsWrong(String text, String message) {
    assertThatThrownBy(() -> DeviceFault.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("device fault '" + text + "': ")
        .hasMessageContaining(message);
  }

  @Test
  void theSeedChoosesTheShareOfTheDevices() {
    List<DeviceFault> faults = List.of(DeviceFault.parse("new-card at 1s on 20%"));
    assertThat(struck(faults, 7)).hasSizeBetween(170, 230);
    assertThat(struck(faults, 8)).isNotEqualTo(struck(faults, 7));
    assertThat(struck(List.of(DeviceFault.parse("new-card at 1s")), 7)).hasSize(1_000);
    assertThat(struck(List.of(DeviceFault.parse("new-card at 1s on 0%")), 7)).isEmpty();
  }

  @Test
  void togetherOrEachAtAMomentOfItsOwn() {
    assertThat(begins("reboot for 1s every 10s", 0, 3))
        .containsExactly(10 * SECOND, 20 * SECOND, 30 * SECOND)
        .isEqualTo(begins("reboot for 1s every 10s", 1, 3));
    List<Long> mine = begins("reboot for 1s randomly every 10s", 0, 100);
    assertThat(mine).isNotEqualTo(begins("reboot for 1s randomly every 10s", 1, 100));
    for (int i = 0; i < mine.size(); i++) {
      assertThat(mine.get(i)).isBetween(10L * i * SECOND, (10L * i + 9) * SECOND);
    }
  }

  @Test
  void aBrownOutIsAnOutageInEachFourSecondsAndOverAtItsEnd() {
    int cutShort = 0;
    for (int device = 0; device < 40; device++) {
      Ordeal ordeal = ordeal("brown-out for 10s at 100s", device);
      List<Ordeal.Change> changes = changes(ordeal, 100);
      List<Ordeal.Change> outages =
          changes.stream().filter(c -> c.effect() instanceof DeviceEffect.Outage).toList();
      assertThat(outages).hasSizeBetween(4, 6);
      for (int i = 0; i < outages.size(); i += 2) {
        long begins = outages.get(i).atNanos();
        assertThat(begins - 100 * SECOND).isBetween(2L * i * SECOND, (2L * i + 3) * SECOND);
        long ends = outages.get(i + 1).atNanos();
        assertThat(ends).isEqualTo(Math.min(110 * SECOND, begins + SECOND));
        cutShort += ends < begins + SECOND ? 1 : 0;
      }
      assertThat(changes.get(changes.size() - 1).atNanos()).isEqualTo(110 * SECOND);
      assertThat(ordeal.nextNanos()).isEqualTo(Ordeal.NEVER);
      assertThat(ordeal.next()).isNull();
    }
    assertThat(cutShort).isPositive();
  }

  @Test
  void whatIsInForceIsKnownAtAnyMoment() {
    assertThat(ordeal("clock ahead 5s at 3s", 0).inForceAt(4 * SECOND)).hasSize(1);
    assertThat(ordeal("clock ahead 5s at 3s", 0).inForceAt(3 * SECOND - 1)).isEmpty();
    assertThat(ordeal("reboot for 2s at 3s", 0).inForceAt(5 * SECOND)).isEmpty();
  }

  private static List<Integer> struck(List<DeviceFault> faults, long seed) {
    List<Integer> struck = new ArrayList<>();
    for (int device = 0; device < 1_000; device++) {
      if (new Ordeal(faults, true, seed, device).next() != null) {
        struck.add(device);
      }
    }
    return struck;
  }

  private static List<Long> begins(String fault, int device, int count) {
    return changes(ordeal(fault, device), 2 * count).stream()
        .filter(Ordeal.Change::begins)
        .map(Ordeal.Change::atNanos)
        .toList();
  }

  private static List<Ordeal.Change> changes(Ordeal ordeal, int max) {
    List<Ordeal.Change> changes = new ArrayList<>();
    for (Ordeal.Change c = ordeal.next(); c != null; c = ordeal.next()) {
      changes.add(c);
      if (changes.size() == max) {
        break;
      }
    }
    return changes;
  }

  private static Ordeal ordeal(String fault, int device) {
    return new Ordeal(List.of(DeviceFault.parse(fault)), true, 7, device);
  }

  private static DeviceEffect effect(String text) {
    return DeviceFault.parse(text).effect();
  }
}
