-- How each gateway says it is: its newest report, as it came.
CREATE TABLE gateway_report (
  cluster  VARCHAR(64) NOT NULL,
  gateway  VARCHAR(64) NOT NULL,
  heard_at BIGINT NOT NULL,
  state    VARCHAR(16) NOT NULL, -- as the last change said: ready, not-ready or silent
  report   ${bytes} NOT NULL,
  PRIMARY KEY (cluster, gateway)
);

-- Who leads each group, as the last change said; empty if nobody does.
CREATE TABLE gateway_leader (
  cluster    VARCHAR(64) NOT NULL,
  group_name VARCHAR(64) NOT NULL,
  leader     VARCHAR(64) NOT NULL,
  term       BIGINT NOT NULL,
  PRIMARY KEY (cluster, group_name)
);

-- What changed: of a gateway where the group is empty, else of the group.
CREATE TABLE gateway_change (
  id         BIGINT PRIMARY KEY,
  at         BIGINT NOT NULL,
  cluster    VARCHAR(64) NOT NULL,
  gateway    VARCHAR(64) NOT NULL,
  group_name VARCHAR(64) NOT NULL,
  change     VARCHAR(16) NOT NULL,
  term       BIGINT NOT NULL,
  detail     VARCHAR(500) NOT NULL
);
CREATE INDEX gateway_change_by_time ON gateway_change (at);

INSERT INTO counter (name, value) VALUES ('gateway_changes', 0);
