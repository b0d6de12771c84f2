package io.tidemark.ingest.gateways;

import io.tidemark.wire.GatewayReport;

/** How a gateway is. */
public enum GatewayState {
  /** It says that it can commit. */
  READY("ready"),
  /** It says that it cannot. */
  NOT_READY("not-ready"),
  /** It has not been heard of for several of its intervals. */
  SILENT("silent");

  private final String code;

  GatewayState(String code) {
    this.code = code;
  }

  /** As it is written in SQL and said by the API. */
  public String code() {
    return code;
  }

  static GatewayState of(GatewayReport report) {
    return report.canCommit() ? READY : NOT_READY;
  }
}
