package io.tidemark.sim.csv;

import java.util.List;

/**
 * What a whole file is.
 *
 * @param readings of all devices and sensors
 * @param skippedRows those in which no column had a value
 * @param crc32c over its bytes
 * @param devices those its device column names, in the order in which they come; none without one
 * @param columns what is taken from it, in words
 */
public record CsvSummary(
    long readings, long skippedRows, long crc32c, List<String> devices, List<String> columns) {

  /** Copies the lists. */
  public CsvSummary {
    devices = List.copyOf(devices);
    columns = List.copyOf(columns);
  }
}
