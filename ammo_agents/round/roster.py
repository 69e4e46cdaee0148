"""The Goal Buddies of one world: who speaks for which entity, what each must keep to, and who may not work and why (W6)."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ammo_agents.errors import BadInputError
from ammo_agents.goal.aside import aside
from ammo_agents.goal.principles import JUDGED_S, Charter
from ammo_agents.goal.trigger import citable, names_topic
from ammo_agents.ports import Evidence, PrincipleJudge, Subspace
from ammo_agents.records import (
    BuddyId,
    EntityId,
    GoalBuddy,
    Knowledge,
    Principle,
    Shift,
    principle_of,
    principles_of,
)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SCHEDULES = ("daily", "weekly", *WEEKDAYS)
"""When the calendar may wake a buddy; a week begins on Monday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Who works in a world. Several buddies may be born of one entity; the graph's own comes first."""

    buddies: Mapping[BuddyId, GoalBuddy]
    faults: Mapping[BuddyId, str] = field(default_factory=dict)
    """Buddies that may not work, and why."""
    charters: Mapping[BuddyId, Charter] = field(default_factory=dict)
    voices: Mapping[EntityId, tuple[GoalBuddy, ...]] = field(default_factory=dict)
    """Entity → the buddies born of it; for one without any, those of the nearest entity its edges lead to."""

    def of(self, entity: EntityId) -> GoalBuddy | None:
        """Return the buddy that speaks for an entity first."""
        return next(iter(self.voices.get(entity, ())), None)

    def woken_by(self, shift: Shift) -> tuple[GoalBuddy, ...]:
        """Return whom a shift wakes: the entity's first voice, and the others whose topics it touches."""
        voices = self.voices.get(shift.entity, ())
        return voices[:1] + tuple(one for one in voices[1:] if is_touched(one, shift))

    def due(self, before: dt.date, date: dt.date) -> tuple[GoalBuddy, ...]:
        """Return whom the calendar wakes on a day of the world that follows `before`, by id."""
        ids = sorted(self.buddies)
        return tuple(b for b in map(self.buddies.__getitem__, ids) if is_due(b, before, date))


def is_touched(buddy: GoalBuddy, shift: Shift) -> bool:
    """Return whether a shift has a fact the buddy may cite and, if it has topics, one that names a topic."""
    facts = citable(buddy, shift.facts)
    return bool(facts) and (
        not buddy.topics or any(names_topic(buddy.topics, fact) for fact in facts)
    )


def is_due(buddy: GoalBuddy, before: dt.date, date: dt.date) -> bool:
    """Return whether a buddy's schedule falls on a day after `before`, up to `date`.

    A world that skips days (a weekend without prices) wakes on its next day whom it passed over.
    """
    if buddy.schedule == "daily":
        return True
    day = "mon" if buddy.schedule == "weekly" else buddy.schedule
    if day not in WEEKDAYS:
        return False
    passed = max(1, (date - before).days)
    return (date.weekday() - WEEKDAYS.index(day)) % 7 < passed


async def rostered(
    subspace: Subspace,
    knowledge: Knowledge,
    buddies: Sequence[GoalBuddy],
    evidence: Sequence[Evidence],
) -> Roster:
    """Return the roster, after asking the judges among the checkers which free principles they weigh."""
    judges = judges_of(evidence)
    weighed = await weighable(subspace, buddies, judges)
    return roster_of(subspace, knowledge, buddies, judges=judges, weighed=weighed)


def roster_of(
    subspace: Subspace,
    knowledge: Knowledge,
    buddies: Iterable[GoalBuddy],
    *,
    judges: Sequence[PrincipleJudge] = (),
    weighed: Collection[str] = (),
) -> Roster:
    """Return the roster; `weighed` are the free principles that a judge here weighs.

    Raises:
        BadInputError: the subspace has a principle that nothing can check: no card of it may go out.
    """
    collective = principles_of(
        subspace.principles, owner=f"subspace {subspace.id!r}", free=weighed.__contains__
    )
    entities = {entity.id for entity in knowledge.entities}
    kept: dict[BuddyId, GoalBuddy] = {}
    charters: dict[BuddyId, Charter] = {}
    faults: dict[BuddyId, str] = {}
    for buddy in buddies:
        try:
            own = _checked(buddy, subspace, entities, weighed)
        except BadInputError as error:
            faults[buddy.id] = error.message
            continue
        if buddy.id in kept:
            faults[buddy.id] = f"two buddies are called {buddy.id!r}: the first one works"
            continue
        kept[buddy.id] = buddy
        charters[buddy.id] = Charter(collective=collective, individual=own, judges=judges)
    return Roster(buddies=kept, faults=faults, charters=charters, voices=voices_of(knowledge, kept))


