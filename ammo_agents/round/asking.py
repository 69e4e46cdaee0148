"""Questions to a person and what they say of their own accord, in one subspace (W13).

An answer, a choice and a wish are ordinary events on the row of an entity, a card or a topic: they are
folded, explained and taken back like any other. What is not known of a person is not guessed here.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ammo_agents.aipp import asking
from ammo_agents.aipp.explanation import Held
from ammo_agents.aipp.feedback import Shown, choice, statement
from ammo_agents.aipp.statement import Wish
from ammo_agents.errors import BadInputError, NotFoundError
from ammo_agents.geometry.asking import HORIZON
from ammo_agents.records import (
    Creation,
    CreationId,
    Entity,
    EntityId,
    Knowledge,
    Subject,
    Wide,
)
from ammo_agents.round.companion import Companion
from ammo_agents.round.receipt import Given

ASKABLE = 40
"""Best known entities that a question can be about."""
SHELF = 10
"""A kind with so many times fewer members than the largest is a shelf (genres, eras): asking teaches nothing."""
LONGEST_TEXT = 400
"""Characters of an entity's text that are placed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Do you like this? To be answered, or skipped."""

    entity: Entity
    why: str
    """Why it is asked, for the person."""
    drop: float = 0.0
    """Expected fall of each coming slate's regret, reward per slot; 0 = asked because it is well known."""
    slot: float = 0.0
    """What the slot it takes is worth."""


