package io.tidemark.ingest.alerts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Settings that do not go together are refused by name. */
final class AlertSettingsTest {
  private static AlertSettings settings(
      Duration every, Duration lookBack, Duration leaseFor, Duration historyFor) {
    Duration minute = Duration.ofMinutes(1);
    return new AlertSettings(
        every, lookBack, minute, minute, leaseFor, minute, minute, minute, historyFor);
  }

  private static SmtpSettings smtp(int port, String from) {
    return new SmtpSettings("h", port, SmtpSettings.Security.TLS, "u", "secret", from);
  }

  private static void refuses(Supplier<Object> settings, String key) {
    assertThatThrownBy(settings::get)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tidemark.alerts." + key);
  }

  @Test
  void settingsHaveBounds() {
    Duration second = Duration.ofSeconds(1);
    Duration hour = Duration.ofHours(1);
    assertThat(settings(second, hour, hour, hour)).isNotNull();
    refuses(() -> settings(Duration.ZERO, hour, hour, hour), "every must be from PT0.001S");
    refuses(() -> settings(second, hour, second, hour), "lease-for must be from PT1.001S");
    refuses(() -> settings(second, hour, hour, second), "history-for must be from PT1H");
    refuses(() -> settings(second, hour, hour, Duration.ofDays(3_651)), "history-for");
    refuses(() -> smtp(25, ""), "smtp.from");
    refuses(() -> smtp(25, "a b@example.org"), "smtp.from");
    refuses(() -> smtp(0, "a@example.org"), "smtp.port");
    assertThat(smtp(25, "Us <a@example.org>").toString()).contains("Us").doesNotContain("secret");
  }
}
