-- By what devices prove who they are that have no certificate. kind: password or psk. value: of a password its Argon2id hash in PHC
-- form; of a key the key itself, 32 characters of ASCII, as DTLS computes with it. made_at in nanoseconds since 1970 UTC.
CREATE TABLE device_secret (
  device  VARCHAR(128) NOT NULL,
  kind    VARCHAR(16) NOT NULL,
  value   VARCHAR(256) NOT NULL,
  made_at BIGINT NOT NULL,
  made_by VARCHAR(128) NOT NULL,
  PRIMARY KEY (device, kind)
);
