package io.tidemark.deploy.bench;

import java.util.Locale;

/** Servers the gateway can be measured beside. */
public enum Peer {
  /** Debian's. */
  MOSQUITTO(Protocol.MQTT),

  /** HiveMQ CE, embedded. */
  HIVEMQ(Protocol.MQTT),

  /** A CoAP server on the library the gateway has too, which only says yes. */
  CALIFORNIUM(Protocol.COAP);

  private final Protocol protocol;

  Peer(Protocol protocol) {
    this.protocol = protocol;
  }

  Protocol protocol() {
    return protocol;
  }

  /** As it is written in options and results. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
