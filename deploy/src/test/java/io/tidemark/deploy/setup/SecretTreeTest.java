package io.tidemark.deploy.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which secrets are made, who can read them, and what an interruption leaves. */
class SecretTreeTest {
  @TempDir private Path folder;

  private SecretTree tree() {
    return new SecretTree(folder, List.of("g1", "g2"), Clock.systemUTC());
  }

  private Map<String, String> files() throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(folder.relativize(file).toString(), Files.readString(file));
      }
    }
    return files;
  }

  @Test
  void eachProgramHasItsOwnAndNobodyElseReadsThem() throws Exception {
    tree().make();
    Map<String, String> files = files();
    assertThat(files.keySet())
        .containsExactly(
            "admin/gateways-token",
            "admin/influx-password",
            "admin/password",
            "g1/operator-token",
            "g1/viewer-token",
            "g2/operator-token",
            "g2/viewer-token",
            "grafana/admin-password",
            "grafana/influx-password",
            "ingest/influx-token",
            "ingest/setup-token",
            "ingest/sql-password",
            "postgres/password",
            "prometheus/gateways-token");
    for (String name : files.keySet()) {
      assertThat(Files.getPosixFilePermissions(folder.resolve(name)))
          .as(name)
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }
    assertThat(files.get("ingest/setup-token")).matches("tms_[A-Za-z0-9_-]{43}");
    assertThat(files.get("ingest/influx-token")).matches("tidemark:[A-Za-z0-9_-]{43}");
    assertThat(files.get("ingest/sql-password")).isEqualTo(files.get("postgres/password"));
    assertThat(files.get("g1/viewer-token")).isEqualTo(files.get("prometheus/gateways-token"));
    assertThat(files.get("g2/operator-token")).isEqualTo(files.get("admin/gateways-token"));
    assertThat(new HashSet<>(files.values())).as("nothing shared but that").hasSize(9);
  }

  /** As after a kill before, while or after each of them was written. */
  @Test
  void whatIsThereStaysAndWhatIsMissingIsMade() throws Exception {
    tree().make();
    Map<String, String> whole = files();
    tree().make();
    assertThat(files()).isEqualTo(whole);
    for (String name : whole.keySet()) {
      Map<String, String> before = files();
      Files.delete(folder.resolve(name));
      Files.writeString(folder.resolve(name + ".new"), "half");
      tree().make();
      Map<String, String> after = new HashMap<>(files());
      assertThat(after.keySet()).as(name).isEqualTo(whole.keySet());
      assertThat(after.get("ingest/sql-password")).isEqualTo(after.get("postgres/password"));
      assertThat(after.get("g1/viewer-token")).isEqualTo(after.get("prometheus/gateways-token"));
      if (!name.equals("postgres/password")
          && !name.equals("prometheus/gateways-token")
          && !name.equals("admin/gateways-token")) {
        after.put(name, before.get(name));
        assertThat(after).as("the others, without " + name).isEqualTo(before);
      }
    }
  }

  @Test
  void whatRunsOutIsDueAfterHalfOfItsTime() throws Exception {
    SecretTree tree = tree();
    assertThat(tree.isDue("g1/enrolment-token", Duration.ofDays(7))).as("missing").isTrue();
    tree.write("g1/enrolment-token", "x");
    assertThat(tree.isDue("g1/enrolment-token", Duration.ofDays(7))).isFalse();
    FileTime old = FileTime.from(Clock.systemUTC().instant().minus(Duration.ofDays(4)));
    Files.setLastModifiedTime(tree.file("g1/enrolment-token"), old);
    assertThat(tree.isDue("g1/enrolment-token", Duration.ofDays(7))).isTrue();
    assertThat(tree.isDue("g1/enrolment-token", Duration.ofDays(9))).isFalse();
  }

  @Test
  void whatIsNotThereYetIsNamed() {
    assertThatThrownBy(() -> tree().read("admin/password"))
        .hasMessageContaining("there is no " + folder.resolve("admin/password"))
        .hasMessageContaining("tidemark setup secrets makes it");
  }

  @ParameterizedTest
  @CsvSource({
    "a/b, a gateway is named by",
    "'..', no gateway can be called ..",
    "admin, a folder of another program"
  })
  void namesThatAreNoFoldersOfGatewaysAreRefused(String name, String message) {
    assertThatThrownBy(() -> new SecretTree(folder, List.of(name), Clock.systemUTC()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
