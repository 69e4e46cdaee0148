-- The first schema. Payloads stand in canonical JSON, vectors as little-endian float32.

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE blobs (
    name TEXT PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;

-- One row per write that took place. `answer` is the seq a later write of the same content answers with.
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    person TEXT,
    body BLOB NOT NULL,
    answer INTEGER
) STRICT;
CREATE TRIGGER events_stand BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;

CREATE TABLE facts (
    id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL REFERENCES events (seq),
    subspace TEXT NOT NULL,
    entity TEXT NOT NULL,
    predicate TEXT NOT NULL,
    day INTEGER NOT NULL,
    json TEXT NOT NULL,
    vector BLOB
) STRICT;
CREATE INDEX facts_of_subspace ON facts (subspace, day);

CREATE TABLE creations (
    id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL REFERENCES events (seq),
    subspace TEXT NOT NULL,
    buddy TEXT NOT NULL,
    entity TEXT NOT NULL,
    kind TEXT NOT NULL,
    day INTEGER NOT NULL,
    cost REAL NOT NULL,
    space TEXT NOT NULL,
    json TEXT NOT NULL,
    vector BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX creations_in_order ON creations (seq);
CREATE INDEX creations_of_subspace ON creations (subspace, day);
CREATE INDEX creations_of_buddy ON creations (buddy, day);

CREATE TABLE cited (
    creation TEXT NOT NULL REFERENCES creations (id),
    fact TEXT NOT NULL REFERENCES facts (id),
    PRIMARY KEY (creation, fact)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
    seq INTEGER PRIMARY KEY REFERENCES events (seq),
    at TEXT NOT NULL,
    subspace TEXT NOT NULL,
    json TEXT NOT NULL
) STRICT;

CREATE TABLE slates (
    id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL REFERENCES events (seq),
    person TEXT NOT NULL,
    subspace TEXT NOT NULL,
    day INTEGER NOT NULL,
    json TEXT NOT NULL
) STRICT;
CREATE INDEX slates_of_person ON slates (person, subspace, seq);

CREATE TABLE shown (
    person TEXT NOT NULL,
    creation TEXT NOT NULL REFERENCES creations (id),
    slate TEXT NOT NULL REFERENCES slates (id),
    seq INTEGER NOT NULL,
    PRIMARY KEY (person, creation, slate)
) STRICT, WITHOUT ROWID;
CREATE INDEX shown_in_slate ON shown (slate);

CREATE TABLE feedback (
    id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL REFERENCES events (seq),
    person TEXT NOT NULL,
    subspace TEXT NOT NULL,
    creation TEXT NOT NULL REFERENCES creations (id),
    slate TEXT REFERENCES slates (id),
    json TEXT NOT NULL,
    undone INTEGER REFERENCES events (seq)
) STRICT;
CREATE INDEX feedback_of_person ON feedback (person, subspace, seq);
CREATE INDEX feedback_on_slate ON feedback (slate) WHERE slate IS NOT NULL;

CREATE TABLE preferences (
    person TEXT NOT NULL,
    subspace TEXT NOT NULL,
    basis TEXT NOT NULL,
    version INTEGER NOT NULL,
    day INTEGER NOT NULL,
    q BLOB NOT NULL,
    precision BLOB NOT NULL,
    information BLOB NOT NULL,
    PRIMARY KEY (person, subspace)
) STRICT;

CREATE TABLE worlds (
    subspace TEXT PRIMARY KEY,
    day TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE reservations (
    key TEXT PRIMARY KEY,
    spender TEXT NOT NULL,
    day TEXT NOT NULL,
    creations INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    money REAL NOT NULL,
    settled INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE spend (
    spender TEXT NOT NULL,
    day TEXT NOT NULL,
    creations INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    money REAL NOT NULL,
    PRIMARY KEY (spender, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE effects (
    key TEXT PRIMARY KEY,
    json TEXT NOT NULL
) STRICT;

CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    collection TEXT NOT NULL,
    op TEXT NOT NULL,
    id TEXT NOT NULL
) STRICT;

CREATE TABLE projected (
    name TEXT PRIMARY KEY,
    seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
