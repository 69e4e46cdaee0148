"""One subspace as a running AMMO holds it: its day, its buddies, what they know and what is being said."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ammo_agents.metaspace.living import LivingMatrix
from ammo_agents.ports import (
    BudgetLimits,
    Clock,
    Embedder,
    Evidence,
    Ledger,
    Model,
    Subspace,
    Triggers,
)
from ammo_agents.records import (
    BuddyId,
    Creation,
    Entity,
    EntityId,
    Fact,
    FactId,
    GoalBuddy,
    IdeaKind,
    Knowledge,
    Matrix,
    Placed,
    SubspaceId,
    Usage,
    Vector,
    digest,
)
from ammo_agents.settings import Settings

QUIET_DAYS = 3
"""Days without a new card after which something people like is asked about again."""
PLACED = 64
"""Standing facts that are placed at a time."""
CURIOUS_DAYS = 14
"""Days without a card after which a region counts as empty."""


@dataclass(slots=True, kw_only=True)
class World:
    """What one round needs, in one place; made by `app`, changed by the round alone."""

    settings: Settings
    subspace: Subspace
    knowledge: Knowledge
    triggers: Triggers
    buddies: Mapping[BuddyId, GoalBuddy]
    clock: Clock
    ledger: Ledger
    embedder: Embedder
    model: Model | None
    space: str
    living: LivingMatrix
    """The exact matrix of everything that can be shown, shared with the person's companion."""
    visibility: Callable[[Vector, EntityId], float]
    """P(e ∈ S) of a creation that is not published yet, over the people known here."""
    evidence: Sequence[Evidence] = ()
    at_once: int = 2
    """Buddies that write at the same time."""
    entities: Mapping[EntityId, Entity] = field(init=False)
    titles: set[str] = field(default_factory=set)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever a creation is admitted."""
    liked: dict[EntityId, float] = field(default_factory=lambda: defaultdict(float))
    """Sum of (reward - 1/2) per entity: what people of this MetaSpace ask for without words."""
    _used: dict[BuddyId, set[FactId]] = field(default_factory=lambda: defaultdict(set))
    _written: dict[dt.date, set[tuple[BuddyId, IdeaKind]]] = field(
        default_factory=lambda: defaultdict(set)
    )
    _latest: dict[EntityId, dt.date] = field(default_factory=dict)
    _spent: dict[tuple[BuddyId, dt.date], int] = field(default_factory=lambda: defaultdict(int))
    _standing: dict[EntityId, list[Fact]] = field(init=False)
    _speakers: Mapping[EntityId, BuddyId] = field(init=False)
    _places: dict[FactId, Vector] = field(default_factory=dict)
    _centres: tuple[list[EntityId], Matrix] | None = None

    def __post_init__(self) -> None:
        self.entities = {e.id: e for e in self.knowledge.entities}
        self._speakers = speakers(self.knowledge, self.buddies)
        self._standing = defaultdict(list)
        for fact in self.knowledge.facts:
            self._standing[fact.entity].append(fact)

    @property
    def id(self) -> SubspaceId:
        """The subspace's id."""
        return self.subspace.id

    async def prepare(self) -> None:
        """Read what is being said already, and place the entities in the space."""
        since = self.triggers.day() - dt.timedelta(days=self.settings.days_live)
        for creation in await self.ledger.creations(subspace=self.id, since=since):
            self._note(creation)
        known = [
            self.entities[b.entity] for b in self.buddies.values() if b.entity in self.entities
        ]
        if known:
            texts = [f"{e.name}. {e.summary}"[:400] for e in known]
            self._centres = ([e.id for e in known], await self.embedder.embed(texts))
        await learn_standing(self.ledger, self.embedder, self.id, self.knowledge.facts)

    async def learn(self, facts: Sequence[Fact]) -> None:
        """Keep what happened as knowledge, so that it can be found and asked about (W2, W4)."""
        new = [fact for fact in facts if fact.id not in self._places]
        if not new:
            return
        vectors = await self.place(new)
        key = f"learn/{self.id}/{self.triggers.day()}/{digest([fact.id for fact in new])[:12]}"
        await self.ledger.learn(key, new, vectors)

    async def place(self, facts: Sequence[Fact]) -> Matrix:
        """Return the places of facts, shape (n, D); each is embedded once."""
        new = [fact for fact in facts if fact.id not in self._places]
        if new:
            rows = await self.embedder.embed([fact.statement for fact in new])
            self._places.update(zip((fact.id for fact in new), rows, strict=True))
        return np.stack([self._places[fact.id] for fact in facts])

    def buddy_of(self, entity: EntityId) -> GoalBuddy | None:
        """Return the buddy born of an entity, or else of the nearest one its edges lead to."""
        return self.buddies.get(self._speakers.get(entity, BuddyId(entity)))

    def seed_for(self, name: str) -> int:
        """Return the seed of one stimulus: from the root seed, the subspace, the day and the name."""
        words = [
            int(digest(part)[:8], 16) for part in (self.id, self.triggers.day().isoformat(), name)
        ]
        return int(np.random.SeedSequence([self.settings.seed, *words]).generate_state(1)[0])

    def has_written(self, buddy: BuddyId, kind: IdeaKind, date: dt.date) -> bool:
        """Return whether this buddy has published for this reason on this day."""
        return (buddy, kind) in self._written[date]

    def kinds_on(self, date: dt.date) -> set[IdeaKind]:
        """Return for which reasons anybody has published on this day."""
        return {kind for _, kind in self._written[date]}

    def may_write(self, buddy: BuddyId, date: dt.date) -> bool:
        """Return whether the buddy's creations of this day are not all spent."""
        return self._spent[buddy, date] < self.settings.creations_per_day

    def known(self, buddy: GoalBuddy) -> list[Fact]:
        """Return the facts a buddy may stand on: its entity's and its neighbours', newest first."""
        near = {buddy.entity, *buddy.neighbours}
        recent = [
            f for f in self.triggers.knowledge() if f.entity in near or near & set(f.mentions)
        ]
        return recent + [
            f for entity in (buddy.entity, *buddy.neighbours) for f in self._standing[entity]
        ]

    def recent(self, buddy: BuddyId) -> set[FactId]:
        """Return the facts this buddy's living creations stand on."""
        return self._used[buddy]

    def missed(self) -> EntityId | None:
        """Return what people like most among what has had nothing new for some days; None if nothing."""
        day = self.triggers.day()
        quiet = [
            (liking, entity)
            for entity, liking in self.liked.items()
            if liking > 0
            and self.buddy_of(entity) is not None
            and (day - self._latest.get(entity, dt.date.min)).days > QUIET_DAYS
        ]
        return max(quiet, default=(0.0, None))[1]

    def emptiest(self) -> EntityId | None:
        """Return the entity whose place is farthest from everything being said; None if all have spoken."""
        if self._centres is None:
            return None
        ids, centres = self._centres
        day = self.triggers.day()
        rows = self.living.matrix
        heard_of = {fact.entity for fact in self.triggers.knowledge()} or set(self._standing)
        novelty = 1.0 - (centres @ rows.T).max(axis=1) if len(rows) else np.ones(len(ids))
        open_ = [
            (float(n), entity)
            for n, entity in zip(novelty, ids, strict=True)
            if entity in heard_of
            and (day - self._latest.get(entity, dt.date.min)).days > CURIOUS_DAYS
        ]
        return max(open_, default=(0.0, None))[1]

    def hear(self, entity: EntityId, reward: float) -> None:
        """Take note of what a person said about an entity's card: both sides hear feedback (W12)."""
        self.liked[entity] += reward - 0.5

    async def book(self, creation: Creation) -> None:
        """Book one creation of the buddy's day of this world; raises `BudgetError` when it is spent."""
        noon = dt.datetime.combine(creation.date, dt.time(12), dt.UTC)
        limits = BudgetLimits(creations=self.settings.creations_per_day)
        await self.ledger.reserve(
            f"creation/{creation.id}", f"buddy/{creation.buddy}", noon, Usage(), limits, creations=1
        )

    async def admit(self, placed: Placed) -> None:
        """Let a published creation live: others must now differ from it, people may be shown it."""
        self.living.add(placed)
        self._note(placed.creation)
        self.news.set()

    def _note(self, creation: Creation) -> None:
        self.titles.add(creation.title.text.lower())
        self._used[creation.buddy].update(creation.title.facts, creation.hook.facts)
        for claim in creation.claims:
            self._used[creation.buddy].update(claim.facts)
        self._written[creation.date].add((creation.buddy, creation.kind))
        self._spent[creation.buddy, creation.date] += 1
        self._latest[creation.entity] = max(
            creation.date, self._latest.get(creation.entity, dt.date.min)
        )


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


