-- Alerts: rules, what they found, and what is to be told to whom. Times are nanoseconds since 1970 UTC.

-- A rule; the definition is the JSON the API takes. Readings before judged_since count, but only what lasts beyond it is told.
CREATE TABLE alert_rule (
  id           BIGINT PRIMARY KEY,
  version      BIGINT NOT NULL,
  judged_since BIGINT NOT NULL,
  definition   TEXT NOT NULL
);

-- What came of the last evaluation of a rule.
CREATE TABLE alert_judgement (
  rule    BIGINT PRIMARY KEY,
  at      BIGINT NOT NULL,
  watched BIGINT NOT NULL,
  firing  BIGINT NOT NULL,
  pending BIGINT NOT NULL,
  no_data BIGINT NOT NULL
);

-- What is not ok. Made anew from the episodes and the readings after a start, but for how long there have been no data.
CREATE TABLE alert_state (
  rule       BIGINT NOT NULL,
  device     VARCHAR(128) NOT NULL,
  sensor     VARCHAR(64) NOT NULL,
  state      VARCHAR(16) NOT NULL,
  since      BIGINT NOT NULL,
  value      DOUBLE PRECISION,
  reading_at BIGINT,
  PRIMARY KEY (rule, device, sensor)
);

-- From when to when a rule fired; ended_at is NULL while it does. withdrawn: late readings show that it did not.
CREATE TABLE alert_episode (
  id         VARCHAR(36) PRIMARY KEY,
  rule       BIGINT NOT NULL,
  rule_name  VARCHAR(100) NOT NULL,
  device     VARCHAR(128) NOT NULL,
  sensor     VARCHAR(64) NOT NULL,
  metric     VARCHAR(64) NOT NULL,
  started_at BIGINT NOT NULL,
  ended_at   BIGINT,
  value      DOUBLE PRECISION,
  found_at   BIGINT NOT NULL,
  late       SMALLINT NOT NULL,
  withdrawn  SMALLINT NOT NULL,
  note       VARCHAR(200) NOT NULL
);
CREATE INDEX alert_episode_by_series ON alert_episode (rule, device, sensor, ended_at);
CREATE INDEX alert_episode_by_end ON alert_episode (rule, ended_at);
CREATE INDEX alert_episode_by_start ON alert_episode (started_at, id);

-- Told, or to be told. One row for each receiver, made in the transaction that changes the episode.
CREATE TABLE alert_notification (
  number     BIGINT PRIMARY KEY,
  id         VARCHAR(36) NOT NULL UNIQUE,
  rule       BIGINT NOT NULL,
  receiver   VARCHAR(500) NOT NULL,
  body       TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  status     VARCHAR(16) NOT NULL,
  attempts   BIGINT NOT NULL,
  next_at    BIGINT NOT NULL,
  done_at    BIGINT NOT NULL,
  said       VARCHAR(500) NOT NULL
);
CREATE INDEX alert_notification_by_status ON alert_notification (status, receiver, number, rule);
CREATE INDEX alert_notification_by_rule ON alert_notification (rule, receiver, number);

-- Who evaluates and delivers. One row.
CREATE TABLE alert_lease (
  one        SMALLINT PRIMARY KEY CHECK (one = 1),
  holder     VARCHAR(36) NOT NULL,
  until_time BIGINT NOT NULL
);
INSERT INTO alert_lease (one, holder, until_time) VALUES (1, '', 0);

-- Devices of which readings are to be judged, and their times: those an ingest without the lease has stored, and those
-- whose time has not come.
CREATE TABLE alert_touched (
  device    VARCHAR(128) PRIMARY KEY,
  from_time BIGINT NOT NULL,
  to_time   BIGINT NOT NULL
);

INSERT INTO counter (name, value) VALUES ('alert_rules', 0), ('alert_notifications', 0);
