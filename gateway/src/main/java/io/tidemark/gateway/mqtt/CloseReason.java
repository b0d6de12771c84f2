package io.tidemark.gateway.mqtt;

import io.tidemark.identity.UntrustedException;
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
  KEEP_ALIVE,
  /**
   * TLS itself did not go on: no TLS at all, a version or cipher that is not spoken, something
   * broken, or it took too long.
   */
  HANDSHAKE,
  /** It has shown no certificate, and no user name and password either. */
  NO_CERTIFICATE,
  /** Its user name and password are those of no device. */
  WRONG_PASSWORD,
  /** Too many passwords of its name, or of its address, were wrong. */
  PASSWORD_FAILURES,
  /** Too many passwords were being checked, or it took too long. */
  PASSWORD_CHECKS,
  /** No authority of ours has signed its certificate. */
  UNKNOWN_AUTHORITY,
  /** Its certificate's time is over. */
  EXPIRED,
  /** Its certificate's time has not come; or a clock is wrong. */
  NOT_YET_VALID,
  /** Its certificate is for something else. */
  NOT_AN_IDENTITY,
  /** Its certificate is no device's. */
  WRONG_ROLE,
  /** It is shut out. */
  SHUT_OUT,
  /** Another certificate has been made in the place of its own. */
  SUPERSEDED,
  /** Its will is another device's. */
  NOT_AUTHORISED,
  /** Its certificate has ended while it was connected. */
  CERTIFICATE_ENDED,
  /** Its password was withdrawn or replaced while it was connected. */
  SECRET_WITHDRAWN;

  /** Why somebody is not believed. */
  static CloseReason of(UntrustedException.Reason reason) {
    return switch (reason) {
      case NO_CERTIFICATE -> NO_CERTIFICATE;
      case UNKNOWN_AUTHORITY -> UNKNOWN_AUTHORITY;
      case EXPIRED -> EXPIRED;
      case NOT_YET_VALID -> NOT_YET_VALID;
      // Hosts are servers' only.
      case NOT_AN_IDENTITY, WRONG_HOST -> NOT_AN_IDENTITY;
      case WRONG_ROLE -> WRONG_ROLE;
      case SHUT_OUT -> SHUT_OUT;
      case SUPERSEDED -> SUPERSEDED;
    };
  }

  /** The metric's tag. */
  public String tag() {
    return name().toLowerCase(Locale.ROOT);
  }
}
