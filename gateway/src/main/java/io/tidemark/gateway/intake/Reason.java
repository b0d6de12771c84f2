package io.tidemark.gateway.intake;

import java.util.Locale;

/** Why a delivery was refused. The lower-case name is the metric's {@code reason}. */
public enum Reason {
  /** The payload is not a batch. For good. */
  UNDECODABLE,
  /** The batch names another device than the address it came to. For good. */
  DEVICE_MISMATCH,
  /** The address is another device's than the one that its certificate names. For good. */
  NOT_AUTHORISED,
  /** The address is none that takes telemetry. For good. */
  TOPIC,
  /** The content type is none that is taken. For good. */
  CONTENT_TYPE,
  /** Larger than anything that is taken. For good. */
  TOO_LARGE,
  /** QoS 2. For good. */
  QOS,
  /** Against the protocol in some other way: a topic alias, a retained message. For good. */
  PROTOCOL,
  /** More is unacknowledged than the connection may have. Try later. */
  WINDOW,
  /** More messages a second than an address may send. Try later. */
  RATE,
  /** More in a second than a device may send. Try later. */
  DEVICE_RATE,
  /** More in a second than all devices of a site may send. Try later. */
  SITE_RATE,
  /** More is uncommitted than memory is set aside for. Try later. */
  BUSY,
  /** The log has no room. Try later. */
  FULL,
  /** The log cannot commit, or the gateway is stopping. Try later, or elsewhere. */
  NOT_READY,
  /**
   * Nobody knows whether it was committed, as the leader changed meanwhile: the device is told
   * nothing, and sends again. If it was, whoever leads counts it.
   */
  IN_DOUBT;

  /** The metric's tag. */
  public String tag() {
    return name().toLowerCase(Locale.ROOT);
  }
}
