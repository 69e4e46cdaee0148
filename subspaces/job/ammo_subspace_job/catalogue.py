"""The occupations and skills of this subspace, and how one is found by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ammo_agents.records import EntityId, Source
from ammo_subspace_job.names import ESCO, agency_id, occupation_id, onet, skill_id
from ammo_subspace_job.postings import agencies
from ammo_subspace_job.reading import lines

LONGEST = 300
"""Characters of a description that is told: its first sentence, if it is no longer."""
NO_VERB = frozenset("all includes may this those in under these using".split())
"""First words of a description that go on badly behind the name of the occupation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupation:
    """One occupation of O*NET."""

    code: str
    title: str
    """As the source writes it."""
    said: str
    """As it is said in a sentence: ``Architects`` for ``Architects, Except Landscape and Naval``."""
    names: tuple[str, ...]
    """Words of a posting's title that name it, in lower case."""
    description: str
    skills: tuple[str, ...]
    """Skills that its description names."""

    @property
    def id(self) -> EntityId:
        """Return its entity id: ``job/civil-engineers``."""
        return occupation_id(self.said)

    @property
    def origin(self) -> Source:
        """Return its page in O*NET."""
        return onet(self.code)

    @property
    def does(self) -> str:
        """Return the first sentence of its description as the rest of one about it; empty = it does not fit."""
        first = re.split(r"(?<=[a-z)])\.(?: |$)", self.description)[0].strip().rstrip(".")
        head, _, rest = first.partition(" ")
        fits = len(first) <= LONGEST and head.strip(",").lower() not in NO_VERB and ";" not in first
        return f"{head.lower()} {rest}" if fits and rest else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """One skill of ESCO."""

    name: str
    uri: str
    terms: tuple[str, ...]
    """What counts as naming it, in lower case."""
    definition: str
    """As ESCO describes it; may be empty."""

    @property
    def id(self) -> EntityId:
        """Return its entity id: ``job/skill-statistics``."""
        return skill_id(self.name)

    @property
    def origin(self) -> Source:
        """Return its page in ESCO."""
        return Source(
            name=f"{ESCO.name}: {self.name}",
            url=self.uri,
            licence=ESCO.licence,
            verified_by=ESCO.verified_by,
        )


@cache
def occupations() -> tuple[Occupation, ...]:
    """Return every occupation in the order of its code."""
    return tuple(
        Occupation(
            code=r["code"],
            title=r["title"],
            said=r["said"],
            names=tuple(r["names"]),
            description=r["description"],
            skills=tuple(r["skills"]),
        )
        for r in lines("occupations")
    )


@cache
def skills() -> tuple[Skill, ...]:
    """Return every skill, in the order of the selection."""
    return tuple(
        Skill(
            name=r["name"],
            uri=r["uri"],
            terms=tuple(r["terms"]),
            definition=r.get("definition", ""),
        )
        for r in lines("skills")
    )


def find(title: str) -> EntityId | None:
    """Return the occupation, skill or agency of exactly this name (case and signs do not matter), or None."""
    return _by_name().get(plain(title))


def plain(text: str) -> str:
    """Return lower-case words between single blanks."""
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


@cache
def _by_name() -> Mapping[str, EntityId]:
    found: dict[str, EntityId] = {}
    for agency in agencies():
        found.setdefault(plain(agency), agency_id(agency))
    for skill in skills():
        for name in (skill.name, *skill.terms):
            found.setdefault(plain(name), skill.id)
    for occupation in occupations():
        for name in (occupation.title, occupation.said, *occupation.names):
            found.setdefault(plain(name), occupation.id)
    found.pop("", None)
    return found
