"""What counting says about an agency, a family of jobs, an occupation or a skill: monthly, and where it leaves its habit."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

from ammo_agents.records import Fact, Quantity
from ammo_subspace_job import display
from ammo_subspace_job.board import ALL, Board, at_least, at_most, median
from ammo_subspace_job.names import agency_id, family_id, occupation_id, skill_id
from ammo_subspace_job.tell import tell

WINDOW, LONG, YEAR = 14, 90, 365
"""Days of a burst, of a demand for a skill, and of the time before that each is compared with."""
RARE = 5.0
"""Nats from which a burst is told: one time in 150."""
CHANGED = 2.0
"""Nats from which a changed demand is told: one time in seven."""
LEAST = 4
"""Jobs from which a group's month, and a burst, is told."""
KNOWN = 20
"""Jobs here that a comparison needs at least."""
SEEN = 2
"""Postings from which an occupation or a skill is counted."""


def burst(board: Board, kind: str, name: str, day: dt.date) -> Fact | None:
    """Return that a group has far more of the jobs of fourteen days than its share of the year before, on the first such day."""
    surprise = _burst_surprise(board, kind, name, day)
    earlier = (day - dt.timedelta(days=n) for n in range(1, WINDOW))
    if surprise < RARE or any(_burst_surprise(board, kind, name, d) >= RARE for d in earlier):
        return None
    count, total, before, whole = _shares(board, (kind, name), day, WINDOW)
    said = (
        display.bare("count", count, "jobs"),
        display.count("total", total, "jobs"),
        display.count("window", WINDOW, "days"),
        display.date("date", day),
        display.name(kind, name),
        display.average("usual", total * before / whole, "jobs"),
    )
    id = agency_id(name) if kind == "agency" else family_id(name)
    return tell(f"job.{kind}_burst", id, day, said, surprise=surprise)


def _burst_surprise(board: Board, kind: str, name: str, day: dt.date) -> float:
    """Return -ln P(at least so many of the window's jobs) at the group's share of the year before, in nats."""
    count, total, before, whole = _shares(board, (kind, name), day, WINDOW)
    if count < LEAST or before < LEAST or whole < KNOWN or count * whole <= before * total:
        return 0.0
    return at_least(count, total, before / whole)


def demand(board: Board, kind: str, name: str, day: dt.date) -> Fact | None:
    """Return how the share of jobs of a family, or that name a skill, changed from the year before to the last ninety days."""
    count, total, before, whole = _shares(board, (kind, name), day, LONG)
    if total < KNOWN or whole < KNOWN or before < SEEN or not count:
        return None
    p = before / whole
    rises = count * whole > before * total
    surprise = at_least(count, total, p) if rises else at_most(count, total, p)
    share, then = display.share("share", count, total), display.share("before", before, whole)
    if surprise < CHANGED or share.value == then.value:
        return None
    said = (
        share,
        display.count("total", total, "jobs"),
        display.count("window", LONG, "days"),
        display.date("date", day),
        display.name(kind, name),
        then,
    )
    id = skill_id(name) if kind == "skill" else family_id(name)
    return tell(f"job.{kind}_{'up' if rises else 'down'}", id, day, said, surprise=surprise)


def monthly(board: Board, day: dt.date) -> list[Fact]:
    """Return what the month that ended the day before `day` (a first) brought, in a fixed order."""
    found: list[Fact] = []
    for agency in board.of("agency"):
        found += _agency(board, agency, day)
    for family in board.of("family"):
        found += _family(board, family, day)
    for occupation in board.of("occupation"):
        found += _occupation(board, occupation, day)
    for skill in board.of("skill"):
        found += _skill(board, skill, day)
    return found


def _agency(board: Board, agency: str, day: dt.date) -> list[Fact]:
    key, id = ("agency", agency), agency_id(agency)
    first, last = _month(day)
    count, total = board.count(key, first, last), board.count(ALL, first, last)
    if count < LEAST:
        return []
    said = (
        display.name("agency", agency),
        display.bare("count", count, "jobs"),
        display.count("total", total, "jobs"),
        display.month("month", first),
    )
    found = [tell("job.agency_month", id, day, said, surprise=_share(count, total))]
    here = board.by(key, last)
    internal = board.by(("internal", agency), last)
    which = display.name("agency", agency)
    if here >= KNOWN and internal:
        counted = (display.bare("count", internal, "jobs"), display.count("total", here, "jobs"), which, display.date("date", last))  # fmt: skip
        found.append(tell("job.agency_inside", id, day, counted, surprise=0.7))
    best = _leading(board, agency, last)
    if here >= KNOWN and best is not None:
        family, most = best
        leading = (display.bare("count", most, "jobs"), display.count("total", here, "jobs"), which, display.date("date", last), display.name("family", family))  # fmt: skip
        found.append(tell("job.agency_family", id, day, leading, surprise=1.0, mentions=(family_id(family),)))  # fmt: skip
    return found


