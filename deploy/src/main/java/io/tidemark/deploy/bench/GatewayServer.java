package io.tidemark.deploy.bench;

import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Ports;
import java.io.IOException;
import java.nio.file.Path;

/** One gateway, measured over one protocol. */
final class GatewayServer implements MeasuredServer {
  static final String NAME = "gateway";

  private final Protocol protocol;
  private final GatewayCluster alone;

  /** One that is measured over this protocol; it speaks the others too. */
  GatewayServer(Installation installation, Path data, Protocol protocol) throws IOException {
    this.protocol = protocol;
    alone = new GatewayCluster(installation, data, 1);
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
  public void start() throws IOException, InterruptedException {
    alone.start();
  }

  @Override
  public int port() {
    Ports.OfGateway ports = alone.ports().get(0);
    return switch (protocol) {
      case MQTT -> ports.mqtt();
      case COAP -> ports.coap();
    };
  }

  @Override
  public long pid() {
    return alone.pids().get(0);
  }

  @Override
  public void settle() throws IOException, InterruptedException {
    alone.settle();
  }

  /** Entries its log has had so far, with the few that only say what is forwarded. */
  long entries() throws IOException, InterruptedException {
    return alone.entries();
  }

  @Override
  public void close() throws InterruptedException {
    alone.close();
  }
}
