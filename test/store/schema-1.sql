-- A file of the store as relays of schema 1 made it.
CREATE TABLE work (
  place INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  visitor TEXT NOT NULL,
  environment TEXT NOT NULL,
  state TEXT NOT NULL,
  holder TEXT NOT NULL,
  until REAL NOT NULL,
  attempts INTEGER NOT NULL,
  is_promised INTEGER NOT NULL,
  is_in_doubt INTEGER NOT NULL,
  is_head INTEGER NOT NULL,
  received_at REAL NOT NULL,
  payload TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX work_line ON work (visitor, place);
CREATE INDEX work_heads ON work (environment, until) WHERE is_head = 1;
CREATE INDEX work_sent ON work (visitor) WHERE state = 'sent';
CREATE INDEX work_promised ON work (visitor) WHERE is_promised = 1;
CREATE INDEX work_oldest ON work (received_at) WHERE is_promised = 1;

CREATE TABLE settlements (
  number INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  expires REAL NOT NULL,
  settlement TEXT NOT NULL
) STRICT;

CREATE TABLE dead_letters (
  number INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  at REAL NOT NULL,
  reason TEXT NOT NULL,
  words TEXT,
  is_in_doubt INTEGER NOT NULL,
  payload TEXT NOT NULL
) STRICT;

CREATE TABLE counts (
  name TEXT NOT NULL,
  length REAL NOT NULL,
  expires REAL NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (name, length)
) STRICT;
CREATE INDEX counts_expiry ON counts (expires);

CREATE TABLE named_values (
  name TEXT PRIMARY KEY,
  expires REAL NOT NULL,
  value TEXT NOT NULL
) STRICT;
CREATE INDEX named_values_expiry ON named_values (expires);

CREATE TABLE totals (
  unsettled INTEGER NOT NULL,
  promised INTEGER NOT NULL,
  dead_letters INTEGER NOT NULL,
  in_doubt INTEGER NOT NULL
) STRICT;
INSERT INTO totals VALUES (0, 0, 0, 0);

PRAGMA user_version = 1;
