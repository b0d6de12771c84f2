package io.tidemark.identity;

import java.util.Locale;

/** What a party is; what it may do follows from that. */
public enum Role {
  /** Sends readings, its own and nobody else's. */
  DEVICE,

  /** Takes readings from devices, replicates them with its peers, and passes them to ingest. */
  GATEWAY,

  /** Takes readings from gateways. */
  INGEST;

  /** As it is written in a certificate, e.g. {@code device}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
