-- Who may not come in. Times are nanoseconds since 1970 UTC; to_time is NULL as long as somebody is shut out. role: device or gateway.
CREATE TABLE shut_out (
  id        BIGINT PRIMARY KEY,
  role      VARCHAR(16) NOT NULL,
  name      VARCHAR(128) NOT NULL,
  from_time BIGINT NOT NULL,
  shut_by   VARCHAR(128) NOT NULL,
  why       VARCHAR(500) NOT NULL,
  to_time   BIGINT,
  let_in_by VARCHAR(128)
);
CREATE INDEX shut_out_by_name ON shut_out (role, name, id);
CREATE UNIQUE INDEX shut_out_now ON shut_out (role, name) WHERE to_time IS NULL;

-- Whose certificates are void that are valid from before void_before, as another was enrolled since. Milliseconds since 1970 UTC.
CREATE TABLE superseded (
  role        VARCHAR(16) NOT NULL,
  name        VARCHAR(128) NOT NULL,
  void_before BIGINT NOT NULL,
  PRIMARY KEY (role, name)
);

-- access_list: the version of what gateways are told; raised with every change of it.
INSERT INTO counter (name, value) VALUES ('shut_outs', 0), ('access_list', 1);
