package io.tidemark.deploy.bench;

import java.io.IOException;

/** A process of this machine that takes MQTT on loopback: the gateway, or a broker beside it. */
interface MqttServer extends AutoCloseable {
  /** As it is called in the results. */
  String name();

  /** Starts it and waits until it takes connections. */
  void start() throws IOException, InterruptedException;

  int port();

  long pid();

  /** Waits until it is done with everything it has acknowledged, so that this is paid for too. */
  void settle() throws IOException, InterruptedException;

  @Override
  void close() throws InterruptedException;
}
