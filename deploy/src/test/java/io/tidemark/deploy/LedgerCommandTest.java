package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What {@code tidemark ledger} makes of what ingest says; here in its place. */
@Timeout(60)
class LedgerCommandTest {
  private static final String SUMS =
      "{\"produced\":12,\"waiting\":0,\"stored\":12,\"quarantined\":0,\"dropped\":0,\"missing\":0,\"duplicates\":%d,\"redelivered\":0}";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  /** What was asked of the ledger's totals. */
  private final List<String> asked = new CopyOnWriteArrayList<>();

  private final HttpServer ingest;

  LedgerCommandTest() throws IOException {
    ingest = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    ingest.start();
  }

  @AfterEach
  void stop() {
    ingest.stop(0);
  }

  /**
   * @param checkedAt as JSON has it
   */
  private void says(int duplicates, String checkedAt) {
    String sums = SUMS.formatted(duplicates);
    answers(
        "/api/v1/ledger",
        exchange -> asked.add(String.valueOf(exchange.getRequestURI().getQuery())),
        "{\"verdict\":\"clean\",\"totals\":%s,\"devices\":1,\"duplicatesCheckedAt\":%s,\"groups\":[]}"
            .formatted(sums, checkedAt));
    answers(
        "/api/v1/devices",
        exchange -> {},
        "{\"items\":[{\"device\":\"mill-1\",\"ledger\":%s}],\"next\":null}".formatted(sums));
  }

  private void answers(String path, Consumer<HttpExchange> first, String json) {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    ingest.createContext(
        path,
        exchange -> {
          first.accept(exchange);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
  }

  private int run(String... options) {
    CommandLine commandLine =
        Tidemark.commandLine()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true));
    String[] all = new String[options.length + 3];
    all[0] = "ledger";
    all[1] = "--api";
    all[2] = "http://127.0.0.1:" + ingest.getAddress().getPort();
    System.arraycopy(options, 0, all, 3, options.length);
    return commandLine.execute(all);
  }

  @Test
  void duplicatesAreShownWithWhenTheyWereCounted() {
    says(3, "\"" + Instant.now().minusSeconds(4_000) + "\"");
    assertThat(run()).isEqualTo(1);
    assertThat(out.toString())
        .contains("Stored twice: 3.")
        .containsPattern("mill-1 .* 3\\R")
        .containsPattern(
            "Duplicates were last counted at 20[-0-9]+T[0-9:]{8}Z, 4,0\\d\\d s ago\\.");
  }

  @Test
  void noneIsNotSaidWhereNobodyHasCounted() {
    says(0, "null");
    assertThat(run("--last")).isZero();
    assertThat(asked).containsExactly("null");
    assertThat(out.toString())
        .containsPattern("mill-1 .* not counted\\R")
        .containsPattern("all .* not counted\\R")
        .contains("Duplicates are not counted yet since ingest started: try again in a while.");
  }

  @Test
  void itCountsFirstAndSaysSoWhileThatTakesLong() {
    answers(
        "/api/v1/ledger",
        exchange -> {
          asked.add(exchange.getRequestURI().getQuery());
          await()
              .atMost(Duration.ofSeconds(40))
              .until(() -> err.toString().contains("Ingest counts duplicates"));
        },
        "{\"totals\":%s,\"duplicatesCheckedAt\":\"2026-03-01T00:00:00Z\"}"
            .formatted(SUMS.formatted(0)));
    assertThat(run("--json")).isZero();
    assertThat(asked).containsExactly("fresh=true");
    assertThat(err.toString()).containsPattern("by a pass over all rows: \\d+ s so far\\.");
    assertThat(out.toString()).as("for scripts").startsWith("{").hasLineCount(1);
  }

  @Test
  void rebuildingCountsNoDuplicates() {
    assertThat(run("rebuild", "--last")).isEqualTo(64);
    assertThat(err.toString()).contains("--last is for show: rebuild counts no duplicates");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"2026-03-01T00:00:00Z\"", "null"})
  void scriptsAreToldToo(String checkedAt) {
    says(0, checkedAt);
    assertThat(run("show", "--json")).isZero();
    assertThat(out.toString()).contains("\"duplicatesCheckedAt\":" + checkedAt);
  }
}
