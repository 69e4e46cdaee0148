"""From what people said to what is learned of them: a log's items become entities of a subspace (W12)."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ammo_agents.aipp.community import ANONYMOUS, Community, Known, School, learned
from ammo_agents.app import App
from ammo_agents.errors import RefusedError
from ammo_agents.ports import Ledger, Subspace
from ammo_agents.records import Entity, Knowledge, PersonId, SubspaceId
from ammo_agents.replay.log import Item, RatingsLog
from ammo_agents.replay.own import FACTORISER
from ammo_agents.replay.vectors import text_vectors

FEWEST = 20
"""Entities people must have spoken of: with fewer, tastes cannot be told apart."""
Told = Callable[[str, int, int | None], None]
"""Hears what is being done, how many steps are done more, and how many there are (None = as before)."""
Said = Mapping[str, Mapping[str, float]]
"""Person → entity → reward in [0, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """Who is learned from, about which entities, and what could not be used."""

    known: tuple[Known, ...]
    entities: tuple[Entity, ...]
    """Those people spoke of, and all others of their kinds."""
    spoken: int
    """Entities people spoke of."""
    notes: tuple[str, ...] = ()
    """What was left out, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """A community and what it took."""

    community: Community
    own_rows: int
    """Entities with rows of their own."""
    entities: int
    factoriser: str
    """Who factorised; empty = nobody is installed, and V is 0."""
    notes: tuple[str, ...] = field(default=())


def of_log(
    log: RatingsLog, subspace: Subspace, knowledge: Knowledge, *, served: PersonId
) -> Lesson:
    """Return the lesson of a ratings log; who is served is not learned from.

    Of two items that are one entity, a person's later word counts.

    Raises:
        RefusedError: too few items are entities of the subspace.
    """
    names = _matched(log.items, subspace, knowledge)
    unmatched = sum(name is None for name in names)
    said: dict[str, dict[str, float]] = {}
    for one in log.people:
        named = [names[row] for row in one.items.tolist()]
        pairs = zip(named, one.rewards.tolist(), strict=True)
        said[one.person] = {name: reward for name, reward in pairs if name is not None}
    notes = [*log.notes]
    if unmatched:
        notes.append(
            f"{unmatched} of {len(log.items)} items are no entity of {subspace.title}, by title and year"
        )
    if said.pop(served, None) is not None:
        notes.append("your own ratings in the log were left out: nobody is served from themselves")
    return _lesson(said, subspace, knowledge, notes, f"{len(log.items) - unmatched} items")


async def of_home(
    ledger: Ledger, subspace: Subspace, knowledge: Knowledge, people: Sequence[PersonId]
) -> Lesson:
    """Return the lesson of what these people of this home said about cards and entities.

    An entity's reward is the weighted mean of a person's standing acts on it; choices and topics are left out.

    Raises:
        RefusedError: fewer than five people, or too few entities.
    """
    if len(people) < ANONYMOUS:  # how many it were is not said: it might be one
        raise _too_few(f"fewer than {ANONYMOUS} people of this home, other than you, agreed to it")
    about = {str(c.id): str(c.entity) for c in await ledger.creations(subspace=subspace.id)}
    said = {str(one): await _heard(ledger, one, subspace.id, about) for one in people}
    found = _lesson(said, subspace, knowledge, [], "acts of this home")
    return replace(found, notes=())


async def learnt(app: App, lesson: Lesson, *, anonymous: int, told: Told) -> Learnt:
    """Place the entities' texts, learn, and return the community; nothing is kept."""
    basis, embedder = await app.basis(), await app.embedder()
    texts = [f"{entity.name}. {entity.summary}" for entity in lesson.entities]
    told("placing texts (kept for next time)", 0, len(texts))
    vectors = await text_vectors(
        texts,
        embedder,
        app.folders.cache,
        step=lambda count: told("placing texts (kept for next time)", count, None),
    )
    told("learning", 0, None)
    factoriser = {f.name: f for f in app.plugins.factors()}.get(FACTORISER)
    school = School(
        entities=[str(entity.id) for entity in lesson.entities],
        vectors=vectors,
        basis=basis,
        factoriser=factoriser,
        seed=app.settings.seed,
        anonymous=anonymous,
        circles=True,
    )
    community = await asyncio.to_thread(learned, lesson.known, school)
    if community is None:
        raise _too_few("too few people said something that can be learned from")
    notes = lesson.notes
    if factoriser is None:
        notes = (*notes, f"no {FACTORISER} is installed: entity factors stay 0 (ammo-implicit)")
    return Learnt(
        community=community,
        own_rows=len(community.tables.index),
        entities=len(lesson.entities),
        factoriser="" if factoriser is None else FACTORISER,
        notes=notes,
    )


def _lesson(
    said: Said, subspace: Subspace, knowledge: Knowledge, notes: Sequence[str], what: str
) -> Lesson:
    of = {str(entity.id): entity for entity in knowledge.entities}
    counts = Counter(name for mine in said.values() for name in mine if name in of)
    if len(counts) < FEWEST:
        raise RefusedError(
            f"{what} speak of {len(counts)} entities of {subspace.title}; {FEWEST} are the least to learn from",
            hint="Name a log of this subspace's things: titles must be theirs, with the year where there is one.",
        )
    kinds = {of[name].kind for name in counts}
    entities = tuple(entity for entity in knowledge.entities if entity.kind in kinds)
    rows = {str(entity.id): row for row, entity in enumerate(entities)}
    known = [_known(person, mine, rows) for person, mine in said.items()]
    heard = tuple(one for one in known if len(one.entities))
    silent = len(known) - len(heard)
    if len(heard) < ANONYMOUS:
        raise _too_few(f"fewer than {ANONYMOUS} people said something that can be learned from")
    if silent:
        notes = [*notes, f"{silent} people said nothing about an entity that is known here"]
    return Lesson(known=heard, entities=entities, spoken=len(counts), notes=tuple(notes))


def _known(person: str, said: Mapping[str, float], rows: Mapping[str, int]) -> Known:
    mine = sorted((rows[name], reward) for name, reward in said.items() if name in rows)
    return Known(
        person=person,
        entities=np.array([row for row, _ in mine], np.intp),
        rewards=np.array([reward for _, reward in mine], np.float64),
    )


def _matched(items: Sequence[Item], subspace: Subspace, knowledge: Knowledge) -> list[str | None]:
    """Return the entity of each item: by its id, by the subspace's own matcher, or by a name only it has."""
    ids = {str(entity.id) for entity in knowledge.entities}
    named: dict[str, set[str]] = defaultdict(set)
    for entity in knowledge.entities:
        for name in (entity.name, *entity.aliases):
            named[name.casefold()].add(str(entity.id))

    def of(item: Item) -> str | None:
        if item.id in ids:
            return item.id
        if subspace.match is not None:
            found = subspace.match(item.title, item.year)
            return None if found is None or found not in ids else str(found)
        same = named.get(item.title.casefold(), set())
        return next(iter(same)) if len(same) == 1 else None

    return [of(item) for item in items]


async def _heard(
    ledger: Ledger, person: PersonId, subspace: SubspaceId, about: Mapping[str, str]
) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float)
    weight: dict[str, float] = defaultdict(float)
    for act in await ledger.feedback(person, subspace):
        subject = act.subject
        name = about.get(act.creation, "") if subject is None else str(subject.entity or "")
        if name and act.weight > 0 and not act.over:
            total[name] += act.weight * act.reward
            weight[name] += act.weight
    return {name: total[name] / weight[name] for name in total}


def _too_few(what: str) -> RefusedError:
    return RefusedError(
        f"{what}; somebody could be recognised",
        hint="Others of this home agree with: AMMO_PERSON=NAME ammo community join",
    )
