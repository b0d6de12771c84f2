package io.tidemark.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** InfluxDB's token in a file. */
final class TokenFileTest {
  @TempDir Path folder;

  private static String token(Map<String, String> values) {
    return Wiring.token(IngestConfigTest.config(values).influx());
  }

  @Test
  void theTokenIsWhatTheFileHas() throws Exception {
    Path file = Files.writeString(folder.resolve("token"), "word\n");
    String key = "tidemark.influx.token-file";
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertThat(token(Map.of(key, file.toString()))).isEqualTo("word");
    assertThat(token(Map.of("tidemark.influx.token", "other"))).isEqualTo("other");
    assertThat(token(Map.of())).isEmpty();
    assertThatThrownBy(() -> token(Map.of(key, file.toString(), "tidemark.influx.token", "other")))
        .hasMessageContaining("both set");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> token(Map.of(key, file.toString())))
        .hasMessageContaining(key)
        .hasMessageContaining("chmod 600")
        .hasMessageNotContaining("word\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Files.writeString(file, "\n");
    assertThatThrownBy(() -> token(Map.of(key, file.toString())))
        .hasMessageContaining("there is nothing in");
    Files.delete(file);
    assertThatThrownBy(() -> token(Map.of(key, file.toString())))
        .hasMessageContaining("there is no file");
  }
}
