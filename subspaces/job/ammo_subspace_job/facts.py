"""What is known of one posting: what it states, and how it stands among those before it."""

from __future__ import annotations

import datetime as dt
import math
from functools import cache

from ammo_agents.records import EntityId, Fact, Quantity
from ammo_subspace_job import display
from ammo_subspace_job.board import Board
from ammo_subspace_job.names import family_id, occupation_id, skill_id
from ammo_subspace_job.postings import Posting
from ammo_subspace_job.tell import tell

NEW = 1.2
"""Surprise of a posting as such, in nats: there is one on most days."""
NAMING, FITTING, PART_TIME = 2.6, 1.7, 2.7
"""Surprise of a skill that is named (one posting in fourteen), of an occupation (two in eleven), of part time (one in fifteen)."""
SEVERAL = 3
"""Positions from which they are told; one posting in thirteen has as many."""
RARE_PAY = 0.05
"""A job whose pay this share of the year's jobs of its family reach is told."""
ENOUGH = 20
"""Jobs of a family in a year, or of an agency, from which one is compared with them."""
YEAR = dt.timedelta(days=365)


def news(posting: Posting) -> Fact:
    """Return that it was posted."""
    said = (*_which(posting), display.date("date", posting.date))
    return tell("job.posted", posting.id, posting.date, said, surprise=NEW, mentions=_near(posting))


@cache
def stated(posting: Posting) -> tuple[Fact, ...]:
    """Return everything else that the posting states, most surprising first."""
    made = (*_asks(posting), _pay(posting), _names(posting), _several(posting), _time(posting), _listed(posting))  # fmt: skip
    found = [fact for fact in made if fact is not None]
    return tuple(sorted(found, key=lambda f: (-f.surprise, f.predicate, f.id)))


def unusual(board: Board, posting: Posting) -> list[Fact]:
    """Return how the posting stands out among those before it."""
    made = (_high(board, posting), _first(board, posting))
    return [fact for fact in made if fact is not None]


def _which(posting: Posting) -> tuple[Quantity, ...]:
    return (display.name("agency", posting.agency), display.quoted("title", posting.title))


def _near(posting: Posting) -> list[EntityId]:
    """Return what it hangs together with but families: their buddies would speak of nothing but single postings."""
    families = {family_id(family) for family in posting.families}
    return [id for id in posting.tied if id not in families]


def _pay(posting: Posting) -> Fact | None:
    if not 0 < posting.low <= posting.high:
        return None
    which = _which(posting)
    if posting.rate == "annual":
        flat = round(posting.low) == round(posting.high)
        said = [display.dollars("low", posting.low), display.dollars("high", posting.high)]
        predicate = "job.pay_flat" if flat else "job.pay_year"
        return tell(predicate, posting.id, posting.date, (*which, *said[: 1 if flat else 2]), surprise=0.8, mentions=posting.tied[:1])  # fmt: skip
    if posting.rate == "hourly" and posting.low < posting.high:
        said = [display.cents("low", posting.low), display.cents("high", posting.high)]
        return tell("job.pay_hour", posting.id, posting.date, (*which, *said), surprise=0.8, mentions=posting.tied[:1])  # fmt: skip
    return None


def _listed(posting: Posting) -> Fact | None:
    if not posting.families:
        return None
    family = posting.families[0]
    said = (*_dated(posting), display.name("family", family))
    return tell(
        "job.listed", posting.id, posting.date, said, surprise=0.3, mentions=(family_id(family),)
    )


def _time(posting: Posting) -> Fact | None:
    if not posting.time:
        return None
    said = [*_dated(posting), display.name("time", posting.time)]
    surprise = PART_TIME if posting.time == "part-time" else 0.1
    if posting.level:
        said.append(display.level("level", posting.level))
    return tell("job.level" if posting.level else "job.time", posting.id, posting.date, said, surprise=surprise)  # fmt: skip


def _several(posting: Posting) -> Fact | None:
    if posting.positions < SEVERAL:
        return None
    said = (*_dated(posting), display.count("count", posting.positions, "positions"))
    return tell("job.several", posting.id, posting.date, said, surprise=2.5)


def _asks(posting: Posting) -> list[Fact]:
    return [
        tell(
            "job.asks",
            posting.id,
            posting.date,
            (*_dated(posting), display.name("skill", skill)),
            surprise=NAMING,
            mentions=(skill_id(skill),),
        )
        for skill in posting.skills
    ]


def _names(posting: Posting) -> Fact | None:
    if not posting.occupation:
        return None
    said = (*_dated(posting), display.name("occupation", posting.occupation))
    mentions = (occupation_id(posting.occupation),)
    return tell("job.names", posting.id, posting.date, said, surprise=FITTING, mentions=mentions)


def _dated(posting: Posting) -> tuple[Quantity, ...]:
    return (*_which(posting), display.date("date", posting.date))


def _high(board: Board, posting: Posting) -> Fact | None:
    if not posting.yearly or not posting.families:
        return None
    family = posting.families[0]
    yesterday = posting.date - dt.timedelta(days=1)
    others = [p for p in board.on(("family", family), yesterday - YEAR, yesterday) if p.yearly]
    as_high = sum(p.high >= posting.high for p in others)
    if len(others) < ENOUGH or as_high > RARE_PAY * len(others):
        return None
    said = (
        *_dated(posting),
        display.dollars("high", posting.high),
        display.bare("count", len(others) - as_high, "jobs"),
        display.count("total", len(others), "jobs"),
        display.name("family", family),
    )
    surprise = -math.log((1 + as_high) / (1 + len(others)))
    return tell("job.high", posting.id, posting.date, said, surprise=surprise, mentions=_near(posting))  # fmt: skip


def _first(board: Board, posting: Posting) -> Fact | None:
    earlier = board.by(("agency", posting.agency), posting.date - dt.timedelta(days=1))
    if earlier < ENOUGH:
        return None
    for family in posting.families:
        kin = board.on(("agency in family", posting.agency, family), dt.date.min, posting.date)
        if kin and kin[0] is posting:
            said = (*_dated(posting), display.name("family", family))
            surprise = math.log(1 + earlier)
            return tell("job.first", posting.id, posting.date, said, surprise=surprise, mentions=posting.tied)  # fmt: skip
    return None
