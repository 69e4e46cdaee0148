"""How facts of each predicate may be said: examples, frames, titles, and the words that are entailed."""

from ammo_subspace_edu.wordings.changes import CHANGES
from ammo_subspace_edu.wordings.groups import GROUPS
from ammo_subspace_edu.wordings.listings import LISTINGS
from ammo_subspace_edu.wordings.paths import PATHS

WORDINGS = {**LISTINGS, **PATHS, **CHANGES, **GROUPS}
"""Predicate → wording."""

__all__ = ["WORDINGS"]
