package io.tidemark.ingest.storage.influx;

import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.Row;

/** One series of InfluxDB, apart from twins: within it a time names one row. */
record SeriesKey(String kind, EpochKey epoch, String sensor) {
  static SeriesKey of(Row row) {
    return new SeriesKey(row.reading().kind(), row.key(), row.reading().sensor());
  }

  boolean isOf(Row row) {
    return epoch.equals(row.key())
        && sensor.equals(row.reading().sensor())
        && kind.equals(row.reading().kind());
  }
}
