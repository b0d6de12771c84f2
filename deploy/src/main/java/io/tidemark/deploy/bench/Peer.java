package io.tidemark.deploy.bench;

import java.util.Locale;

/** Brokers the gateway can be measured beside. */
public enum Peer {
  /** Debian's. */
  MOSQUITTO,

  /** HiveMQ CE, embedded. */
  HIVEMQ;

  /** As it is written in options and results. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
