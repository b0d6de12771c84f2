package io.tidemark.deploy.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What Prometheus' own promtool says of the files, and what it cannot know. Whether the metrics are
 * there, {@code SecureDemoTest} asks of running programs.
 */
@Timeout(60)
class PrometheusFilesTest {
  private record Run(int exitCode, String out) {}

  private static Run promtool(String... words) throws IOException, InterruptedException {
    String program = System.getenv("TIDEMARK_PROMTOOL");
    if (program == null) {
      throw new IllegalStateException(
          "TIDEMARK_PROMTOOL must name a promtool; ./tidemark test fetches one and sets it");
    }
    List<String> command = new ArrayList<>(List.of(program));
    command.addAll(List.of(words));
    Process process =
        new ProcessBuilder(command)
            .directory(Rules.HOME.toFile())
            .redirectErrorStream(true)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new Run(process.exitValue(), out);
  }

  @Test
  void prometheusTakesThem() throws Exception {
    Run rules = promtool("check", "rules", "--lint=all", "--lint-fatal", "tidemark.rules.yml");
    assertThat(rules.exitCode()).as(rules.out()).isZero();
    // The secrets that it names are nobody's here.
    Run config = promtool("check", "config", "--syntax-only", "prometheus.yml");
    assertThat(config.exitCode()).as(config.out()).isZero();
  }

  @Test
  void eachRuleFiresWhenItIsTo() throws Exception {
    Run tests = promtool("test", "rules", "tidemark.test.yml");
    assertThat(tests.exitCode()).as(tests.out()).isZero();
    String tested = Files.readString(Rules.HOME.resolve("tidemark.test.yml"));
    assertThat(Rules.read().all())
        .hasSizeGreaterThan(15)
        .allSatisfy(
            rule ->
                assertThat(tested).contains("alertname=\"" + rule.path("alert").asText() + "\""));
  }

  @Test
  void eachRuleSaysWhatToDoAndWhereMoreIsSaid() throws IOException {
    for (JsonNode rule : Rules.read().all()) {
      String alert = rule.path("alert").asText();
      assertThat(rule.at("/labels/severity").asText()).as(alert).isIn("warning", "critical");
      assertThat(rule.at("/annotations/summary").asText()).as(alert).isNotBlank();
      assertThat(rule.at("/annotations/description").asText()).as(alert).hasSizeGreaterThan(60);
      String[] runbook = rule.at("/annotations/runbook").asText().split("#", 2);
      Path page = Installation.find().home().resolve(runbook[0]);
      assertThat(page).as(alert).isRegularFile();
      if (runbook.length > 1) {
        assertThat(Files.readAllLines(page).stream().filter(line -> line.startsWith("#")))
            .as(alert)
            .extracting(PrometheusFilesTest::anchor)
            .contains(runbook[1]);
      }
    }
  }

  /** As GitHub makes it of a heading. */
  private static String anchor(String heading) {
    return heading
        .replaceFirst("#+ ", "")
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^a-z0-9 -]", "")
        .replace(' ', '-');
  }

  @Test
  void theConfigurationReadsTheRulesAndNamesItsJobsAsTheyDo() throws IOException {
    JsonNode config = Rules.yaml(Rules.HOME.resolve("prometheus.yml"));
    assertThat(config.at("/rule_files/0").asText())
        .isEqualTo("/etc/prometheus/rules/tidemark.rules.yml");
    String rules = Files.readString(Rules.HOME.resolve("tidemark.rules.yml"));
    assertThat(config.path("scrape_configs"))
        .hasSize(2)
        .allSatisfy(
            job -> {
              assertThat(rules).contains("job=\"" + job.path("job_name").asText() + "\"");
              assertThat(job.path("scheme").asText()).isEqualTo("https");
              assertThat(job.path("metrics_path").asText()).isEqualTo("/q/metrics");
              assertThat(job.at("/tls_config/ca_file").asText()).startsWith("/run/secrets/");
              assertThat(job.at("/tls_config/insecure_skip_verify").isMissingNode()).isTrue();
              assertThat(job.at("/authorization/credentials_file").asText())
                  .startsWith("/run/secrets/");
            });
  }
}
