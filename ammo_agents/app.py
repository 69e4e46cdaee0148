"""Builds a running AMMO from settings and plugins: the only place where parts are chosen."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ammo_agents.errors import BadInputError, MissingPartError, NotFoundError
from ammo_agents.geometry import Basis, fit_basis
from ammo_agents.hooks import Plugins, load_plugins
from ammo_agents.ledger import DataLock, SqliteLedger
from ammo_agents.metaspace.exact import ExactStores
from ammo_agents.metaspace.index import Index
from ammo_agents.metaspace.living import LivingMatrix
from ammo_agents.metaspace.space import MetaSpace
from ammo_agents.metering import MeteredModel
from ammo_agents.ports import (
    Clock,
    Embedder,
    FeedOptions,
    Model,
    ModelProvider,
    QuietTriggers,
    StoreProvider,
    Subspace,
    Triggers,
)
from ammo_agents.records import (
    BuddyId,
    EntityId,
    GoalBuddy,
    Knowledge,
    PersonId,
    SubspaceId,
    Vector,
)
from ammo_agents.round.commons import Taught
from ammo_agents.round.commons import taught as taught_by
from ammo_agents.round.companion import Companion
from ammo_agents.round.conversation import Conversation, gate_of
from ammo_agents.round.world import World, learn_standing
from ammo_agents.settings import Folders, Loaded, Settings, folders

if TYPE_CHECKING:  # LangGraph's weight is for who takes a seat
    from ammo_agents.round.seat import Seat

Access = Literal["none", "read", "write"]
BASIS_TEXTS = 256
"""Texts of the subspace that the first basis is fitted on."""


class WallClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        """Return the time now, aware, in UTC."""
        return dt.datetime.now(dt.UTC)


@dataclass(slots=True)
class App:
    """A running AMMO. Heavy parts (models, embedder, index) are opened when first asked for."""

    loaded: Loaded
    plugins: Plugins
    clock: Clock
    access: Access
    _ledger: SqliteLedger | None
    _stack: AsyncExitStack
    seats: dict[SubspaceId, Seat] = field(default_factory=dict)
    """Taken seats, by subspace."""
    worlds: dict[SubspaceId, World] = field(default_factory=dict)
    """Worlds that were opened, by subspace."""
    _model: Model | None = None
    _embedder: Embedder | None = None
    _index: Index | None = None
    _companions: dict[SubspaceId, Companion] = field(default_factory=dict)
    _knowledge: dict[SubspaceId, Knowledge] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.loaded.settings

    @property
    def folders(self) -> Folders:
        """Where things are kept."""
        return folders(self.settings)

    @property
    def ledger(self) -> SqliteLedger:
        """The truth; verbs that need no data open an app without one."""
        if self._ledger is None:
            raise BadInputError(
                "this verb was opened without a ledger", hint="Open it for reading."
            )
        return self._ledger

    @property
    def person(self) -> PersonId:
        """Whose User Buddy this is."""
        return PersonId(self.settings.person)

    def subspace(self, name: str | None = None) -> Subspace:
        """Return an installed subspace; None = the one of the settings.

        Raises:
            NotFoundError: it is not installed, or its plugin is disabled.
        """
        wanted = name or self.settings.subspace
        found = {s.id: s for s in self.plugins.subspaces()}
        if wanted not in found:
            broken = [f"{s.name}: {s.fault}" for s in self.plugins.states if s.fault]
            known = ", ".join(sorted(found)) or "none"
            raise NotFoundError(
                f"no subspace {wanted!r} is installed (installed: {known})",
                hint="; ".join(broken) or f"pip install ammo-subspace-{wanted}",
            )
        return found[SubspaceId(wanted)]

    async def knowledge(self, subspace: Subspace) -> Knowledge:
        """Return a subspace's knowledge base, loaded once."""
        if subspace.id not in self._knowledge:
            self._knowledge[subspace.id] = await asyncio.to_thread(subspace.knowledge)
        return self._knowledge[subspace.id]

    async def buddies(self, subspace: Subspace) -> list[GoalBuddy]:
        """Return the Goal Buddies of a subspace: its own, or one per entity of its graph (W6)."""
        knowledge = await self.knowledge(subspace)
        if subspace.buddies is not None:
            return list(subspace.buddies(knowledge))
        return born_from(knowledge)

    async def model(self) -> Model:
        """Return the language model of the settings, metered against the day's budget."""
        if self._model is None:
            provider = provider_of(self.plugins, self.settings.model)
            inner = await provider.open_model(self.settings.model)
            self._stack.push_async_callback(inner.close)
            self._model = MeteredModel.from_settings(inner, self.ledger, self.settings, self.clock)
        return self._model

    async def embedder(self) -> Embedder:
        """Return the consensus embedder, checked against the stamp of the space (W1)."""
        if self._embedder is None:
            provider = provider_of(self.plugins, self.settings.embedder)
            embedder = await provider.open_embedder(self.settings.embedder)
            self._stack.push_async_callback(embedder.close)
            await MetaSpace.open(self.ledger, embedder)
            self._embedder = embedder
        return self._embedder

    async def place(self, text: str) -> Vector:
        """Return a text's unit row in the space; the embedder is opened when first needed."""
        row: Vector = (await (await self.embedder()).embed([text]))[0]
        return row

    async def index(self) -> Index:
        """Return the vector index: ready at once on exact search, Chroma joins in the background."""
        if self._index is None:
            embedder = await self.embedder()
            self._index = await Index.open(
                self.ledger,
                self.store_provider(),
                self.folders.index,
                dim=embedder.dim,
                space=embedder.fingerprint,
            )
            self._stack.push_async_callback(self._index.close)
        return self._index

    def store_provider(self) -> StoreProvider:
        """Return the store of the settings; raises `MissingPartError` when no plugin offers it."""
        stores: dict[str, StoreProvider] = {
            s.name: s for s in (ExactStores(), *self.plugins.stores())
        }
        if self.settings.store not in stores:
            raise MissingPartError(
                f"no store {self.settings.store!r} is installed (installed: {', '.join(sorted(stores))})",
                hint=f"pip install ammo-{self.settings.store}, or use AMMO_STORE=exact",
            )
        return stores[self.settings.store]

    async def basis(self) -> Basis:
        """Return the frame of φ: the kept one, or one fitted on the subspace's own texts at first.

        Fitting needs the embedder; afterwards a verb that only reads or learns does without it.
        """
        kept = await self.ledger.meta("basis")
        if kept is not None:
            blob = await self.ledger.blob(f"basis/{kept}")
            if blob is not None:
                return Basis.from_bytes(blob)
        embedder = await self.embedder()
        vectors = await embedder.embed(await self._sample())
        basis = fit_basis(vectors)
        await self.ledger.save_blob(f"basis/{basis.fingerprint}", basis.to_bytes())
        await self.ledger.set_meta("basis", basis.fingerprint)
        return basis

    async def living(self, subspace: Subspace) -> LivingMatrix:
        """Return the exact matrix of a subspace's living creations, loaded from the ledger."""
        day = await self.ledger.day(subspace.id)
        since = None if day is None else day - dt.timedelta(days=self.settings.days_live)
        return await LivingMatrix.load(self.ledger, subspace.id, since=since)

    async def companion(self, name: str | None = None) -> Companion:
        """Return the User Buddy of this person in a subspace."""
        subspace = self.subspace(name)
        if subspace.id not in self._companions:
            taught = await self.taught(subspace)
            self._companions[subspace.id] = Companion(
                person=self.person,
                subspace=subspace.id,
                settings=self.settings,
                clock=self.clock,
                ledger=self.ledger,
                frame=taught.frame,
                prior=taught.prior,
                circles=taught.circles,
                living=await self.living(subspace),
                actions=subspace.actions,
                place=self.place,
            )
            await self._companions[subspace.id].load()
        return self._companions[subspace.id]

    async def taught(self, subspace: Subspace) -> Taught:
        """Return what this person's User Buddy begins with: the basis, and what other people teach."""
        return await taught_by(self.ledger, subspace.id, self.person, await self.basis())

    async def teach_again(self, subspace: Subspace) -> None:
        """Give an open User Buddy what the kept community teaches now."""
        if subspace.id in self._companions:
            await self._companions[subspace.id].load(await self.taught(subspace))

    def seat(self, companion: Companion) -> Companion | Seat:
        """Return where this person sits: a seat that waits, if somebody has sat down, else the companion."""
        return self.seats.get(companion.subspace, companion)

    async def world(self, name: str | None = None, *, start: dt.date | None = None) -> World:
        """Return a subspace's world, on the day it had reached, ready to play rounds.

        Raises:
            BadInputError: `start` is given, but this home's world has begun already.
        """
        subspace = self.subspace(name)
        kept = await self.ledger.day(subspace.id)
        if start is not None and kept is not None:
            raise BadInputError(
                f"the {subspace.title} world of this home has reached {kept}, it cannot start at {start}",
                hint="Go on without --from, or begin a new home: ammo --home FOLDER up --from DATE",
            )
        companion = await self.companion(name)
        embedder = await self.embedder()
        world = World(
            settings=self.settings,
            subspace=subspace,
            knowledge=await self.knowledge(subspace),
            triggers=await self._triggers(
                subspace, start if kept is None else kept + dt.timedelta(days=1)
            ),
            buddies={b.id: b for b in await self.buddies(subspace)},
            clock=self.clock,
            ledger=self.ledger,
            embedder=embedder,
            model=await self.model(),
            space=embedder.fingerprint,
            living=companion.living,
            visibility=companion.visibility,
            evidence=self.plugins.evidence(),
            at_once=self.settings.model_slots,
        )
        companion.heard = world.hear
        await world.prepare()
        self.worlds[subspace.id] = world
        return world

    async def conversation(self, name: str | None = None) -> Conversation:
        """Return what talking in a subspace needs; its standing facts are learned at first."""
        subspace = self.subspace(name)
        embedder = await self.embedder()
        await learn_standing(
            self.ledger, embedder, subspace.id, (await self.knowledge(subspace)).facts
        )
        entities = {e.id: e for e in (await self.knowledge(subspace)).entities}
        return Conversation(
            subspace=subspace.id,
            ledger=self.ledger,
            embedder=embedder,
            model=await self.model(),
            gate=gate_of(subspace.wordings, entities),
        )

    async def _triggers(self, subspace: Subspace, start: dt.date | None) -> Triggers:
        if subspace.triggers is None:
            return QuietTriggers(start or self.clock.now().date())
        options = FeedOptions(start=start, live=self.settings.live and not self.settings.offline)
        return await asyncio.to_thread(subspace.triggers, options)

    async def _sample(self) -> list[str]:
        """Return texts of the subspace that are like what will be written in it, spread evenly."""
        subspace = self.subspace()
        knowledge = await self.knowledge(subspace)
        facts = [*(await self._triggers(subspace, None)).knowledge(), *knowledge.facts]
        texts = [f.statement for f in facts]
        texts += [f"{e.name}. {e.summary}" for e in knowledge.entities]
        step = max(1, len(texts) // BASIS_TEXTS)
        return texts[::step][:BASIS_TEXTS] or [subspace.title]


@asynccontextmanager
async def opened(
    loaded: Loaded, *, access: Access, clock: Clock | None = None
) -> AsyncIterator[App]:
    """Open AMMO for what a verb needs, and close everything it opened.

    ``none``: no data. ``read``: the ledger, read-only (a home without one gets it). ``write``: the lock and the ledger.

    Raises:
        LockedError: another process owns the data directory.
        DamagedError: the ledger cannot be trusted.
    """
    async with AsyncExitStack() as stack:
        ledger = await _open_ledger(loaded.settings, access, stack)
        yield App(
            loaded=loaded,
            plugins=await asyncio.to_thread(load_plugins, loaded.settings),
            clock=clock or WallClock(),
            access=access,
            _ledger=ledger,
            _stack=stack,
        )


async def _open_ledger(
    settings: Settings, access: Access, stack: AsyncExitStack
) -> SqliteLedger | None:
    if access == "none":
        return None
    place = folders(settings)
    if access == "write" or not await asyncio.to_thread(place.ledger.exists):
        lock = await asyncio.to_thread(DataLock.acquire, place.data)
        stack.callback(lock.release)
        ledger = await SqliteLedger.open(place.ledger, free_space_mb=settings.free_space_mb)
    else:
        ledger = await SqliteLedger.open(place.ledger, read_only=True)
    stack.push_async_callback(ledger.close)
    return ledger


def provider_of(plugins: Plugins, model_id: str) -> ModelProvider:
    """Return the provider that a model id names: the part before the first slash.

    Raises:
        MissingPartError: no plugin offers it.
    """
    name = model_id.partition("/")[0]
    found = {p.name: p for p in plugins.models()}
    if name not in found:
        broken = [f"{s.name}: {s.fault}" for s in plugins.states if s.fault]
        raise MissingPartError(
            f"model {model_id!r}: no plugin offers {name!r} (installed: {', '.join(sorted(found)) or 'none'})",
            hint="; ".join(broken) or f"pip install ammo-{name}",
        )
    return found[name]


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
