package io.tidemark.ingest.gateways;

/** There is no room for one more gateway. */
public final class TooManyGatewaysException extends Exception {
  private static final long serialVersionUID = 1L;

  TooManyGatewaysException(String message) {
    super(message);
  }
}
