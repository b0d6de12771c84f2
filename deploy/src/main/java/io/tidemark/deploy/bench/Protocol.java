package io.tidemark.deploy.bench;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What devices speak to a gateway. */
enum Protocol {
  /** MQTT 5 with QoS 1. */
  MQTT,

  /** CoAP with confirmable requests. */
  COAP;

  /** As it is written in results. */
  @JsonValue
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
