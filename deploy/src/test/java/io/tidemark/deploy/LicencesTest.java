package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.sbom.Licences;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Nothing is shipped whose licence is not listed, and taken. */
class LicencesTest {
  private static final Path HOME = Installation.find().home();
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| (?!component )(?:([^:|]+):)?([^|]+?) \\| (.*?) \\| (.*?) \\|$");

  /** The version begins at the first hyphen with a digit after it. */
  private static final Pattern JAR = Pattern.compile("(.+?)-\\d.*\\.jar");

  /** Where each module has the libraries it is shipped with; the simulator has them in its jar. */
  private static final Map<String, String> LIBRARIES =
      Map.of(
          "edge-agent", "edge-agent/target/lib",
          "gateway", "gateway/target/quarkus-app/lib",
          "cloud-ingest", "cloud-ingest/target/quarkus-app/lib",
          "deploy", "deploy/target/lib");

  private record Row(String licences, String modules) {}

  private static Map<String, Row> rows() throws IOException {
    Map<String, Row> rows = new HashMap<>();
    for (MatchResult row :
        ROW.matcher(Files.readString(HOME.resolve("docs/licences.md"))).results().toList()) {
      Row one = new Row(row.group(3), row.group(4));
      // In some folders a library's file has its group in its name, in some not.
      rows.put(row.group(2), one);
      rows.put(row.group(1) + "." + row.group(2), one);
    }
    return rows;
  }

  @Test
  void everyLibraryThatIsShippedIsListed() throws IOException {
    Map<String, Row> rows = rows();
    Set<String> missing = new TreeSet<>();
    int seen = 0;
    for (Map.Entry<String, String> module : LIBRARIES.entrySet()) {
      try (Stream<Path> files = Files.walk(HOME.resolve(module.getValue()))) {
        for (Path file : files.filter(one -> one.toString().endsWith(".jar")).toList()) {
          Matcher jar = JAR.matcher(file.getFileName().toString());
          assertThat(jar.matches()).as(file.toString()).isTrue();
          String name = jar.group(1);
          boolean isOurs = name.startsWith("telemetry-") || name.startsWith("io.tidemark.");
          Row row = rows.get(name);
          seen++;
          if (!isOurs
              && (row == null || !List.of(row.modules().split(", ")).contains(module.getKey()))) {
            missing.add(name + " of " + module.getKey());
          }
        }
      }
    }
    assertThat(seen).as("libraries").isGreaterThan(200);
    assertThat(missing).as("not in docs/licences.md, which ./tidemark sbom writes").isEmpty();
  }

  @Test
  void everyLicenceIsTaken() throws IOException {
    Set<String> others = new TreeSet<>();
    rows()
        .forEach(
            (name, row) -> {
              if (Stream.of(row.licences().split(", ")).noneMatch(Licences.TAKEN::contains)) {
                others.add(name + ": " + row.licences());
              }
            });
    assertThat(others).as("in docs/licences.md, with no licence that we take").isEmpty();
  }

  @Test
  void theFrontEndsPackagesAreListedToo() throws IOException {
    assertThat(rows()).containsKeys("org.mvnpm.lit", "org.mvnpm.lit-html", "org.webjars.npm.uplot");
  }

  @Test
  void aComponentWithoutALicenceWeTakeIsNamed() throws IOException {
    Path folder = TestPipeline.folder("sbom");
    Files.writeString(
        folder.resolve("gateway.cdx.json"),
        """
        {"components": [
          {"group": "io.tidemark", "name": "telemetry-wire"},
          {"group": "a", "name": "good", "licenses": [{"license": {"name": "Odd"}}, {"license": {"id": "MIT"}}]},
          {"group": "a", "name": "bad", "licenses": [{"license": {"id": "AGPL-3.0"}}]},
          {"group": "a", "name": "none"}]}""");
    StringWriter said = new StringWriter();
    Path page = folder.resolve("page.md");
    int code =
        Tidemark.commandLine()
            .setOut(new PrintWriter(said, true))
            .setErr(new PrintWriter(said, true))
            .execute("sbom", "--bills", folder.toString(), "--page", page.toString());
    assertThat(code).isEqualTo(1);
    assertThat(said.toString())
        .contains("3 components")
        .contains("a:bad, in gateway, has AGPL-3.0")
        .contains("a:none, in gateway, has no licence")
        .doesNotContain("a:good,");
    assertThat(Files.readString(page)).contains("| a:good | MIT, Odd | gateway |");
    assertThatThrownBy(() -> Licences.of(Files.createDirectories(folder.resolve("empty"))))
        .hasMessageContaining("there is no bill of materials");
  }
}
