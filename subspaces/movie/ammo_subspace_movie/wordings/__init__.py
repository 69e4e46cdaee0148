"""How facts of each predicate may be said: examples, frames, titles, and the words that are entailed."""

from ammo_subspace_movie.wordings.counts import COUNTS
from ammo_subspace_movie.wordings.days import DAYS
from ammo_subspace_movie.wordings.makers import MAKERS
from ammo_subspace_movie.wordings.ties import TIES

WORDINGS = {**MAKERS, **DAYS, **TIES, **COUNTS}
"""Predicate → wording."""

__all__ = ["WORDINGS"]
