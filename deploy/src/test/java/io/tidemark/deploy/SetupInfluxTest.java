package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.deploy.pipeline.Http;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code tidemark setup influx}, with a real influxd that asks for passwords. */
@Timeout(60)
class SetupInfluxTest {
  @TempDir private Path folder;
  private final StringWriter said = new StringWriter();
  private final Http http = new Http();

  private int setup(String... arguments) {
    said.getBuffer().setLength(0);
    PrintWriter writer = new PrintWriter(said, true);
    return Tidemark.commandLine().setOut(writer).setErr(writer).execute(arguments);
  }

  private String answer(InfluxServer influx, String user, String query) throws Exception {
    String[] parts = user.split(":", 2);
    return http.tryPost(
            "%s/query?u=%s&p=%s&q=%s"
                .formatted(
                    influx.url(),
                    parts[0],
                    parts[1],
                    URLEncoder.encode(query, StandardCharsets.UTF_8)),
            "")
        .body();
  }

  @Test
  void usersHaveTheirPasswordsAndNoMoreThanTheyNeed() throws Exception {
    String dir = folder.resolve("secrets").toString();
    assertThat(setup("setup", "secrets", "--dir", dir, "--gateway", "g1")).isZero();
    String[] command;
    try (InfluxServer influx = InfluxServer.startSecured(folder.resolve("influx"))) {
      command =
          new String[] {
            "setup",
            "influx",
            "--dir",
            dir,
            "--influx",
            influx.url().toString(),
            "--database",
            "rows"
          };
      assertThat(setup(command)).as(said.toString()).isZero();
      assertThat(setup(command)).as("again: " + said).isZero();
      Path ingest = folder.resolve("secrets/ingest/influx-token");
      String before = Files.readString(ingest);
      Files.delete(ingest);
      assertThat(setup("setup", "secrets", "--dir", dir, "--gateway", "g1")).isZero();
      assertThat(setup(command)).as("with another password: " + said).isZero();

      String user = Files.readString(ingest);
      String grafana =
          "grafana:" + Files.readString(folder.resolve("secrets/grafana/influx-password"));
      assertThat(answer(influx, before, "SHOW MEASUREMENTS ON rows"))
          .contains("authorization failed");
      assertThat(http.tryPost(write(influx, user), "m v=1").status()).isEqualTo(204);
      assertThat(http.tryPost(write(influx, grafana), "m v=1").status()).isEqualTo(403);
      for (String reader : new String[] {user, grafana}) {
        assertThat(answer(influx, reader, "SHOW MEASUREMENTS ON rows")).contains("\"m\"");
        assertThat(answer(influx, reader, "SHOW USERS")).contains("error");
      }

      Files.delete(folder.resolve("secrets/admin/influx-password"));
      assertThat(setup("setup", "secrets", "--dir", dir, "--gateway", "g1")).isZero();
      assertThat(setup(command)).isEqualTo(2);
      assertThat(said.toString())
          .contains("has an administrator already, whose password is not the one in " + dir);
    }
    String[] gone = {"setup", "influx", "--dir", dir, "--influx", command[5], "--timeout", "1ms"};
    assertThat(setup(gone)).isEqualTo(2);
    assertThat(said.toString()).contains("Not done: InfluxDB at " + command[5]);
  }

  private static String write(InfluxServer influx, String user) {
    String[] parts = user.split(":", 2);
    return "%s/write?db=rows&u=%s&p=%s".formatted(influx.url(), parts[0], parts[1]);
  }
}
