-- What people say of a device. A row is made by the first change; version counts them.
CREATE TABLE device_record (
  device     VARCHAR(128) PRIMARY KEY,
  version    BIGINT NOT NULL,
  name       VARCHAR(128) NOT NULL,
  site       VARCHAR(64) NOT NULL,
  location   VARCHAR(128) NOT NULL,
  class      VARCHAR(64) NOT NULL,
  notes      VARCHAR(4000) NOT NULL,
  changed_at BIGINT NOT NULL
);

CREATE TABLE device_label (
  device VARCHAR(128) NOT NULL REFERENCES device_record (device),
  label  VARCHAR(64) NOT NULL,
  PRIMARY KEY (device, label)
);
CREATE INDEX device_label_by_label ON device_label (label, device);