def _leading(board: Board, agency: str, day: dt.date) -> tuple[str, int] | None:
    """Return the family that most of an agency's jobs are listed under, and how many; None where two are level."""
    kinds = [(board.by(("agency in family", agency, f), day), f) for f in board.of("family")]
    (most, family), (second, _) = sorted(kinds, reverse=True)[:2]
    return (family, most) if most > second else None


def _family(board: Board, family: str, day: dt.date) -> list[Fact]:
    key, id = ("family", family), family_id(family)
    first, last = _month(day)
    count, total = board.count(key, first, last), board.count(ALL, first, last)
    if count < LEAST:
        return []
    which, month = display.name("family", family), display.month("month", first)
    said = (display.bare("count", count, "jobs"), display.count("total", total, "jobs"), month, which)  # fmt: skip
    found = [tell("job.family_month", id, day, said, surprise=_share(count, total))]
    paid = [p.low for p in board.on(key, first, last) if p.yearly]
    if len(paid) >= LEAST:
        told = (display.count("total", len(paid), "jobs with yearly pay"), month, which, display.dollars("median", median(paid)))  # fmt: skip
        found.append(tell("job.family_median", id, day, told, surprise=1.5))
    changed = demand(board, "family", family, last)
    return [*found, *([changed] if changed is not None else [])]


def _occupation(board: Board, said: str, day: dt.date) -> list[Fact]:
    key, id = ("occupation", said), occupation_id(said)
    first, last = _month(day)
    here, total = board.by(key, last), board.by(ALL, last)
    if here < SEEN or not board.count(key, first, last):
        return []
    which, date = display.name("occupation", said), display.date("date", last)
    counted = (display.bare("count", here, "jobs"), display.count("total", total, "jobs"), date, which)  # fmt: skip
    found = [tell("job.occupation_seen", id, day, counted, surprise=1.0)]
    paid = [p.low for p in board.on(key, dt.date.min, last) if p.yearly]
    if len(paid) >= LEAST:
        told = (display.count("count", len(paid), "jobs with yearly pay"), which, date, display.dollars("median", median(paid)))  # fmt: skip
        found.append(tell("job.occupation_pay", id, day, told, surprise=1.5))
    return found


def _skill(board: Board, skill: str, day: dt.date) -> list[Fact]:
    key, id = ("skill", skill), skill_id(skill)
    first, last = _month(day)
    here, total = board.by(key, last), board.by(ALL, last)
    found: list[Fact] = []
    if here >= SEEN and board.count(key, first, last):
        said: Sequence[Quantity] = (
            display.bare("count", here, "jobs"),
            display.count("total", total, "jobs"),
            display.date("date", last),
            display.name("skill", skill),
        )
        found.append(tell("job.skill_seen", id, day, said, surprise=1.0))
    changed = demand(board, "skill", skill, last)
    return [*found, *([changed] if changed is not None else [])]


def _shares(
    board: Board, key: tuple[str, str], day: dt.date, window: int
) -> tuple[int, int, int, int]:
    """Return (of the group, of all) in the last `window` days, then both in the year before those."""
    start = day - dt.timedelta(days=window)
    first, end = start + dt.timedelta(days=1), start - dt.timedelta(days=YEAR - 1)
    now = (board.count(key, first, day), board.count(ALL, first, day))
    return (*now, board.count(key, end, start), board.count(ALL, end, start))


def _month(day: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and last day of the month before `day`."""
    last = day.replace(day=1) - dt.timedelta(days=1)
    return last.replace(day=1), last


def _share(count: int, total: int) -> float:
    """Return how rare a job of the group is among all, in nats, at most 2."""
    return min(2.0, -math.log(count / total))
