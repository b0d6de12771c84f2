package io.tidemark.ingest.storage.influx;

/**
 * The generations of InfluxDB, which differ in addresses, credentials and how a database is made.
 */
public enum InfluxVersion {
  /** Asked of the server at the first contact. */
  AUTO,
  /** 1.x: {@code /write}, and a name and a password. */
  V1,
  /** 2.x: {@code /api/v2/write}, organizations and buckets. */
  V2,
  /** 3: {@code /api/v2/write}, databases. */
  V3
}
