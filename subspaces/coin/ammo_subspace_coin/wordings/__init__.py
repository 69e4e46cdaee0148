"""How facts of each predicate may be said: examples, frames, titles, and the words that are entailed."""

from ammo_subspace_coin.wordings.calendar import CALENDAR
from ammo_subspace_coin.wordings.levels import LEVELS
from ammo_subspace_coin.wordings.moves import MOVES
from ammo_subspace_coin.wordings.ties import TIES

WORDINGS = {**MOVES, **LEVELS, **TIES, **CALENDAR}
"""Predicate → wording."""

__all__ = ["WORDINGS"]
