"""One subspace as a running AMMO holds it: its day, its buddies, what they know and what is being said."""

from __future__ import annotations

import asyncio
import datetime as dt
import math
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ammo_agents.adapters.voice import Voices
from ammo_agents.goal.aside import Failed, Watched, aside
from ammo_agents.goal.guest import Guest
from ammo_agents.goal.principles import Charter
from ammo_agents.goal.trigger import Stimulus
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
from ammo_agents.round.bridging import Bridges
from ammo_agents.round.pens import Pens
from ammo_agents.round.roster import Roster, roster_of
from ammo_agents.round.roster import born_from as born_from
from ammo_agents.settings import Settings

QUIET_DAYS = 3
"""Days without a new card after which something people like is asked about again."""
PLACED = 64
"""Standing facts that are placed at a time."""
CURIOUS_DAYS = 14
"""Days without a card after which a region counts as empty."""
OPENING_S = 300.0
"""Seconds a buddy's own model may take to open."""


@dataclass(slots=True, kw_only=True)
class World:
    """What one round needs, in one place; made by `app`, changed by the round alone."""

    settings: Settings
    subspace: Subspace
    knowledge: Knowledge
    triggers: Triggers
    buddies: Mapping[BuddyId, GoalBuddy]
    """Whom subspace, plugins and files offer; `roster` says who of them works."""
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
    models: Callable[[str], Awaitable[Model]] | None = None
    """Opens a buddy's own language model, once for each id, metered like any other."""
    voices: Voices | None = None
    """Gives each buddy its live adapter; None = every buddy writes with the base."""
    graphs: Mapping[str, Guest] = field(default_factory=dict)
    """Graphs of one's own, by name."""
    roster: Roster | None = None
    """None = made of `buddies`, where nobody weighs free principles."""
    bridges: Bridges | None = None
    """What leads to other subspaces; None = nothing does."""
    settled: Callable[[Placed], None] | None = None
    """Told of every creation that lives in other subspaces too."""
    pens: Pens = field(default_factory=Pens)
    """How many buddies write at the same time, of this world and of those it shares a model with."""
    entities: Mapping[EntityId, Entity] = field(init=False)
    who: Roster = field(init=False)
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
    _wrote: dict[BuddyId, dt.date] = field(default_factory=dict)
    _amiss: dict[tuple[BuddyId, str], str] = field(default_factory=dict)
    """(buddy, model or graph) → why its own is not used."""
    _places: dict[FactId, Vector] = field(default_factory=dict)
    _centres: tuple[list[EntityId], Matrix] | None = None

    def __post_init__(self) -> None:
        self.entities = {e.id: e for e in self.knowledge.entities}
        self.who = self.roster or roster_of(self.subspace, self.knowledge, self.buddies.values())
        self.buddies = self.who.buddies
        self.evidence = tuple(Watched(checker) for checker in self.evidence)
        self._standing = defaultdict(list)
        for fact in self.knowledge.facts:
            self._standing[fact.entity].append(fact)

    def across(self) -> Stimulus | None:
        """Return a reason to write of an entity here and one elsewhere; None where all was told, or nothing leads there."""
        if self.bridges is None:
            return None
        day = self.triggers.day()
        return self.bridges.stimulus(self.id, day, self._standing, self.seed_for("across"))

    def meet(self, roster: Roster) -> None:
        """Go on with other buddies from now on: a file was written or taken away."""
        self.who, self.buddies = roster, roster.buddies
        self._amiss.clear()

    @property
    def id(self) -> SubspaceId:
        """The subspace's id."""
        return self.subspace.id

    async def prepare(self) -> None:
        """Read what is being said already, place the entities in the space, and learn what always holds."""
        await self.look()
        await learn_standing(self.ledger, self.embedder, self.id, self.knowledge.facts)

    async def look(self) -> None:
        """Read what is being said already, and place the entities in the space; nothing is kept."""
        since = self.triggers.day() - dt.timedelta(days=self.settings.days_live)
        for creation in await self.ledger.creations(subspace=self.id, since=since):
            if creation.subspace == self.id:
                self._note(creation)
        born = dict.fromkeys(buddy.entity for buddy in self.buddies.values())
        known = [self.entities[entity] for entity in born if entity in self.entities]
        if known:
            texts = [f"{e.name}. {e.summary}"[:400] for e in known]
            self._centres = ([e.id for e in known], await self.embedder.embed(texts))

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
        """Return the first buddy born of an entity, or else of the nearest one its edges lead to."""
        return self.who.of(entity)

    @property
    def faults(self) -> dict[str, str]:
        """Buddies that do not work, or not as they were written, and checkers that sit out, each with the reason."""
        found: dict[str, str] = {str(id): why for id, why in self.who.faults.items()}
        found |= {
            one.name: one.fault for one in self.evidence if isinstance(one, Watched) and one.fault
        }
        for (buddy, _), why in sorted(self._amiss.items()):
            found[buddy] = f"{found[buddy]}; {why}" if buddy in found else why
        return found

    def last_wrote(self, buddy: BuddyId) -> dt.date:
        """Return the day a buddy's newest living card speaks of."""
        return self._wrote.get(buddy, dt.date.min)

    def allowance(self, buddy: BuddyId) -> int:
        """Return what a buddy may publish in a day: its own budget, never above the settings'."""
        own = self.buddies[buddy].budget if buddy in self.buddies else None
        most = self.settings.creations_per_day
        return most if own is None else max(0, min(own, most))

    def cost_weight(self, buddy: GoalBuddy) -> float:
        """Return λ: the buddy's own, never below the settings': none makes misinformation cheaper."""
        own = buddy.cost_weight
        least = self.settings.cost_weight
        return least if own is None or math.isnan(own) else max(least, own)

    def charter(self, buddy: GoalBuddy) -> Charter:
        """Return the principles that hold for a buddy's cards."""
        return self.who.charters.get(buddy.id, Charter())

    async def pointers(self) -> Mapping[str, str] | None:
        """Return which adapters are live now, for a whole round to write with; None = nobody has one."""
        return None if self.voices is None else await self.voices.registry.pointers()

    async def model_of(
        self, buddy: GoalBuddy, *, pointers: Mapping[str, str] | None = None
    ) -> Model | None:
        """Return the model a buddy writes with, and its live adapter; `pointers` are those of its round."""
        model = await self._base_of(buddy)
        if model is None or self.voices is None:
            return model

        def told(why: str) -> None:
            if why:
                self._amiss[buddy.id, "adapter"] = why
            else:
                self._amiss.pop((buddy.id, "adapter"), None)

        return await self.voices.of(model, self.id, buddy.id, told=told, pointers=pointers)

    async def _base_of(self, buddy: GoalBuddy) -> Model | None:
        """Return a buddy's own model, or the settings' one where that cannot be opened."""
        if not buddy.model or self.models is None:
            return self.model
        opened = await aside(_awaited(self.models(buddy.model)), seconds=OPENING_S)
        if not isinstance(opened, Failed):
            self._amiss.pop((buddy.id, "model"), None)
            return opened
        instead = "nobody" if self.model is None else self.model.card.id
        self._amiss[buddy.id, "model"] = (
            f"its model {buddy.model!r} {opened.reason}: {instead} writes"
        )
        return self.model

    def graph_of(self, buddy: GoalBuddy) -> Guest | None:
        """Return the graph that works for a buddy; None = AMMO's own, also where its own is not installed."""
        if buddy.graph and buddy.graph not in self.graphs:
            known = ", ".join(sorted(self.graphs)) or "none"
            self._amiss[buddy.id, "graph"] = (
                f"no plugin offers its graph {buddy.graph!r} (there are: {known}): AMMO's own works"
            )
        return self.graphs.get(buddy.graph)

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
        return self._spent[buddy, date] < self.allowance(buddy)

    def known(self, buddy: GoalBuddy) -> list[Fact]:
        """Return the facts a buddy may stand on: its entity's and its neighbours', newest first."""
        first = self.who.of(buddy.entity)
        neighbours = buddy.neighbours or (first.neighbours if first is not None else ())
        near = {buddy.entity, *neighbours}
        recent = [
            f for f in self.triggers.knowledge() if f.entity in near or near & set(f.mentions)
        ]
        return recent + [
            f for entity in (buddy.entity, *neighbours) for f in self._standing[entity]
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
        limits = BudgetLimits(creations=self.allowance(creation.buddy))
        await self.ledger.reserve(
            f"creation/{creation.id}", f"buddy/{creation.buddy}", noon, Usage(), limits, creations=1
        )

    async def admit(self, placed: Placed) -> None:
        """Let a published creation live: others must now differ from it, people may be shown it."""
        self.living.add(placed)
        self._note(placed.creation)
        if placed.creation.also and self.settled is not None:
            self.settled(placed)
        self.news.set()

    def _note(self, creation: Creation) -> None:
        self.titles.add(creation.title.text.lower())
        self._used[creation.buddy].update(creation.title.facts, creation.hook.facts)
        for claim in creation.claims:
            self._used[creation.buddy].update(claim.facts)
        self._written[creation.date].add((creation.buddy, creation.kind))
        self._spent[creation.buddy, creation.date] += 1
        self._wrote[creation.buddy] = max(creation.date, self.last_wrote(creation.buddy))
        self._latest[creation.entity] = max(
            creation.date, self._latest.get(creation.entity, dt.date.min)
        )


async def _awaited(work: Awaitable[Model]) -> Model:
    return await work


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
