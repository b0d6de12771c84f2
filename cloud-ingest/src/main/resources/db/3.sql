-- Which ledger this is, as the databases that keep its rows are told. One row, made when it is asked for.
CREATE TABLE ledger_identity (
  name VARCHAR(36) NOT NULL
);
