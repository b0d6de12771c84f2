package io.tidemark.agent.sensor;

/** A sensor gave no measurement; says what was seen and what it should have been. */
public final class SensorException extends Exception {
  private static final long serialVersionUID = 1L;

  SensorException(String message) {
    super(message);
  }

  SensorException(String message, Throwable cause) {
    super(message, cause);
  }
}
