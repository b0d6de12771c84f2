-- Who may have a certificate, and who got one. Times are nanoseconds since 1970 UTC.

-- What allows an enrolment. secret: the SHA-256 of what is shown, in hex. name: the only one it is for; NULL for any.
-- labels are separated by commas, hosts (of gateways) by spaces.
CREATE TABLE enrolment_token (
  id           BIGINT PRIMARY KEY,
  secret       VARCHAR(64) NOT NULL UNIQUE,
  role         VARCHAR(16) NOT NULL,
  name         VARCHAR(128),
  uses         BIGINT NOT NULL,
  used         BIGINT NOT NULL,
  site         VARCHAR(64) NOT NULL,
  labels       TEXT NOT NULL,
  hosts        TEXT NOT NULL,
  made_at      BIGINT NOT NULL,
  ends_at      BIGINT NOT NULL,
  withdrawn_at BIGINT
);
CREATE INDEX enrolment_token_by_end ON enrolment_token (ends_at);
INSERT INTO counter (name, value) VALUES ('enrolment_tokens', 0);

-- What was issued. serial in hex. Either by a token, or in place of the certificate with the serial in renews.
CREATE TABLE certificate (
  serial    VARCHAR(40) PRIMARY KEY,
  role      VARCHAR(16) NOT NULL,
  name      VARCHAR(128) NOT NULL,
  from_time BIGINT NOT NULL,
  to_time   BIGINT NOT NULL,
  issued_at BIGINT NOT NULL,
  token     BIGINT,
  renews    VARCHAR(40)
);
CREATE INDEX certificate_by_name ON certificate (role, name, issued_at);
CREATE INDEX certificate_by_end ON certificate (to_time);
