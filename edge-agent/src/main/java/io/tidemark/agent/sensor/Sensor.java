package io.tidemark.agent.sensor;

import io.tidemark.wire.Value;
import java.util.Map;

/**
 * One sensor. Its constructor does no I/O: a sensor that is not there fails when it is read, and
 * works from the reading on at which it has appeared.
 *
 * <p>Used by one thread at a time.
 */
public interface Sensor extends AutoCloseable {

  /** What it is, such as {@code bme280}; the kind of its readings. */
  String kind();

  /**
   * Measures once, now.
   *
   * @return metrics and what they say, at least one; the driver documents names and units
   * @throws SensorException if there is no measurement; the next call begins afresh
   * @throws InterruptedException if interrupted while the sensor measures
   */
  Map<String, Value> read() throws SensorException, InterruptedException;

  @Override
  void close();
}