@dataclass(slots=True, kw_only=True)
class Asking:
    """The asking side of a User Buddy."""

    companion: Companion
    knowledge: Knowledge
    _entities: Mapping[EntityId, Entity] = field(init=False)
    _counted: Counter[EntityId] = field(init=False)

    def __post_init__(self) -> None:
        self._entities = {e.id: e for e in self.knowledge.entities}
        counted = Counter(fact.entity for fact in self.knowledge.facts)
        counted.update(end for edge in self.knowledge.edges for end in (edge.source, edge.target))
        self._counted = counted

    # --- questions -----------------------------------------------------------------------
    async def questions(
        self, n: int = asking.OPENING, *, skip: Collection[str] = ()
    ) -> tuple[Question, ...]:
        """Return what to ask now: up to `n` well-known things for somebody new, else one or nothing.

        `skip` are entities that were passed over in this interview.
        """
        if len(self.companion.events) >= asking.NEWCOMER:
            one = await self.question()
            return () if one is None or n < 1 else (one,)
        entities, familiar = self._askable(skip)
        if not entities:
            return ()
        rows = await self._rows(entities)
        prior = self.companion.prior
        preference = await self.companion.preference()
        pool = await self.companion.recall(preference)
        how = asking.Interview(most=n, slots=self.companion.settings.slots)
        places = await asyncio.to_thread(
            asking.opening, preference, rows, familiar, pool.rows, how, prior=prior
        )
        return tuple(Question(entity=entities[i], why="well known here") for i in places)

    async def question(self) -> Question | None:
        """Return the one question whose answer is expected to save more regret than a slot is worth."""
        entities, _ = self._askable()
        preference = await self.companion.preference()
        pool = await self.companion.recall(preference)
        if not entities or not len(pool.ids):
            return None
        rows = await self._rows(entities)
        slots, prior = self.companion.settings.slots, self.companion.prior
        found = await asyncio.to_thread(
            asking.further, preference, rows, pool.rows, slots=slots, prior=prior
        )
        if found is None:
            return None
        why = (
            f"your answer is expected to make each slate {found.drop:.4f} better per card, "
            f"over {HORIZON} slates more than the {found.slot:.3f} of the slot it takes"
        )
        entity = entities[found.place]
        return Question(entity=entity, why=why, drop=found.drop, slot=found.slot)

    async def answer(self, entity: str, said: str, *, key: str = "") -> Given:
        """Keep an answer about an entity; the same answer twice counts once.

        Raises:
            NotFoundError: nobody knows the entity.
            BadInputError: no such answer.
        """
        found = self._named(entity)
        text = _text_of(found)
        subject = Subject(kind="entity", name=found.name, text=text, entity=found.id)
        return await self._say(said, subject, key)

    # --- which of these ------------------------------------------------------------------
    async def pair(self) -> tuple[CreationId, CreationId] | None:
        """Return two unseen cards whose comparison tells most, their order drawn; None where there are not two."""
        preference = await self.companion.preference()
        pool = await self.companion.recall(preference)
        found = await asyncio.to_thread(asking.pair, preference, pool.rows)
        if found is None:
            return None
        one, other = pool.ids[found[0]], pool.ids[found[1]]
        return (
            (one, other) if asking.stands_first(self.companion.person, one, other) else (other, one)
        )

    async def choose(self, card: Creation, over: Sequence[Creation], *, key: str = "") -> Given:
        """Keep “this one of these”; the same choice twice counts once.

        Raises:
            BadInputError: fewer than two different cards, or one of another subspace.
        """
        here = self.companion
        for one in (card, *over):
            if one.subspace != here.subspace:
                raise BadInputError(
                    f"{one.id} is a card of {one.subspace}, not of {here.subspace}",
                    hint="Compare cards of one subspace.",
                )
        ids = tuple(one.id for one in over)
        for event in here.events:
            said = event.feedback
            if (said.act, said.creation, set(said.over)) == ("choose", card.id, set(ids)):
                return await here.repeated(event)
        shown = Shown(person=here.person, subspace=here.subspace, creation=card.id, slate=None)
        record = choice(shown, ids, await here.now(key))
        return await here.keep(await here.memory.of_card(record, card, over))

    # --- wishes and beliefs --------------------------------------------------------------
    async def believe(self, wish: Wish, *, key: str = "") -> Given:
        """Keep one confirmed wish as an event on its topic's row."""
        subject = Subject(kind="topic", name=wish.topic, text=wish.topic)
        return await self._say(wish.direction, subject, key)

    async def forget(self, name: str) -> tuple[Given, ...]:
        """Take back what a name stands for: one act, or every act behind a believed line.

        Raises:
            NotFoundError: no act and no line has this id, or several have.
        """
        here = self.companion
        acts = [e.feedback.id for e in here.events if e.feedback.id == name]
        if not acts:
            held = _one_line(name, await here.beliefs())
            acts = [told.event.feedback.id for told in held.told]
        return tuple([await here.take_back(act=act) for act in acts])

    # --- inside --------------------------------------------------------------------------
    async def _say(self, said: str, subject: Subject, key: str) -> Given:
        here = self.companion
        for event in here.events:
            kept = event.feedback
            if kept.subject is not None and (kept.act, kept.subject.key) == (said, subject.key):
                return await here.repeated(event)
        record = statement(said, here.person, here.subspace, subject, await here.now(key))
        record = replace(record, subject=await here.memory.placed(subject))
        return await here.keep(await here.memory.event(record))

    def _askable(self, skip: Collection[str] = ()) -> tuple[list[Entity], Wide]:
        """Return the best known entities that were not asked about, and how familiar each is."""
        asked = {e.feedback.subject.entity for e in self.companion.events if e.feedback.subject}
        familiar = self._familiar()
        short = sorted(
            (id for id, n in familiar.items() if n > 0 and id not in asked and id not in skip),
            key=lambda id: (-familiar[id], id),
        )[:ASKABLE]
        return [self._entities[id] for id in short], np.array([familiar[id] for id in short])

    def _familiar(self) -> Mapping[EntityId, float]:
        """Return how likely people know and like each entity.

        Where a community is known: p + 3b of those it rated. Else by what the graph, the facts and
        the cards say of it: who is met more often is answered more often.
        """
        tables = self.companion.frame.tables
        if tables is not None:
            known = {id: tables.values[row, :2] for id, row in tables.index.items()}
            return {
                id: float(known[id][1] + 3.0 * known[id][0]) for id in self._entities if id in known
            }
        cards = Counter(one.entity for one in self.companion.living.about)
        kinds = Counter(entity.kind for entity in self.knowledge.entities)
        most = max(kinds.values(), default=0)
        return {
            id: float(2 * cards[id] + self._counted[id])
            for id, entity in self._entities.items()
            if kinds[entity.kind] * SHELF >= most
        }

    async def _rows(self, entities: Sequence[Entity]) -> Wide:
        return await self.companion.memory.rows_of({e.id: _text_of(e) for e in entities})

    def _named(self, name: str) -> Entity:
        """Return an entity by its id, slug or name; raises `NotFoundError`."""
        wanted = name.strip().lstrip("@").lower()
        for entity in self.knowledge.entities:
            if wanted in {entity.id, entity.id.partition("/")[2], entity.name.lower()}:
                return entity
        raise NotFoundError(f"nothing here is called {name!r}", hint="See: ammo questions")


def _text_of(entity: Entity) -> str:
    return f"{entity.name}. {entity.summary}"[:LONGEST_TEXT]


def _one_line(name: str, lines: Sequence[Held]) -> Held:
    found = [h for h in lines if name == h.entity or (len(name) >= 4 and h.id.startswith(name))]
    if len(found) != 1:
        raise NotFoundError(
            f"{'several lines are' if found else 'no act and no line is'} called {name!r}",
            hint="See what is believed, with ids: ammo you show",
        )
    return found[0]
