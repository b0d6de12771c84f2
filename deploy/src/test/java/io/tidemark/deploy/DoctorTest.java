package io.tidemark.deploy;

import static io.tidemark.deploy.FakeDeployment.change;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.FakeDeployment.Reply;
import io.tidemark.deploy.doctor.Kind;
import io.tidemark.deploy.doctor.Severity;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

/** {@code tidemark doctor}, asked of parts that say what they are told to. */
class DoctorTest {
  private static final String CLUSTER = "/api/v1/cluster";
  private static final String SYSTEM = "/api/v1/system";

  @TempDir private Path folder;
  private FakeDeployment fake;
  private ServerSocket silent;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final List<String> more = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    fake = new FakeDeployment();
    silent = new ServerSocket();
  }

  @AfterEach
  void stop() throws IOException {
    fake.close();
    silent.close();
  }

  private int doctor(String... arguments) {
    CommandLine command = Tidemark.commandLine();
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    List<String> words = new ArrayList<>(List.of("doctor"));
    words.addAll(List.of(arguments));
    return command.execute(words.toArray(String[]::new));
  }

  private int all(String... added) {
    more.addAll(List.of("--api", fake.api(), "--gateway", fake.gatewayUrl()));
    more.addAll(List.of(added));
    return doctor(more.toArray(String[]::new));
  }

  /** What is wrong, by code. */
  private List<String> found() throws IOException {
    return StreamSupport.stream(Json.lastLine(out.toString()).path("findings").spliterator(), false)
        .filter(finding -> finding.path("finding").isTextual())
        .map(finding -> finding.path("finding").asText())
        .distinct()
        .toList();
  }

  @Test
  void aDeploymentThatIsWell() throws Exception {
    assertThat(all("--json")).as(out.toString()).isZero();
    JsonNode said = Json.lastLine(out.toString());
    assertThat(said.path("verdict").asText()).isEqualTo("clean");
    assertThat(said.path("findings").findValuesAsText("check"))
        .contains(
            "reach",
            "certificate",
            "version",
            "clock",
            "disk",
            "store",
            "quorum",
            "forwarding",
            "ledger",
            "quarantine",
            "access-list",
            "probe");
    assertThat(said.path("findings").findValuesAsText("what"))
        .anyMatch(what -> what.startsWith("MQTT at 127.0.0.1:"))
        .anyMatch(what -> what.startsWith("CoAP at 127.0.0.1:"));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void eachIsFound(Kind kind) throws Exception {
    String[] options = prepare(kind);
    int exitCode = all(options);
    assertThat(found()).contains(kind.code());
    assertThat(exitCode).isEqualTo(1);
    JsonNode finding =
        StreamSupport.stream(Json.lastLine(out.toString()).path("findings").spliterator(), false)
            .filter(one -> one.path("finding").asText().equals(kind.code()))
            .findFirst()
            .orElseThrow();
    assertThat(finding.path("todo").asText()).isEqualTo(kind.todo());
    assertThat(finding.path("severity").asText())
        .isEqualTo(kind.severity() == Severity.FAULT ? "fault" : "warning");
    assertThat(finding.path("what").asText()).isNotEmpty();
  }

  /** Makes it so. */
  private String[] prepare(Kind kind) throws Exception {
    switch (kind) {
      case NAME_UNKNOWN -> {
        return new String[] {"--json", "--gateway", "http://gw.invalid:8081"};
      }
      case NOT_LISTENING -> {
        return new String[] {"--json", "--gateway", "http://127.0.0.1:1"};
      }
      case TLS_REFUSED -> {
        return new String[] {"--json", "--gateway", "https://127.0.0.1:" + fake.mqttPort()};
      }
      case NO_ANSWER -> {
        silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        return new String[] {
          "--json", "--timeout", "1s", "--gateway", "http://127.0.0.1:" + silent.getLocalPort()
        };
      }
      case NOT_LIVE -> fake.gateway.put("/q/health/live", down("works", "broken"));
      case NOT_READY -> fake.ingest.put("/q/health/ready", down("store and SQL", "no room"));
      case NOT_LET_IN -> fake.gateway.put(CLUSTER, new Reply(401, "{\"detail\":\"a token\"}"));
      case NOT_ASKED ->
          change(
              fake.ingest,
              "/api/v1/gateways",
              "{\"items\":[",
              "{\"items\":[{\"gateway\":\"g2\",\"member\":true},");
      case CERTIFICATE_ENDS ->
          change(
              fake.ingest,
              "/api/v1/authority",
              "\"I\",\"from\":\"2020-01-01T00:00:00Z\",\"to\":\"2990-01-01T00:00:00Z\"",
              "\"I\",\"from\":\"2020-01-01T00:00:00Z\",\"to\":\"2026-12-01T00:00:00Z\"");
      case VERSIONS_DIFFER -> change(fake.gateway, CLUSTER, "1.2.3", "1.2.4");
      case AGENTS_DIFFER -> change(fake.ingest, "/api/v1/devices/pi+1/latest", "1.2.3", "1.1.0");
      case CLOCK_OFF -> fake.ahead = Duration.ofSeconds(7);
      case DISK_LOW -> change(fake.gateway, CLUSTER, "50000000000", "3000000");
      case DISK_FULL -> change(fake.gateway, CLUSTER, "50000000000", "999999");
      case LOG_FILLS -> change(fake.gateway, CLUSTER, "\"logBytes\":10", "\"logBytes\":501");
      case STORE_SILENT ->
          change(
              fake.ingest, SYSTEM, "\"influx\",\"trouble\":null", "\"influx\",\"trouble\":\"no\"");
      case CANNOT_COMMIT ->
          change(
              fake.gateway,
              CLUSTER,
              "\"gateway\":\"g1\",\"canCommit\":true",
              "\"gateway\":\"g1\",\"canCommit\":false");
      case GATEWAY_DOWN -> change(fake.gateway, CLUSTER, "\"alive\":true", "\"alive\":false");
      case NO_LEADER -> change(fake.gateway, CLUSTER, "\"leader\":\"g1\"", "\"leader\":null");
      case NOT_SETTLED -> change(fake.gateway, CLUSTER, "\"settled\":true", "\"settled\":false");
      case MEMBER_BEHIND -> change(fake.gateway, CLUSTER, "\"lag\":0", "\"lag\":1001");
      case GATEWAY_TROUBLE ->
          change(fake.gateway, CLUSTER, "\"trouble\":\"\"", "\"trouble\":\"a log is closed\"");
      case GATEWAY_SILENT -> change(fake.ingest, "/api/v1/gateways", "\"ready\"", "\"silent\"");
      case BACKLOG_OLD ->
          change(
              fake.ingest,
              "/api/v1/gateways",
              "\"waitingSince\":null",
              "\"waitingSince\":\"%s\"".formatted(Instant.now().minusSeconds(301)));
      case READINGS_MISSING ->
          change(fake.ingest, "/api/v1/ledger", "\"missing\":0", "\"missing\":2");
      case READINGS_DOUBLED ->
          change(fake.ingest, "/api/v1/ledger", "\"duplicates\":0", "\"duplicates\":1");
      case QUARANTINE_GROWS ->
          change(fake.ingest, "/api/v1/quarantine/summary", "[3,0,0]", "[2,1,0]");
      case QUARANTINE_FULL ->
          change(fake.ingest, "/api/v1/quarantine/summary", "\"items\":3", "\"items\":801");
      case ACCESS_LIST_OLD ->
          change(
              fake.ingest,
              "/api/v1/gateways",
              "\"accessListCurrent\":true",
              "\"accessListCurrent\":false");
      case PROBE_SKIPPED -> more.addAll(List.of("--gateway", "https://127.0.0.1:1"));
      case PROBE_IDENTITY ->
          more.addAll(List.of("--gateway", "https://127.0.0.1:1", "--identity", folder.toString()));
      case PROBE_REFUSED -> fake.pubackCode = 0x87;
      case PROBE_NO_ROW -> {
        fake.rowsAreSeen = false;
        return new String[] {"--json", "--timeout", "3s"};
      }
      case PROBE_SLOW -> {
        return new String[] {"--json", "--slow-after", "0ms"};
      }
      case PROBE_UNACCOUNTED -> {
        change(
            fake.ingest, "/api/v1/devices/tidemark-doctor/ledger", "\"stored\":2", "\"stored\":1");
        return new String[] {"--json", "--timeout", "3s"};
      }
    }
    return new String[] {"--json"};
  }

  private static Reply down(String check, String why) {
    return new Reply(
        503,
        "{\"checks\":[{\"name\":\"%s\",\"status\":\"DOWN\",\"data\":{\"why\":\"%s\"}}]}"
            .formatted(check, why));
  }

  /** What is found in more than one way. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "disk-low; /api/v1/system; 50000000000; 9000000000",
        "disk-full; /api/v1/system; 50000000000; 100000000",
        "store-silent; /api/v1/system; \"sqlite\",\"trouble\":null; \"sqlite\",\"trouble\":\"no\"",
        "quarantine-full; /api/v1/quarantine/summary; \"bytes\":10; \"bytes\":801",
        "quarantine-grows; /api/v1/quarantine/summary; [3,0,0]; [2,0,1]",
        "certificate-ends; /api/v1/authority; \"R\",\"from\":\"2020-01-01T00:00:00Z\",\"to\":\"2990; \"R\",\"from\":\"2020-01-01T00:00:00Z\",\"to\":\"2026",
        "clock-off; /api/v1/system; NOW; 2001-01-01T00:00:00Z",
      })
  void atIngestToo(String code, String path, String from, String to) throws Exception {
    change(fake.ingest, path, from, to);
    assertThat(all("--json")).isEqualTo(1);
    assertThat(found()).containsExactly(code);
  }

  @Test
  void howLowADiskMayBe() throws Exception {
    assertThat(all("--json", "--disk-low", "51")).isEqualTo(1);
    assertThat(found()).containsExactly("disk-low");
    change(fake.ingest, SYSTEM, "50000000000", "300000000");
    more.clear();
    assertThat(all("--json", "--disk-low", "0")).as(out.toString()).isZero();
    assertThat(doctor("--disk-low", "101")).isEqualTo(64);
    assertThat(doctor("--disk-low", "-1")).isEqualTo(64);
    assertThat(err.toString()).contains("--disk-low must be 0 to 100, but is 101");
  }

  @Test
  void overCoapToo() throws Exception {
    fake.coapCode = 0x83;
    assertThat(all("--json")).isEqualTo(1);
    assertThat(found()).containsExactly("probe-refused");
    assertThat(out.toString()).contains("the reading was refused with 4.03");
  }

  @Test
  void noReadingIsSentWhereNoneIsWanted() throws Exception {
    fake.pubackCode = 0x87;
    assertThat(all("--json", "--no-probe")).isZero();
    assertThat(Json.lastLine(out.toString()).path("findings").findValuesAsText("check"))
        .doesNotContain("probe");
  }

  @Test
  void theTableSaysWhatToDoTheWorstFirst() throws Exception {
    change(fake.gateway, CLUSTER, "\"alive\":true", "\"alive\":false");
    assertThat(all()).isEqualTo(1);
    List<String> lines = out.toString().lines().toList();
    assertThat(lines.get(0)).startsWith("Faults: 1. Warnings: 0. In order: ");
    assertThat(lines.get(2))
        .startsWith("FAULT    quorum       gateway g1")
        .endsWith("gateway g1 has not heard of it lately");
    assertThat(lines.get(3))
        .isEqualTo(
            "         -> " + Kind.GATEWAY_DOWN.todo() + " [" + Kind.GATEWAY_DOWN.code() + "]");
    assertThat(lines.get(4)).startsWith("ok ");
  }

  @Test
  void whereNobodyAnswersItCouldNotBeChecked() throws Exception {
    assertThat(doctor("--api", "http://127.0.0.1:1", "--json")).isEqualTo(2);
    assertThat(err.toString()).contains("Could not check: neither ingest nor a gateway");
    assertThat(Json.lastLine(out.toString()).path("verdict").asText()).isEqualTo("unknown");
    assertThat(doctor("--api-key-file", "/nowhere/key")).isEqualTo(2);
    assertThat(err.toString()).contains("the API key cannot be read from /nowhere/key");
    assertThat(doctor("--gateway-token-file", "/nowhere/word")).isEqualTo(2);
    assertThat(err.toString()).contains("--gateway-token-file /nowhere/word cannot be read");
  }

  @Test
  void wrongUsageIsExplained() {
    assertThat(doctor("--api", "ingest:8080")).isEqualTo(64);
    assertThat(err.toString()).contains("--api must be http://host:port or https://host:port");
    assertThat(doctor("--gateway", "tcp://g1:1883")).isEqualTo(64);
    assertThat(err.toString()).contains("--gateway must be http://");
    assertThat(doctor("--timeout", "0s")).isEqualTo(64);
    assertThat(err.toString()).contains("--timeout must be 1 s to 300 s");
    assertThat(doctor("--enrolment-token-file", "token")).isEqualTo(64);
    assertThat(err.toString()).contains("needs --identity DIR");
  }

  @Test
  void theDocumentListsEachFindingAsItIs() throws Exception {
    Path document = Installation.find().home().resolve("docs/doctor.md");
    List<String> rows =
        Files.readAllLines(document).stream()
            .filter(line -> line.startsWith("| `") && line.split("\\|").length == 5)
            .toList();
    List<String> kinds =
        Arrays.stream(Kind.values())
            .map(
                kind ->
                    "| `%s` | %s |"
                        .formatted(
                            kind.code(), kind.severity() == Severity.FAULT ? "fault" : "warning"))
            .toList();
    assertThat(rows).hasSameSizeAs(kinds);
    for (int i = 0; i < kinds.size(); i++) {
      assertThat(rows.get(i))
          .startsWith(kinds.get(i))
          .endsWith(" " + Kind.values()[i].todo() + " |");
    }
  }
}