def _checked(
    buddy: GoalBuddy, subspace: Subspace, entities: Collection[EntityId], weighed: Collection[str]
) -> tuple[Principle, ...]:
    """Return a buddy's own principles; raises `BadInputError` for one that cannot work in this subspace."""
    if buddy.subspace != subspace.id:
        raise BadInputError(f"it belongs to {buddy.subspace!r}, this is {subspace.id!r}")
    if buddy.entity not in entities:
        raise BadInputError(f"it is born of {buddy.entity!r}, which is not in the graph")
    if buddy.schedule and buddy.schedule not in SCHEDULES:
        known = ", ".join(SCHEDULES)
        raise BadInputError(f"it has the schedule {buddy.schedule!r}, known are: {known}")
    return principles_of(buddy.principles, owner="its principles", free=weighed.__contains__)


def judges_of(evidence: Iterable[Evidence]) -> tuple[PrincipleJudge, ...]:
    """Return the checkers that can also weigh principles in free words."""
    return tuple(one for one in evidence if isinstance(one, PrincipleJudge))


async def weighable(
    subspace: Subspace, buddies: Iterable[GoalBuddy], judges: Sequence[PrincipleJudge]
) -> frozenset[str]:
    """Return the free principles that some judge says it weighs; a judge that fails weighs none."""
    texts = {*subspace.principles, *(text for buddy in buddies for text in buddy.principles)}
    free = [text for text in sorted(texts) if _is_free(text)]
    found: set[str] = set()
    for judge in judges:
        for text in (principle_of(text).text for text in free):
            said = await aside(asyncio.to_thread(judge.weighs, text), seconds=JUDGED_S)
            if said is True:
                found.add(text)
    return frozenset(found)


def _is_free(text: str) -> bool:
    try:
        return principle_of(text).kind == "free"
    except BadInputError:
        return False


def voices_of(
    knowledge: Knowledge, buddies: Mapping[BuddyId, GoalBuddy]
) -> Mapping[EntityId, tuple[GoalBuddy, ...]]:
    """Return who speaks for each entity: the buddy that carries its id first, then the others as they came."""
    born: dict[EntityId, list[GoalBuddy]] = {}
    for buddy in buddies.values():
        born.setdefault(buddy.entity, []).append(buddy)
    voices = {
        entity: tuple(sorted(found, key=lambda b: str(b.id) != entity))
        for entity, found in born.items()
    }
    nearest: dict[EntityId, tuple[float, EntityId]] = {}
    for edge in knowledge.edges:
        if edge.target in voices and edge.source not in voices:
            found = (edge.weight, edge.target)
            nearest[edge.source] = max(nearest.get(edge.source, found), found)
    return voices | {entity: voices[target][:1] for entity, (_, target) in nearest.items()}


def born_from(knowledge: Knowledge) -> list[GoalBuddy]:
    """Return one Goal Buddy per entity that facts or edges speak of, with its neighbours (W6)."""
    near: dict[EntityId, dict[EntityId, float]] = {e.id: {} for e in knowledge.entities}
    for edge in knowledge.edges:
        for a, b in ((edge.source, edge.target), (edge.target, edge.source)):
            if a in near and b in near:
                near[a][b] = max(edge.weight, near[a].get(b, 0.0))
    spoken = {f.entity for f in knowledge.facts} | {e for e, others in near.items() if others}
    return [
        GoalBuddy(
            id=BuddyId(entity.id),
            subspace=entity.subspace,
            entity=entity.id,
            name=f"{entity.name} Buddy",
            neighbours=tuple(sorted(near[entity.id], key=lambda n: (-near[entity.id][n], n))),
        )
        for entity in knowledge.entities
        if entity.id in spoken
    ]
