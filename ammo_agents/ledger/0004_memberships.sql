-- A creation may live in more subspaces than its own, and subspaces may be put together.

CREATE TABLE memberships (
    creation TEXT NOT NULL REFERENCES creations (id) ON DELETE CASCADE,
    subspace TEXT NOT NULL,
    PRIMARY KEY (creation, subspace)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_of_subspace ON memberships (subspace);

-- What was done to the map of subspaces, in order; `undone` is the event that took it back.
CREATE TABLE compositions (
    seq INTEGER PRIMARY KEY REFERENCES events (seq),
    json TEXT NOT NULL,
    undone INTEGER REFERENCES events (seq)
) STRICT;

-- Cards from before belong to their own subspace alone; the record says so from now on.
UPDATE creations SET json = '{"also":[],' || substr(json, 2) WHERE json LIKE '{"blocks":%';
