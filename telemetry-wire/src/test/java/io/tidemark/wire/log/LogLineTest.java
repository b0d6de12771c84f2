package io.tidemark.wire.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.OffsetDateTime;
import org.junit.jupiter.api.Test;

class LogLineTest {
  @Test
  void aLineHasEverythingByItsName() {
    Instant at = Instant.parse("2026-11-27T16:30:12.045Z");
    String line =
        new LogLine("tidemark-agent", "pi-1")
            .of(at, "WARN", "io.tidemark.Some", "main", "it is \"late\"", "a\n\tb");
    String time = line.substring("{\"timestamp\":\"".length(), line.indexOf("\",\"level\""));
    assertThat(OffsetDateTime.parse(time).toInstant()).isEqualTo(at);
    assertThat(line)
        .endsWith(
            ",\"level\":\"WARN\",\"logger\":\"io.tidemark.Some\",\"thread\":\"main\","
                + "\"message\":\"it is \\\"late\\\"\",\"exception\":\"a\\n\\tb\","
                + "\"program\":\"tidemark-agent\",\"id\":\"pi-1\"}");
  }

  @Test
  void whatThereIsNotIsLeftOut() {
    assertThat(new LogLine("tidemark-sim", null).of(Instant.EPOCH, "INFO", "l", "t", "m", null))
        .endsWith("\"message\":\"m\",\"program\":\"tidemark-sim\"}");
  }

  @Test
  void whateverIsSaidStaysOneLine() {
    assertThat(
            new LogLine("p", null)
                .of(Instant.EPOCH, "INFO", "l", "t", "back\\slash \r\n\b end é", null))
        .contains("\"message\":\"back\\\\slash \\r\\n\\u0008 end é\"");
  }

  @Test
  void theFormatIsTextOrJson() {
    assertThat(LogFormat.of("X", "")).isEqualTo(LogFormat.TEXT);
    assertThat(LogFormat.of("X", "text")).isEqualTo(LogFormat.TEXT);
    assertThat(LogFormat.of("X", "json")).isEqualTo(LogFormat.JSON);
    assertThatThrownBy(() -> LogFormat.of(LogFormat.VARIABLE, "JSON"))
        .hasMessage("TIDEMARK_LOG_FORMAT must be text or json, but is \"JSON\"");
  }
}
