"""What holds on any day: what an occupation does, what a skill is, and which descriptions name which skill."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from ammo_agents.records import EntityId, Fact, Quantity
from ammo_subspace_job import display
from ammo_subspace_job.catalogue import Occupation, Skill, occupations, skills
from ammo_subspace_job.names import ESCO_VERSION, ONET_YEAR, skill_id
from ammo_subspace_job.tell import BEGINNING, tell

SAID = 1.6
"""Surprise of what a source says in its own words, in nats."""
NAMED = 2.0
"""Surprise of a skill that a description names; about one description in ten names a given one, or fewer."""


@cache
def standing() -> tuple[Fact, ...]:
    """Return every standing fact, in a fixed order."""
    found: list[Fact] = []
    for occupation in occupations():
        found += about(occupation)
    for skill in skills():
        found += defined(skill)
    return tuple(found)


def about(occupation: Occupation) -> list[Fact]:
    """Return what an occupation does in the words of O*NET, and the skills that its description names."""
    which, year = display.name("occupation", occupation.said), display.year("year", ONET_YEAR)
    found = []
    if occupation.does:
        said = (year, which, display.name("does", occupation.does))
        found.append(_told("job.does", occupation, said, SAID))
    for skill in occupation.skills:
        named = (which, year, display.name("skill", skill))
        found.append(_told("job.needs", occupation, named, NAMED, (skill_id(skill),)))
    return found


def defined(skill: Skill) -> list[Fact]:
    """Return what a skill is in the words of ESCO, and how many descriptions of occupations name it."""
    found = []
    which = display.name("skill", skill.name)
    if skill.definition:
        said = (display.version("version", ESCO_VERSION), which, display.name("what", skill.definition))  # fmt: skip
        found.append(tell("job.means", skill.id, BEGINNING, said, surprise=SAID, source=skill.origin))  # fmt: skip
    naming = [o for o in occupations() if skill.name in o.skills]
    if len(naming) > 1:
        spread = (display.bare("count", len(naming), "occupations"), display.count("total", len(occupations()), "occupations"), which)  # fmt: skip
        mentions = [o.id for o in naming]
        found.append(tell("job.skill_spread", skill.id, BEGINNING, spread, surprise=1.0, mentions=mentions, source=naming[0].origin))  # fmt: skip
    return found


def _told(
    predicate: str,
    occupation: Occupation,
    said: Sequence[Quantity],
    surprise: float,
    mentions: Sequence[EntityId] = (),
) -> Fact:
    return tell(
        predicate,
        occupation.id,
        BEGINNING,
        said,
        surprise=surprise,
        mentions=mentions,
        source=occupation.origin,
    )
