package io.tidemark.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The jar alone, in a folder where nothing else is. */
@Timeout(120)
@NullUnmarked
class RunnableJarIT {
  @TempDir Path folder;
  private String logFormat = "text";

  private record Result(int code, String out, String err) {}

  @BeforeEach
  void copy() throws IOException {
    Files.copy(Path.of(System.getProperty("sim.jar")), folder.resolve("tidemark-sim.jar"));
  }

  @Test
  void itSaysWhatItIsAndSendsAndReplays() throws Exception {
    Result help = run("--help");
    assertThat(help.code()).isZero();
    assertThat(help.out()).contains("run", "replay", "verify", "clean", "Examples:");
    assertThat(run("--version").out()).matches("tidemark-sim \\d+\\.\\d+\\.\\d+\\S*\\s*");

    Files.writeString(
        folder.resolve("pond.csv"), "time;level\n2020-01-01 00:00:00;1\n2020-01-01 00:01:00;2\n");
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Result sent =
          run("run", "--gateway", gateway.url(), "--devices=3", "--rate=10", "--for=1s", "--json");
      assertThat(sent.code()).as(sent.err()).isZero();
      assertThat(new JsonObject(sent.out().strip()).getLong("acknowledged")).isEqualTo(30);
      assertThat(sent.err()).doesNotContain("WARN", "SLF4J", "Exception");

      // All of it is a log then.
      logFormat = "json";
      Result replayed = run("replay", "pond.csv", "--gateway", gateway.url(), "--record=rec");
      assertThat(replayed.code()).as(replayed.err()).isZero();
      assertThat(replayed.out()).isEmpty();
      assertThat(replayed.err().lines().map(JsonObject::new))
          .allSatisfy(
              line -> {
                assertThat(line.fieldNames())
                    .containsExactly(
                        "timestamp", "level", "logger", "thread", "message", "program");
                assertThat(line.getString("program")).isEqualTo("tidemark-sim");
                assertThat(line.getString("level")).isEqualTo("INFO");
              })
          .anyMatch(line -> line.getString("message").matches("acknowledged +2\\b.*"));
      Result failed = run("replay", "nowhere.csv", "--gateway", gateway.url());
      assertThat(failed.code()).isEqualTo(64);
      assertThat(new JsonObject(failed.err().lines().findFirst().orElseThrow()).getString("level"))
          .isEqualTo("ERROR");
      Result unknown = run("verify", "--record=rec", "--api=http://127.0.0.1:1", "--settle=1ms");
      assertThat(unknown.code()).isEqualTo(2);
      JsonObject complaint =
          new JsonObject(unknown.err().lines().reduce((one, next) -> next).orElseThrow());
      assertThat(complaint.getString("message")).startsWith("could not check: ");
      assertThat(complaint.getString("level")).isEqualTo("ERROR");
      logFormat = "yaml";
      assertThat(run("--version").err())
          .isEqualTo("sim: TIDEMARK_LOG_FORMAT must be text or json, but is \"yaml\"\n");
      logFormat = "text";
    }
    assertThat(run("clean", "--record=rec").code()).isZero();
    assertThat(folder.resolve("rec")).doesNotExist();

    // The run named no folder for its record.
    JsonObject would = new JsonObject(run("clean", "--all", "--dry-run", "--json").out().strip());
    assertThat(would.getBoolean("dryRun")).isTrue();
    assertThat(would.getLong("bytes")).isPositive();
    assertThat(would.getJsonArray("removed")).hasSize(1);
    Path unnamed = Path.of(would.getJsonArray("removed").getJsonObject(0).getString("folder"));
    assertThat(unnamed).exists();
    Result all = run("clean", "--all");
    assertThat(all.code()).as(all.err()).isZero();
    assertThat(all.out()).contains("removed 1 of 1 records");
    assertThat(unnamed).doesNotExist();
  }

  @Test
  void licencesAreInItAndNothingThatSpeaksOfOtherJars() throws Exception {
    try (JarFile jar = new JarFile(folder.resolve("tidemark-sim.jar").toFile())) {
      assertThat(jar.isMultiRelease()).isTrue();
      assertThat(text(jar, "LICENSE")).contains("Apache License");
      assertThat(text(jar, "META-INF/LICENSE.txt")).contains("Gil Tene");
      assertThat(text(jar, "META-INF/NOTICE")).contains("Jackson");
      assertThat(text(jar, "META-INF/NOTICE.txt")).contains("Apache Commons CSV");
      assertThat(text(jar, "META-INF/io.netty.versions.properties"))
          .contains("netty-codec-mqtt.version", "netty-common.version");
      assertThat(text(jar, "META-INF/services/com.fasterxml.jackson.core.JsonFactory"))
          .contains("com.fasterxml.jackson.core.JsonFactory");
      assertThat(jar.stream().map(entry -> entry.getName()))
          .doesNotHaveDuplicates()
          .noneMatch(name -> name.endsWith("module-info.class"))
          .noneMatch(name -> name.matches("META-INF/.*\\.(SF|RSA|DSA|EC|LIST)"));
    }
  }

  private static String text(JarFile jar, String name) throws IOException {
    return new String(
        jar.getInputStream(jar.getEntry(name)).readAllBytes(),
        java.nio.charset.StandardCharsets.UTF_8);
  }

  private Result run(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + folder,
                "-jar",
                "tidemark-sim.jar"));
    command.addAll(List.of(arguments));
    Path out = folder.resolve("out.txt");
    Path err = folder.resolve("err.txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("TIDEMARK_LOG_FORMAT", logFormat);
    builder.environment().remove("JAVA_TOOL_OPTIONS"); // of which Java itself would speak
    Process process = builder.start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }
}
