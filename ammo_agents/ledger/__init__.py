"""The append-only truth in SQLite; every index and every vector can be rebuilt from it."""
