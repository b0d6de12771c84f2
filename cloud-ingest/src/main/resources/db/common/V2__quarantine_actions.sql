-- What is done with the quarantine, and how large it is.

-- One row. Kept beside every change, so that the bound costs no count.
CREATE TABLE quarantine_size (
  items BIGINT NOT NULL,
  bytes BIGINT NOT NULL
);
INSERT INTO quarantine_size (items, bytes)
SELECT (SELECT COUNT(*) FROM quarantine_item), (SELECT COALESCE(SUM(LENGTH(bytes)), 0) FROM quarantine_payload);

CREATE INDEX quarantine_item_by_number ON quarantine_item (device, epoch, sequence);
CREATE INDEX quarantine_item_by_payload ON quarantine_item (sha256);

-- What was done with readings after they had been set aside: replayed, discarded, or dropped as the quarantine was full.
CREATE TABLE ledger_action (
  id       BIGINT PRIMARY KEY,
  at       BIGINT NOT NULL,
  action   VARCHAR(16) NOT NULL,
  item     BIGINT NOT NULL,
  device   VARCHAR(128) NOT NULL,
  epoch    BIGINT,
  sequence BIGINT,
  reason   VARCHAR(32) NOT NULL,
  outcome  VARCHAR(32) NOT NULL,
  note     VARCHAR(200) NOT NULL
);
CREATE INDEX ledger_action_by_device ON ledger_action (device, id);

INSERT INTO counter (name, value) VALUES ('actions', 0);
