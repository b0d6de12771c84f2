package io.tidemark.gateway.mqtt;

import io.tidemark.wire.Limits;
import java.time.Duration;

/**
 * The MQTT listener's address and bounds.
 *
 * @param host address to listen at
 * @param port TCP port without TLS; 0 for any
 * @param tlsPort TCP port with TLS; 0 for any
 * @param plain whether it listens without TLS
 * @param connectionsMax connected devices; one more is turned away
 * @param receiveMaximum unacknowledged QoS 1 messages of an MQTT 5 connection; announced to it
 * @param inFlightMax the same for MQTT 3.1.1, which cannot be told
 * @param connectTimeout how long a connection may take until its CONNECT
 * @param sessionExpiryMax how long a session may outlive its connection
 * @param sessionsMax sessions that outlive their connection; beyond it the oldest ends
 * @param connectionsPerAddressMax connected devices of one IPv4 address or IPv6 /64 network
 * @param unidentifiedMax connections whose CONNECT has not come; beyond it the oldest is closed
 * @param messagesPerSecondMax packets of one connection in a second; then it is not read from
 * @param messagesPerSecondPerAddressMax the same of all connections of one address
 * @param unfinishedMaxBytes packets that came in part, over all connections
 * @param writeTimeout how long a device may take to read what it is sent
 * @param willMaxBytes a will's topic and payload; a larger one is refused
 * @param packetMaxBytes largest packet taken after the fixed header, announced to MQTT 5 clients
 * @param unreadyGrace how long the gateway may be unable to commit before its devices are sent away
 */
public record MqttSettings(
    String host,
    int port,
    int tlsPort,
    boolean plain,
    int connectionsMax,
    int receiveMaximum,
    int inFlightMax,
    Duration connectTimeout,
    Duration sessionExpiryMax,
    int sessionsMax,
    int connectionsPerAddressMax,
    int unidentifiedMax,
    int messagesPerSecondMax,
    int messagesPerSecondPerAddressMax,
    long unfinishedMaxBytes,
    Duration writeTimeout,
    int willMaxBytes,
    int packetMaxBytes,
    Duration unreadyGrace) {

  /** What {@code packetMaxBytes} may be at most: a batch, and its topic and properties. */
  public static final int PACKET_MAX_BYTES = Limits.BATCH_MAX_BYTES + 1024;

  /** Largest CONNECT taken: nothing in it but client id and will is used. */
  public static final int CONNECT_MAX_BYTES = 16 << 10;

  /** Longest client id taken. */
  static final int CLIENT_ID_MAX_LENGTH = 256;
}
