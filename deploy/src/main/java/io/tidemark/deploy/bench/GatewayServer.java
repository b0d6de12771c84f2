package io.tidemark.deploy.bench;

import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Pipeline;
import io.tidemark.deploy.pipeline.Ports;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The real gateway as the demo runs it, which fsyncs every entry; behind it an ingest that only
 * says yes.
 */
final class GatewayServer implements MeasuredServer {
  static final String NAME = "gateway";

  private static final Duration SETTLE_TIMEOUT = Duration.ofMinutes(1);
  private static final Duration POLL = Duration.ofMillis(50);

  private final Protocol protocol;
  private final Ports ports = Ports.free();
  private final Pipeline pipeline;
  private final ForwardSink sink;

  /** One that is measured over this protocol; it speaks the others too. */
  GatewayServer(Installation installation, Path data, Protocol protocol) throws IOException {
    this.protocol = protocol;
    pipeline = new Pipeline(installation, data, ports, null);
    sink = new ForwardSink(ports.ingest());
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Protocol protocol() {
    return protocol;
  }

  @Override
  public void start() throws InterruptedException {
    pipeline.startGateway();
  }

  @Override
  public int port() {
    return switch (protocol) {
      case MQTT -> ports.gateways().get(0).mqtt();
      case COAP -> ports.gateways().get(0).coap();
    };
  }

  @Override
  public long pid() {
    return pipeline.gateway().pid();
  }

  /** Until everything committed is forwarded. */
  @Override
  public void settle() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + SETTLE_TIMEOUT.toNanos();
    while (metric("tidemark_gateway_readings_waiting") > 0) {
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "the gateway has not forwarded what it took within %d s; its log: %s"
                .formatted(SETTLE_TIMEOUT.toSeconds(), pipeline.gateway().log()));
      }
      Thread.sleep(POLL.toMillis());
    }
  }

  /** Entries its log has had so far, with the few that only say what is forwarded. */
  long entries() throws IOException, InterruptedException {
    return (long) metric("tidemark_gateway_log_committed_index");
  }

  private double metric(String name) throws IOException, InterruptedException {
    String metrics = pipeline.http().getText(pipeline.gatewayUrl() + "/q/metrics");
    return metrics
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .findFirst()
        .orElseThrow(() -> new IOException("the gateway's metrics have no " + name));
  }

  @Override
  public void close() throws InterruptedException {
    pipeline.close();
    sink.close();
  }
}
