package io.tidemark.gateway.mqtt;

import java.util.Locale;

/**
 * Why this gateway turned a connection away or ended it. The lower-case name is the metric's {@code
 * reason}.
 */
public enum CloseReason {
  /** The gateway could not commit. */
  NOT_READY,
  /** The log had no room. Only those that come are turned away for it. */
  FULL,
  /** The gateway was stopping. */
  STOPPING,
  /**
   * A message of it could be neither acknowledged nor refused: nobody knows what became of it, or
   * MQTT 3.1.1 has no refusal.
   */
  UNACKNOWLEDGED,
  /** There are as many connections as there may be. */
  CONNECTIONS,
  /** There are as many of its address as there may be. */
  ADDRESS,
  /** It waited for longest with its CONNECT when there were too many that wait. */
  UNIDENTIFIED,
  /** It sent no CONNECT in time. */
  CONNECT_TIMEOUT,
  /** It wanted an extended authentication. */
  AUTHENTICATION,
  /** Its client id is none that is taken. */
  CLIENT_ID,
  /** Its will has a topic that is none. */
  WILL_TOPIC,
  /** Its will has QoS 2. */
  WILL_QOS,
  /** Its will is to be retained. */
  WILL_RETAIN,
  /** Its will is larger than what is kept. */
  WILL_TOO_LARGE,
  /** It takes no packet as large as a CONNACK. */
  MAXIMUM_PACKET_SIZE,
  /** What it sent is not MQTT. */
  MALFORMED,
  /** It sent a packet where the protocol does not allow it. */
  PROTOCOL,
  /** It sent QoS 2. */
  QOS,
  /** It sent a packet larger than any that is taken. */
  TOO_LARGE,
  /** More is unacknowledged than it may have. */
  WINDOW,
  /** It sent part of a packet when memory for such parts was used up. */
  UNFINISHED,
  /** It did not read what it was sent. */
  UNREAD,
  /** It sent nothing for one and a half times its keep alive. */
  KEEP_ALIVE;

  /** The metric's tag. */
  public String tag() {
    return name().toLowerCase(Locale.ROOT);
  }
}
