-- Readings that were stored long after they were taken: rows keep the time of taking only. Intervals of an epoch are disjoint; where
-- there are too many, neighbours become one, and readings then counts fewer than its numbers. Times are nanoseconds since 1970 UTC:
-- from_time and to_time by the device's clock, stored_from and stored_to by ingest's. at_gateway: how late the latest was already
-- when a gateway received it; NULL if that is unknown.
CREATE TABLE ledger_late (
  device         VARCHAR(128) NOT NULL,
  epoch          BIGINT NOT NULL,
  first_sequence BIGINT NOT NULL,
  last_sequence  BIGINT NOT NULL,
  readings       BIGINT NOT NULL,
  from_time      BIGINT NOT NULL,
  to_time        BIGINT NOT NULL,
  least          BIGINT NOT NULL,
  most           BIGINT NOT NULL,
  stored_from    BIGINT NOT NULL,
  stored_to      BIGINT NOT NULL,
  at_gateway     BIGINT,
  PRIMARY KEY (device, epoch, first_sequence)
);
