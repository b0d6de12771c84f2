-- What each of several ingests on this database has changed, for the others. Ids have no holes. `devices`: a line each, as
-- ChangeCodec says; `readings`: what became rows, while anybody listens, numbered from `first_event` on among all that did.
CREATE TABLE ingest_change (
  id          BIGINT PRIMARY KEY,
  owner       VARCHAR(64) NOT NULL,
  first_event BIGINT NOT NULL,
  events      BIGINT NOT NULL,
  devices     TEXT NOT NULL,
  readings    ${bytes}
);
INSERT INTO counter (name, value) VALUES ('changes', 0), ('live_readings', 0);

-- At which ingest somebody listens to the live stream, and until when that holds unless it says so again.
CREATE TABLE ingest_listener (
  owner        VARCHAR(64) PRIMARY KEY,
  until_millis BIGINT NOT NULL
);

-- Where the rows of this ledger are: in InfluxDB, or in the data folder of one ingest.
CREATE TABLE ingest_rows (
  one   BIGINT PRIMARY KEY,
  place VARCHAR(100) NOT NULL
);
