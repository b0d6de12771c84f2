package io.tidemark.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.pipeline.GatewayService;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Pipeline;
import io.tidemark.deploy.pipeline.Ports;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Real gateways as the demo runs them, which fsync every entry; behind them an ingest that only
 * says yes.
 */
final class GatewayCluster implements AutoCloseable {
  private final Ports ports;
  private final Pipeline pipeline;
  private final ForwardSink sink;

  /** Starts no gateway yet. */
  GatewayCluster(Installation installation, Path data, int gateways) throws IOException {
    ports = Ports.free(gateways);
    pipeline = new Pipeline(installation, data, ports, null);
    sink = new ForwardSink(ports.ingest());
  }

  /** Starts all, and waits until each leads its own group. */
  void start() throws IOException, InterruptedException {
    pipeline.startGateways();
    await(
        "they do not all lead their own groups",
        () -> {
          for (JsonNode group : cluster().path("groups")) {
            if (!group.path("group").asText().equals(group.path("leader").asText())) {
              return false;
            }
          }
          return true;
        });
  }

  private JsonNode cluster() throws IOException, InterruptedException {
    return pipeline.http().get(pipeline.gatewayUrl() + "/api/v1/cluster");
  }

  int size() {
    return ports.gateways().size();
  }

  /** Ports of each gateway. */
  List<Ports.OfGateway> ports() {
    return ports.gateways();
  }

  /** Process ids. */
  List<Long> pids() {
    return pipeline.gateways().stream().map(gateway -> gateway.service().process().pid()).toList();
  }

  /** Processor time of all processes together since they started, in seconds. */
  double cpuSeconds() throws IOException {
    double sum = 0;
    for (long pid : pids()) {
      sum += new ServerProcess(pid).cpuSeconds();
    }
    return sum;
  }

  /** Waits until everything committed is forwarded. */
  void settle() throws IOException, InterruptedException {
    await(
        "they have not forwarded what they took",
        () -> {
          for (GatewayService gateway : pipeline.gateways()) {
            if (metric(gateway, "tidemark_gateway_readings_waiting") > 0) {
              return false;
            }
          }
          return true;
        });
  }

  private void await(String trouble, Waiting.Condition done)
      throws IOException, InterruptedException {
    Waiting.until(
        done,
        () ->
            "%d gateways: %s (logs beside %s)"
                .formatted(size(), trouble, pipeline.gateway().log()));
  }

  /** Entries all logs together have had so far, with the few that only say what is forwarded. */
  long entries() throws IOException, InterruptedException {
    long sum = 0;
    for (GatewayService gateway : pipeline.gateways()) {
      sum +=
          (long)
              metric(
                  gateway,
                  "tidemark_gateway_log_committed_index{group=\"%s\"}".formatted(gateway.id()));
    }
    return sum;
  }

  /** Of a gateway's metrics the one with that name, and labels if it has any. */
  private double metric(GatewayService gateway, String name)
      throws IOException, InterruptedException {
    String metrics = pipeline.http().getText(gateway.service().url() + "/q/metrics");
    return metrics
        .lines()
        .filter(line -> line.startsWith(name + " "))
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
