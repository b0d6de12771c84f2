package io.tidemark.gateway.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.wire.AccessList;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceRatesTest {
  private static final RateSettings AMPLE =
      new RateSettings(1_000_000, 1L << 40, 1_000_000, 1L << 40, Duration.ofSeconds(2));

  private long now = Long.MAX_VALUE - 5; // so that the clock's overflow is met too
  private AccessList list = sites(1, new AccessList.Site("plant 2", List.of("d1", "d2")));

  private static AccessList sites(long version, AccessList.Site... sites) {
    return new AccessList(version, List.of(), List.of(), List.of(sites));
  }

  private DeviceRates rates(RateSettings settings) {
    return new DeviceRates(settings, () -> DeviceRates.sitesOf(list), 3, () -> now);
  }

  private static RateSettings only(String limit, long max) {
    return new RateSettings(
        limit.equals("device readings") ? (int) max : AMPLE.deviceReadingsPerSecondMax(),
        limit.equals("device bytes") ? max : AMPLE.deviceBytesPerSecondMax(),
        limit.equals("site readings") ? (int) max : AMPLE.siteReadingsPerSecondMax(),
        limit.equals("site bytes") ? max : AMPLE.siteBytesPerSecondMax(),
        AMPLE.burst());
  }

  private void pass(long millis) {
    now += TimeUnit.MILLISECONDS.toNanos(millis);
  }

  @ParameterizedTest
  @CsvSource({
    "device readings, DEVICE_RATE, device d1 may send 10 readings a second, tidemark.intake.device-readings-per-second-max",
    "device bytes, DEVICE_RATE, device d1 may send 10 bytes a second, tidemark.intake.device-bytes-per-second-max",
    "site readings, SITE_RATE, all devices of site plant 2 may send 10 readings a second, tidemark.intake.site-readings-per-second-max",
    "site bytes, SITE_RATE, all devices of site plant 2 may send 10 bytes a second, tidemark.intake.site-bytes-per-second-max"
  })
  void whoIsOverIsToldTheLimitAndWhenToComeAgain(
      String limit, Reason reason, String words, String key) {
    DeviceRates rates = rates(only(limit, 10));
    long readings = limit.endsWith("readings") ? 15 : 0;
    long bytes = limit.endsWith("bytes") ? 15 : 0;
    rates.charge("d1", readings, bytes);
    assertThat(rates.over("d1")).as("15 of a burst of 20").isNull();
    rates.charge("d1", readings, bytes);
    Outcome.Refused over = rates.over("d1");
    assertThat(over).isNotNull();
    assertThat(over.reason()).isEqualTo(reason);
    assertThat(over.text()).contains(words).contains(key).endsWith("send again in 1 s");
    assertThat(over.retryAfter()).isEqualTo(Duration.ofSeconds(1));
    assertThat(rates.over("d2") != null).isEqualTo(reason == Reason.SITE_RATE);
    assertThat(rates.over("d3")).isNull();
    pass(999);
    assertThat(rates.over("d1")).isNotNull();
    pass(1);
    assertThat(rates.over("d1")).isNull();
  }

  @Test
  void aBatchLargerThanTheBurstIsTakenAndOwed() {
    DeviceRates rates = rates(only("device readings", 10));
    rates.charge("d1", 1_000, 0);
    assertThat(rates.over("d1").retryAfter()).isEqualTo(Duration.ofSeconds(98));
    pass(98_000);
    assertThat(rates.over("d1")).isNull();
    rates.charge("d1", 1, 0);
    assertThat(rates.over("d1")).isNotNull();
  }

  @Test
  void whoIsQuietSavesNoMoreThanTheBurst() {
    DeviceRates rates = rates(only("device readings", 10));
    rates.charge("d1", 20, 0);
    pass(3_600_000);
    rates.charge("d1", 21, 0);
    assertThat(rates.over("d1")).isNotNull();
  }

  @Test
  void withoutABurstOneDeliveryIsTakenAtATime() {
    DeviceRates rates = rates(new RateSettings(10, 1L << 40, 1_000_000, 1L << 40, Duration.ZERO));
    assertThat(rates.over("d1")).isNull();
    rates.charge("d1", 10, 0);
    assertThat(rates.over("d1")).isNotNull();
    pass(1_000);
    assertThat(rates.over("d1")).isNull();
  }

  @Test
  void theLimitThatLastsLongestIsNamed() {
    DeviceRates rates = rates(new RateSettings(10, 10, 10, 1_000, Duration.ofSeconds(2)));
    rates.charge("d1", 30, 50);
    assertThat(rates.over("d1").text()).contains("device d1 may send 10 bytes");
    rates.charge("d2", 90, 0);
    assertThat(rates.over("d1").text()).contains("site plant 2 may send 10 readings");
  }

  @Test
  void devicesMoveWithTheList() {
    DeviceRates rates = rates(only("site readings", 10));
    rates.charge("d1", 100, 0);
    assertThat(rates.over("d2")).isNotNull();
    list = sites(2, new AccessList.Site("plant 3", List.of("d2")));
    assertThat(rates.over("d2")).isNull();
    assertThat(rates.over("d1")).as("of no site now").isNull();
  }

  @Test
  void moreNamesThanAreToldApartCountAsOne() {
    DeviceRates rates = rates(only("device readings", 10));
    for (int i = 0; i < 3; i++) {
      rates.charge("n" + i, 1, 0);
    }
    rates.charge("n3", 30, 0);
    assertThat(rates.names()).isEqualTo(3);
    assertThat(rates.over("n4")).as("counts with n3").isNotNull();
    assertThat(rates.over("n0")).isNull();
    pass(1_000);
    // All three are paid, and make room.
    rates.charge("n4", 1, 0);
    assertThat(rates.names()).isEqualTo(1);
    assertThat(rates.over("n4")).isNull();
  }
}
