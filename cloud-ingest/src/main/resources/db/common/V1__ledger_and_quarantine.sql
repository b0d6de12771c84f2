-- What ingest keeps beside the rows: the ledger, the quarantine, and what it was about to write. SQL that SQLite and PostgreSQL
-- both take; the type of payload bytes is BLOB for the one and BYTEA for the other. Times are nanoseconds since 1970 UTC.

-- Counters that must never repeat. `tick`: the ledger's barrier. `starts`: how often ingest has started.
CREATE TABLE counter (
  name  VARCHAR(32) PRIMARY KEY,
  value BIGINT NOT NULL
);
INSERT INTO counter (name, value) VALUES ('tick', 0), ('starts', 0);

-- What a device has declared of an epoch, and how far the declarations are settled.
CREATE TABLE ledger_epoch (
  device        VARCHAR(128) NOT NULL,
  epoch         BIGINT NOT NULL,
  next_sequence BIGINT NOT NULL,
  oldest_kept   BIGINT NOT NULL,
  pending_kept  BIGINT NOT NULL,
  settled_kept  BIGINT NOT NULL,
  redelivered   BIGINT NOT NULL,
  first_seen    BIGINT NOT NULL,
  last_seen     BIGINT NOT NULL,
  PRIMARY KEY (device, epoch)
);

-- Disjoint intervals of numbers; both ends inclusive. Keyed by the end: what arrives is near the end of what is there.
CREATE TABLE ledger_interval (
  device         VARCHAR(128) NOT NULL,
  epoch          BIGINT NOT NULL,
  last_sequence  BIGINT NOT NULL,
  first_sequence BIGINT NOT NULL,
  state          VARCHAR(16) NOT NULL,
  reason         VARCHAR(64) NOT NULL,
  PRIMARY KEY (device, epoch, last_sequence)
);

-- Since when numbers have been missing. May name some that have come since: only those in no interval are missing.
CREATE TABLE ledger_missing (
  device         VARCHAR(128) NOT NULL,
  epoch          BIGINT NOT NULL,
  first_sequence BIGINT NOT NULL,
  last_sequence  BIGINT NOT NULL,
  since          BIGINT NOT NULL,
  PRIMARY KEY (device, epoch, first_sequence, since)
);

-- Gateway groups and how far each said it was.
CREATE TABLE gateway_group (
  name            VARCHAR(64) PRIMARY KEY,
  committed_index BIGINT NOT NULL,
  forwarded_index BIGINT NOT NULL,
  tick            BIGINT NOT NULL,
  seen_at         BIGINT NOT NULL
);

-- The sensors of a device.
CREATE TABLE series (
  device VARCHAR(128) NOT NULL,
  sensor VARCHAR(64) NOT NULL,
  kind   VARCHAR(64) NOT NULL,
  PRIMARY KEY (device, sensor, kind)
);

-- Rows that are being written. One found at the start says: look whether they are there.
CREATE TABLE intent (
  device         VARCHAR(128) NOT NULL,
  epoch          BIGINT NOT NULL,
  first_sequence BIGINT NOT NULL,
  last_sequence  BIGINT NOT NULL,
  from_time      BIGINT NOT NULL,
  to_time        BIGINT NOT NULL,
  PRIMARY KEY (device, epoch, first_sequence)
);

-- What could not become a row, as it was received; the bytes once, however many of their readings are quarantined.
CREATE TABLE quarantine_payload (
  sha256 VARCHAR(64) PRIMARY KEY,
  bytes  ${bytes} NOT NULL
);
CREATE TABLE quarantine_item (
  id          BIGINT PRIMARY KEY,
  device      VARCHAR(128) NOT NULL,
  epoch       BIGINT,
  sequence    BIGINT,
  reason      VARCHAR(32) NOT NULL,
  detail      VARCHAR(500) NOT NULL,
  received_at BIGINT NOT NULL,
  sha256      VARCHAR(64) NOT NULL REFERENCES quarantine_payload (sha256),
  identity    VARCHAR(128) NOT NULL UNIQUE
);
CREATE INDEX quarantine_item_by_device ON quarantine_item (device, id);
CREATE INDEX quarantine_item_by_reason ON quarantine_item (reason, id);
