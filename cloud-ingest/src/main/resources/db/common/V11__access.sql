-- Who may do what. Secrets are kept as hashes only: of passwords Argon2id in PHC form, of all others, which are 256 random bits,
-- SHA-256 in hexadecimal. Times are nanoseconds since 1970 UTC; NULL: it has not happened.
CREATE TABLE access_user (
  name          VARCHAR(64) PRIMARY KEY,
  role          VARCHAR(16) NOT NULL,
  enabled       INTEGER NOT NULL,
  password_hash VARCHAR(256) NOT NULL,
  created_at    BIGINT NOT NULL,
  password_at   BIGINT NOT NULL,
  login_at      BIGINT
);

CREATE TABLE access_session (
  token_hash VARCHAR(64) PRIMARY KEY,
  user_name  VARCHAR(64) NOT NULL REFERENCES access_user (name) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  seen_at    BIGINT NOT NULL
);

CREATE INDEX access_session_user ON access_session (user_name, created_at);

CREATE TABLE access_key (
  id         BIGINT PRIMARY KEY,
  name       VARCHAR(64) NOT NULL,
  role       VARCHAR(16) NOT NULL,
  token_hash VARCHAR(64) NOT NULL UNIQUE,
  created_by VARCHAR(64) NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at    BIGINT,
  revoked_at BIGINT
);

-- The token that makes the first administrator; at most one row.
CREATE TABLE access_setup (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  token_hash VARCHAR(64) NOT NULL,
  made_at    BIGINT NOT NULL
);

-- Who has changed what. Only ever added to: triggers refuse the rest.
CREATE TABLE audit (
  id          BIGINT PRIMARY KEY,
  at          BIGINT NOT NULL,
  who         VARCHAR(128) NOT NULL,
  address     VARCHAR(64) NOT NULL,
  what        VARCHAR(32) NOT NULL,
  subject     VARCHAR(256) NOT NULL,
  before_text TEXT,
  after_text  TEXT
);

CREATE INDEX audit_at ON audit (at);

INSERT INTO counter (name, value) VALUES ('access_keys', 0), ('audit', 0);
