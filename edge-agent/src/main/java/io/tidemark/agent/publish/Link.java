package io.tidemark.agent.publish;

import java.net.URI;

/** One MQTT connection, from CONNACK to its end; never revived. */
interface Link extends AutoCloseable {

  /**
   * What the server allows.
   *
   * @param receiveMaximum packets it takes unacknowledged, 1 to 65,535
   * @param packetMaxBytes largest packet it takes
   */
  record Terms(int receiveMaximum, long packetMaxBytes) {}

  /** Told from the library's threads; must not block. */
  interface Listener {
    /** A PUBACK came for packet {@code key}. */
    void acknowledged(Link link, long key, int reasonCode, String reason);

    /**
     * The connection is over. May be told more than once.
     *
     * @param blamedCode a reason code (0x95, 0x99) if something sent is to blame, otherwise 0
     */
    void lost(Link link, String why, int blamedCode);
  }

  /** Makes links. */
  interface Connector {
    /**
     * Connects, waiting for the CONNACK.
     *
     * @throws LinkException if there is no connection; nothing is left behind
     */
    Link connect(URI gateway, Listener listener) throws LinkException, InterruptedException;
  }

  Terms terms();

  /** How many bytes a packet for {@code topic} with this payload has at most. */
  long packetBytes(String topic, byte[] payload);

  /**
   * Sends at QoS 1. What becomes of it is told to the listener.
   *
   * @return false if it could not be sent: the connection is ending, and the listener will be told
   *     why
   */
  boolean publish(long key, String topic, byte[] payload);

  /**
   * Ends the connection, politely if that is possible at once. Nothing is told afterwards that
   * matters.
   */
  @Override
  void close();
}
