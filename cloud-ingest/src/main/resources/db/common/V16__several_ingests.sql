-- What several ingests on one database have to agree about.

-- Whose intent it is: the name of an ingest that runs, or has run.
ALTER TABLE intent ADD COLUMN owner VARCHAR(36) NOT NULL DEFAULT '';

-- The barrier under way: of each group, what it had committed when it first reported after the barrier's tick (NULL until then), and
-- whether it has forwarded all of that. Its tick is the counter `tick`; barrier_begun: when it began, in milliseconds since 1970 UTC, 0
-- if there is none.
CREATE TABLE ledger_barrier (
  name   VARCHAR(64) PRIMARY KEY,
  target BIGINT,
  passed SMALLINT NOT NULL
);
INSERT INTO counter (name, value) VALUES ('barrier_begun', 0);
