"""Pairs: what people preferred over what, with where it comes from (W18)."""
