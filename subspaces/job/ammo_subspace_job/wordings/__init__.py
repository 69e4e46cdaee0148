"""How facts of each predicate may be said: examples, frames, titles, and the words that are entailed."""

from ammo_subspace_job.wordings.counts import COUNTS
from ammo_subspace_job.wordings.posted import POSTED
from ammo_subspace_job.wordings.shifts import SHIFTS
from ammo_subspace_job.wordings.sources import SOURCES

WORDINGS = {**POSTED, **SHIFTS, **COUNTS, **SOURCES}
"""Predicate → wording."""

__all__ = ["WORDINGS"]
