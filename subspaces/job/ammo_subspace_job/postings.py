"""The postings of this subspace: who looked for whom, when, and for what pay."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from ammo_agents.records import EntityId
from ammo_subspace_job.names import agency_id, entity, family_id, occupation_id, skill_id
from ammo_subspace_job.reading import lines

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 &,.'()/:+-]*")
"""What a title may hold to be told."""
SHORTEST, LONGEST = 4, 90
"""Characters of a title that is told."""


def tellable(title: str) -> bool:
    """Whether a title is plain text of a fair length; one that holds markup or odd signs is not told."""
    return bool(PLAIN.fullmatch(title)) and SHORTEST <= len(title) <= LONGEST and "//" not in title


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One posting, as the city published it."""

    number: int
    """The city's number of the job."""
    date: dt.date
    title: str
    agency: str
    internal: bool
    """Open to the city's own staff only."""
    families: tuple[str, ...]
    level: str
    """The level in the civil service: ``2``, ``M1``; empty = none."""
    time: str
    """``full-time`` or ``part-time``; empty = not said."""
    positions: int
    """How many are looked for; 0 = not said."""
    low: float
    high: float
    """Pay from and to, in US dollars per `rate`."""
    rate: Literal["annual", "hourly", "daily"]
    occupation: str
    """The occupation that its title names, as it is said; may be empty."""
    skills: tuple[str, ...]
    """Skills that it names."""

    @classmethod
    def of(cls, record: Mapping[str, Any], said: Mapping[str, str]) -> Posting:
        """Return the posting of one line of the data."""
        low, high, rate = record["pay"]
        level = record.get("level", "")
        return cls(
            number=record["id"],
            date=dt.date.fromisoformat(record["date"]),
            title=record["title"],
            agency=record["agency"],
            internal=record["type"] == "internal",
            families=tuple(record.get("families", ())),
            level="" if level == "0" else level,
            time=record.get("time", ""),
            positions=record.get("positions", 0),
            low=low,
            high=high,
            rate=rate,
            occupation=said.get(record.get("occupation", ""), ""),
            skills=tuple(record.get("skills", ())),
        )

    @property
    def id(self) -> EntityId:
        """Return its entity id: ``job/posting-87990``."""
        return entity(f"posting-{self.number}")

    @property
    def yearly(self) -> bool:
        """Whether its pay is told by the year and is a real one."""
        return self.rate == "annual" and 0 < self.low <= self.high

    @property
    def tied(self) -> tuple[EntityId, ...]:
        """Return the entities it hangs together with."""
        occupation = (occupation_id(self.occupation),) if self.occupation else ()
        groups = (agency_id(self.agency), *(family_id(f) for f in self.families))
        return (*groups, *occupation, *(skill_id(s) for s in self.skills))


@cache
def postings() -> tuple[Posting, ...]:
    """Return every posting by day and number; reads packed files once (blocks for some 50 ms)."""
    said = {record["title"]: record["said"] for record in lines("occupations")}
    return tuple(
        Posting.of(record, said) for record in lines("postings") if tellable(record["title"])
    )


@cache
def by_id() -> Mapping[EntityId, Posting]:
    """Return every posting by its entity id."""
    return {posting.id: posting for posting in postings()}


@cache
def agencies() -> tuple[str, ...]:
    """Return the names of the agencies, sorted."""
    return tuple(sorted({posting.agency for posting in postings()}))


@cache
def families() -> tuple[str, ...]:
    """Return the names of the families of jobs, sorted."""
    return tuple(sorted({family for posting in postings() for family in posting.families}))
