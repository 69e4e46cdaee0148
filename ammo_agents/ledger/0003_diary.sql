-- What happened to each person in order, and who may come in.

CREATE TABLE diary (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    person TEXT NOT NULL,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    topic TEXT NOT NULL,
    at TEXT NOT NULL,
    json TEXT NOT NULL,
    said BLOB NOT NULL,
    UNIQUE (person, key)
) STRICT;
CREATE INDEX diary_of_person ON diary (person, seq);
CREATE INDEX diary_of_kind ON diary (person, kind, seq);
CREATE INDEX diary_of_topic ON diary (person, kind, topic, seq);
CREATE TRIGGER diary_stands BEFORE UPDATE ON diary
BEGIN
    SELECT RAISE(ABORT, 'the diary is append-only');
END;

CREATE TABLE accounts (
    person TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    password TEXT NOT NULL,
    made TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE grants (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL UNIQUE,
    person TEXT NOT NULL,
    kind TEXT NOT NULL,
    scopes TEXT NOT NULL,
    label TEXT NOT NULL,
    made TEXT NOT NULL,
    expires TEXT
) STRICT;
CREATE INDEX grants_of_person ON grants (person, seq);
