package io.tidemark.deploy.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Refusals summed over the processes a gateway has been. */
class RefusalsTest {
  @TempDir private Path logs;

  private HttpServer server;
  private ChildProcess process;
  private Service gateway;
  private String metrics = "";

  @BeforeEach
  void aGatewayThatCounts() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/q/metrics",
        exchange -> {
          byte[] answer = metrics.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    process = new ChildProcess("gateway", logs, Map.of(), List.of("sleep", "600"));
    process.start();
    gateway = new Service(process, "http://127.0.0.1:" + server.getAddress().getPort());
  }

  @AfterEach
  void ends() throws InterruptedException {
    process.kill();
    server.stop(0);
  }

  @Test
  void areKeptWhenTheProcessIsAnotherOne() throws Exception {
    Refusals refusals = new Refusals(Http::new);
    counts("undecodable", 3);
    refusals.look(gateway);
    counts("undecodable", 5);
    refusals.look(gateway);
    assertThat(refusals.sum()).as("the same process counts on").isEqualTo(5);

    process.kill();
    process.start();
    counts("undecodable", 2);
    refusals.look(gateway);
    assertThat(refusals.sum()).as("another one counts from 0").isEqualTo(7);

    server.stop(0);
    assertThatThrownBy(() -> refusals.look(gateway)).isInstanceOf(IOException.class);
    assertThat(refusals.sum()).isEqualTo(7);
  }

  @Test
  void areThoseForGood() throws Exception {
    Refusals refusals = new Refusals(Http::new);
    counts("not_ready", 9);
    refusals.look(gateway);
    assertThat(refusals.sum()).isZero();
  }

  private void counts(String reason, int refused) {
    metrics =
        """
        tidemark_gateway_readings_received_total 99.0
        tidemark_gateway_readings_refused_total{reason="%s"} %d.0
        tidemark_gateway_readings_refused_total{reason="qos"} 0.0
        """
            .formatted(reason, refused);
  }
}
