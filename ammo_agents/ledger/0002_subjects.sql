-- An act may be about an entity or a topic: then it names no creation.

CREATE TABLE feedback_new (
    id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL REFERENCES events (seq),
    person TEXT NOT NULL,
    subspace TEXT NOT NULL,
    creation TEXT REFERENCES creations (id),
    slate TEXT REFERENCES slates (id),
    json TEXT NOT NULL,
    undone INTEGER REFERENCES events (seq)
) STRICT;
INSERT INTO feedback_new SELECT id, seq, person, subspace, creation, slate, json, undone FROM feedback;
DROP TABLE feedback;
ALTER TABLE feedback_new RENAME TO feedback;
CREATE INDEX feedback_of_person ON feedback (person, subspace, seq);
CREATE INDEX feedback_on_slate ON feedback (slate) WHERE slate IS NOT NULL;
