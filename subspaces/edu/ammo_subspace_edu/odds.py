"""How unusual a number is among the courses of a day: the surprise of what is counted, in nats."""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_left
from functools import cache

from ammo_subspace_edu.catalogue import Row, all_listed, state_day
from ammo_subspace_edu.measure import hours
from ammo_subspace_edu.paths import after, before, chain

LISTED = 0.4
"""Surprise of what nearly every row lists, in nats."""
ONCE_A_YEAR = 5.9
"""Surprise of a day that a course has once a year, in nats: ln 365."""
CHANGED = 4.6
"""Surprise of a change of a listing: on about one course in a hundred days, ln 100."""


def rarity(measure: str, value: float, day: dt.date) -> float:
    """Return -ln((1 + k) / (1 + n)): k of the n courses listed on a day have at least this value."""
    values = _values(measure, state_day(day))
    k = len(values) - bisect_left(values, value)
    return -math.log((1 + k) / (1 + len(values)))


@cache
def _values(measure: str, day: dt.date) -> tuple[float, ...]:
    return tuple(sorted(_value(measure, row, day) for row in all_listed(day)))


def _value(measure: str, row: Row, day: dt.date) -> float:
    if measure == "hours":
        total = hours(row)
        return total.high if total else 0.0
    of = {"chain": chain, "before": before, "after": after}[measure]
    return float(len(of(row.curriculum, row.course, day)))
