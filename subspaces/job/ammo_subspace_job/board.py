"""The postings that are here on a day, counted by who posted them and what they are; nothing looks ahead."""

from __future__ import annotations

import datetime as dt
import math
import statistics
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from ammo_subspace_job.postings import Posting, postings

Key = tuple[str, ...]
ALL: Key = ("all",)


def keys_of(posting: Posting) -> Iterable[Key]:
    """Yield everything a posting may share with others."""
    yield ALL
    yield "agency", posting.agency
    if posting.internal:
        yield "internal", posting.agency
    if posting.occupation:
        yield "occupation", posting.occupation
    for family in posting.families:
        yield "family", family
        yield "agency in family", posting.agency, family
    for skill in posting.skills:
        yield "skill", skill


@dataclass(frozen=True, eq=False)
class Board:
    """Which postings share what, by day."""

    days: dict[Key, list[int]] = field(default_factory=dict)
    """Key → the days of its postings as ordinals, ascending."""
    pinned: dict[Key, list[Posting]] = field(default_factory=dict)
    """Key → its postings, by day and number."""

    def count(self, key: Key, first: dt.date, last: dt.date) -> int:
        """Return how many postings of `key` there are from the first to the last day, both included."""
        days = self.days.get(key, [])
        return bisect_right(days, last.toordinal()) - bisect_left(days, first.toordinal())

    def by(self, key: Key, day: dt.date) -> int:
        """Return how many postings of `key` are here on `day`."""
        return bisect_right(self.days.get(key, []), day.toordinal())

    def on(self, key: Key, first: dt.date, last: dt.date) -> list[Posting]:
        """Return the postings of `key` from the first to the last day, both included."""
        days, pinned = self.days.get(key, []), self.pinned.get(key, [])
        return pinned[bisect_left(days, first.toordinal()) : bisect_right(days, last.toordinal())]

    def of(self, kind: str) -> list[str]:
        """Return the names of every group of a kind, sorted."""
        return sorted(key[1] for key in self.days if key[0] == kind)


def at_least(count: int, total: int, p: float) -> float:
    """Return -ln P(X >= count) for X binomial with `total` draws of chance p, in nats."""
    return -math.log(max(1e-12, sum(_binomial(n, total, p) for n in range(count, total + 1))))


def at_most(count: int, total: int, p: float) -> float:
    """Return -ln P(X <= count) for X binomial with `total` draws of chance p, in nats."""
    return -math.log(max(1e-12, sum(_binomial(n, total, p) for n in range(count + 1))))


def median(values: Iterable[float]) -> float:
    """Return the middle value."""
    return statistics.median(values)


def _binomial(n: int, total: int, p: float) -> float:
    ways = math.lgamma(total + 1) - math.lgamma(n + 1) - math.lgamma(total - n + 1)
    return math.exp(ways + n * math.log(p) + (total - n) * math.log1p(-p))


@cache
def shipped_board() -> Board:
    """Return the board of all postings of the data; made once (some 30 ms)."""
    board = Board()
    for posting in postings():
        for key in dict.fromkeys(keys_of(posting)):
            board.days.setdefault(key, []).append(posting.date.toordinal())
            board.pinned.setdefault(key, []).append(posting)
    return board
