"""The terminal door: one module a verb, imported when the verb runs."""
