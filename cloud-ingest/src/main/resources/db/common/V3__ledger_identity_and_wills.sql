-- Which ledger this is, as the databases that keep its rows are told. One row, made when it is asked for.
CREATE TABLE ledger_identity (
  one  SMALLINT PRIMARY KEY CHECK (one = 1),
  name VARCHAR(36) NOT NULL
);

-- The last words of a device: what it had wanted said once its connection ended without its word (an MQTT will). The newest
-- one, of devices that are known.
CREATE TABLE last_will (
  device      VARCHAR(128) PRIMARY KEY,
  received_at BIGINT NOT NULL, -- by its gateway's clock: tells a newer one from one that comes again
  said_at     BIGINT NOT NULL, -- the same, comparable with last_seen
  topic       TEXT NOT NULL,
  payload     ${bytes} NOT NULL
);
