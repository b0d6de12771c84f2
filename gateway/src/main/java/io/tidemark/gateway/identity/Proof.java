package io.tidemark.gateway.identity;

/** By what a device has proved who it is. There is no other way. */
public enum Proof {
  /** A certificate that it has shown, over TLS or DTLS. */
  CERTIFICATE,
  /** Its name as user name and its password, over MQTT. */
  PASSWORD,
  /** The pre-shared key listed under its name, over DTLS. */
  KEY
}