def speakers(
    knowledge: Knowledge, buddies: Mapping[BuddyId, GoalBuddy]
) -> Mapping[EntityId, BuddyId]:
    """Return, for each entity without a buddy of its own, the buddy of the nearest entity it has an edge to."""
    nearest: dict[EntityId, tuple[float, BuddyId]] = {}
    for edge in knowledge.edges:
        buddy = BuddyId(edge.target)
        if buddy in buddies and BuddyId(edge.source) not in buddies:
            found = (edge.weight, buddy)
            nearest[edge.source] = max(nearest.get(edge.source, found), found)
    return {entity: buddy for entity, (_, buddy) in nearest.items()}


async def learn_standing(
    ledger: Ledger, embedder: Embedder, subspace: SubspaceId, facts: Sequence[Fact]
) -> None:
    """Keep a subspace's standing facts as knowledge, once for each edition of them."""
    if not facts:
        return
    edition = digest(sorted(fact.id for fact in facts))[:12]
    name = f"standing/{subspace}"
    if await ledger.meta(name) == edition:
        return
    texts = [fact.statement for fact in facts]
    # In parts, so that whoever asks meanwhile is not kept waiting for thousands of facts.
    rows = [await embedder.embed(texts[i : i + PLACED]) for i in range(0, len(texts), PLACED)]
    await ledger.learn(f"learn/{name}/{edition}", facts, np.concatenate(rows))
    await ledger.set_meta(name, edition)
