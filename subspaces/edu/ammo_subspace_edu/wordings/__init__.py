"""How facts of each predicate may be said."""
