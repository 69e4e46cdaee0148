"""Builds a running AMMO from settings and plugins: the only place where parts are chosen."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from ammo_agents.adapters.voice import Voices
from ammo_agents.authoring.shelf import Shelf
from ammo_agents.errors import BadInputError, MissingPartError, NotFoundError
from ammo_agents.geometry import Basis
from ammo_agents.goal.guest import Guest
from ammo_agents.hooks import Plugins, load_plugins, provider_of
from ammo_agents.ledger import SqliteLedger
from ammo_agents.ledger.opening import Access as Access
from ammo_agents.ledger.opening import open_ledger
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
    QuietTriggers,
    StoreProvider,
    Subspace,
    Triggers,
    WallClock,
)
from ammo_agents.records import EntityId, GoalBuddy, Knowledge, PersonId, SubspaceId, Vector
from ammo_agents.round import abroad, profile
from ammo_agents.round.commons import Taught, frozen_basis
from ammo_agents.round.commons import taught as taught_by
from ammo_agents.round.companion import Companion
from ammo_agents.round.conversation import Conversation, gate_of
from ammo_agents.round.parts import Parts
from ammo_agents.round.roster import born_from, rostered
from ammo_agents.round.runs import Runs
from ammo_agents.round.sample import sample
from ammo_agents.round.sights import Sights
from ammo_agents.round.world import World, learn_standing
from ammo_agents.settings import Folders, Loaded, Settings, folders

if TYPE_CHECKING:  # LangGraph's weight is for who takes a seat
    from ammo_agents.round.seat import Seat


@dataclass(frozen=True, slots=True)
class App:
    """A running AMMO as one person sees it. Heavy parts (models, embedder, index) are shared by all."""

    loaded: Loaded
    plugins: Plugins
    clock: Clock
    access: Access
    parts: Parts
    who: PersonId | None = None
    """Whose User Buddy answers; None = the person of the settings."""
    shelf: Shelf = field(default_factory=Shelf)
    """What this home holds without code: folders, buddies in files."""

    def of(self, person: PersonId) -> App:
        """Return the same running AMMO as another person sees it."""
        return replace(self, who=person)

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
        if self.parts.ledger is None:
            raise BadInputError("this verb was opened without a ledger", hint="Open it to read.")
        return self.parts.ledger

    @property
    def person(self) -> PersonId:
        """Whose User Buddy this is."""
        return self.who or PersonId(self.settings.person)

    @property
    def voices(self) -> Voices:
        """Which adapters there are, and which of them writes for whom (W18)."""
        return Voices.of_home(self.ledger.diary, self.settings)

    @property
    def runs(self) -> Runs:
        """What takes longer than a request in this process, with its durable logs."""
        if self.parts.runs is None:
            self.parts.runs = Runs(self.ledger.diary)
            self.parts.stack.push_async_callback(self.parts.runs.close)
        return self.parts.runs

    def subspace(self, name: str | None = None) -> Subspace:
        """Return an installed subspace; None = the one of the settings.

        Raises:
            NotFoundError: it is not installed, or its plugin is disabled.
            PluginError: its plugin is withheld by policy, lock or switch; it names the changed file and the way out.
        """
        wanted = name or self.settings.subspace
        if district := abroad.district(self, wanted):
            return abroad.as_subspace(district)
        found = {s.id: s for s in self.plugins.subspaces()}
        if wanted not in found:
            if error := self.plugins.missing("subspaces", wanted):
                raise error
            broken = [f"{s.name}: {s.fault}" for s in self.plugins.states if s.fault]
            raise NotFoundError(
                f"no subspace {wanted!r} is installed (installed: {', '.join(sorted(found)) or 'none'})",
                hint="; ".join(broken) or f"pip install ammo-subspace-{wanted}",
            )
        return found[SubspaceId(wanted)]

    async def knowledge(self, subspace: Subspace) -> Knowledge:
        """Return a subspace's knowledge base, loaded once; of a district what its subspaces know together."""
        if district := abroad.district(self, subspace.id):
            return await abroad.known_to(self, district)
        known = self.parts.knowledge
        async with self.parts.locks[f"knowledge/{subspace.id}"]:
            if subspace.id not in known:
                known[subspace.id] = await asyncio.to_thread(subspace.knowledge)
        return known[subspace.id]

    async def buddies(self, subspace: Subspace) -> list[GoalBuddy]:
        """Return the Goal Buddies of a subspace: its own (or one per entity of its graph), plugins' and files' (W6)."""
        knowledge = await self.knowledge(subspace)
        own = born_from(knowledge) if subspace.buddies is None else subspace.buddies(knowledge)
        return self.shelf.joined(subspace.id, own, self.plugins.buddies())

    async def model(self, name: str = "") -> Model:
        """Return the language model of the settings, or another by its id, metered against the day's budget."""
        wanted, kept = name or self.settings.model, self.parts.models
        async with self.parts.locks[f"model/{wanted}"]:
            if wanted not in kept:
                inner = await provider_of(self.plugins, wanted).open_model(wanted)
                self.parts.stack.push_async_callback(inner.close)
                metered = MeteredModel.from_settings(inner, self.ledger, self.settings, self.clock)
                metered.observer = Sights(self.ledger.diary).saw
                kept[wanted] = metered
        return kept[wanted]

    async def embedder(self) -> Embedder:
        """Return the consensus embedder, checked against the stamp of the space (W1)."""
        async with self.parts.locks["embedder"]:
            if self.parts.embedder is None:
                provider = provider_of(self.plugins, self.settings.embedder)
                embedder = await provider.open_embedder(self.settings.embedder)
                self.parts.stack.push_async_callback(embedder.close)
                await MetaSpace.open(self.ledger, embedder)
                self.parts.embedder = embedder
        return self.parts.embedder

    async def place(self, text: str) -> Vector:
        """Return a text's unit row in the space; the embedder is opened when first needed."""
        row: Vector = (await (await self.embedder()).embed([text]))[0]
        return row

    async def index(self) -> Index:
        """Return the vector index: ready at once on exact search, Chroma joins in the background."""
        async with self.parts.locks["index"]:
            if self.parts.index is None:
                embedder = await self.embedder()
                self.parts.index = await Index.open(
                    self.ledger,
                    self.store_provider(),
                    self.folders.index,
                    dim=embedder.dim,
                    space=embedder.fingerprint,
                )
                self.parts.stack.push_async_callback(self.parts.index.close)
        return self.parts.index

    def store_provider(self) -> StoreProvider:
        """Return the store of the settings; raises `MissingPartError` when no plugin offers it."""
        offered: tuple[StoreProvider, ...] = (ExactStores(), *self.plugins.stores())
        stores = {store.name: store for store in offered}
        if self.settings.store not in stores:
            if error := self.plugins.missing("stores", self.settings.store):
                raise error
            raise MissingPartError(
                f"no store {self.settings.store!r} is installed (installed: {', '.join(sorted(stores))})",
                hint=f"pip install ammo-{self.settings.store}, or use AMMO_STORE=exact",
            )
        return stores[self.settings.store]

    async def basis(self) -> Basis:
        """Return the frame of φ: the kept one, or one fitted on the subspace's own texts at first.

        Fitting needs the embedder; afterwards a verb that only reads or learns does without it.
        """
        async with self.parts.locks["basis"]:
            return await frozen_basis(self.ledger, self.embedder, self._sample)

    async def living(self, subspace: Subspace) -> LivingMatrix:
        """Return the exact matrix of a subspace's living creations, loaded from the ledger."""
        async with self.parts.locks[f"living/{subspace.id}"]:
            if subspace.id not in self.parts.living:
                day = await self.ledger.day(subspace.id)
                since = None if day is None else day - dt.timedelta(days=self.settings.days_live)
                loaded = await LivingMatrix.load(self.ledger, subspace.id, since=since)
                await abroad.welcome(self, loaded)
                self.parts.living[subspace.id] = loaded
        return self.parts.living[subspace.id]

    async def companion(self, name: str | None = None) -> Companion:
        """Return the User Buddy of this person in a subspace."""
        subspace = self.subspace(name)
        async with self.parts.locks[f"companion/{self.person}/{subspace.id}"]:
            found = self.parts.companions.get((self.person, subspace.id))
            if found is None or not abroad.fits(self, found):
                found = self.parts.companions[self.person, subspace.id] = await self._met(subspace)
        await found.catch_up()
        return found

    async def _met(self, subspace: Subspace) -> Companion:
        """Return a User Buddy that has read what the ledger holds of its person."""
        if district := abroad.district(self, subspace.id):
            return await abroad.travelling(self, district)
        taught = await self.taught(subspace)
        chosen = await profile.read(self.ledger.diary, self.person, self.settings)
        world = self.parts.worlds.get(subspace.id)
        companion = Companion(
            person=self.person,
            subspace=subspace.id,
            settings=profile.applied(chosen, self.settings),
            clock=self.clock,
            ledger=self.ledger,
            frame=taught.frame,
            prior=taught.prior,
            circles=taught.circles,
            living=await abroad.feed(self, subspace),
            actions=subspace.actions,
            place=self.place,
            mix=chosen.mix,
            heard=None if world is None else world.hear,
        )
        await companion.load()
        return companion

    async def taught(self, subspace: Subspace) -> Taught:
        """Return what this person's User Buddy begins with: the basis, and what other people teach."""
        return await taught_by(self.ledger, subspace.id, self.person, await self.basis())

    async def teach_again(self, subspace: Subspace) -> None:
        """Give every open User Buddy what the kept community teaches it now."""
        for (person, where), companion in list(self.parts.companions.items()):
            if where == subspace.id:
                await companion.load(await self.of(person).taught(subspace))

    def seat(self, companion: Companion) -> Companion | Seat:
        """Return where this person sits: a seat that waits, if somebody has sat down, else the companion."""
        return self.parts.seats.get((companion.person, companion.subspace), companion)

    async def world(self, name: str | None = None, *, start: dt.date | None = None) -> World:
        """Return a subspace's world, on the day it had reached, ready to play rounds.

        Raises:
            BadInputError: `start` is given, but this home's world has begun already.
        """
        subspace = self.subspace(abroad.home_of(self, name or self.settings.subspace))
        kept = await self.ledger.day(subspace.id)
        if start is not None and kept is not None:
            raise BadInputError(
                f"the {subspace.title} world of this home has reached {kept}, it cannot start at {start}",
                hint="Go on without --from, or begin a new home: ammo --home FOLDER up --from DATE",
            )
        first = start if kept is None else kept + dt.timedelta(days=1)
        await self.companion(subspace.id)
        world = await self._world(subspace, await self._triggers(subspace, first))
        await world.prepare()
        self.parts.worlds[subspace.id] = world
        for (_, where), one in self.parts.companions.items():
            if where == subspace.id:
                one.heard = world.hear
        return world

    async def rehearsal(self, name: str | None = None, *more: GoalBuddy) -> World:
        """Return a world that is not the running one: on its day, from the archive, with these buddies too.

        Nothing that is written in it is kept, and no day of it is.
        """
        subspace = self.subspace(name)
        day = await self.ledger.day(subspace.id)
        first = None if day is None else day + dt.timedelta(days=1)
        triggers = await self._triggers(subspace, first, live=False)
        await self.companion(name)
        world = await self._world(subspace, triggers, more)
        await world.look()
        return world

    async def _world(
        self, subspace: Subspace, triggers: Triggers, more: Sequence[GoalBuddy] = ()
    ) -> World:
        buddies = {b.id: b for b in (*await self.buddies(subspace), *more)}
        knowledge, evidence = await self.knowledge(subspace), self.plugins.evidence()
        embedder = await self.embedder()
        return World(
            settings=self.settings,
            subspace=subspace,
            knowledge=knowledge,
            triggers=triggers,
            buddies=buddies,
            clock=self.clock,
            ledger=self.ledger,
            embedder=embedder,
            model=await self.model(),
            space=embedder.fingerprint,
            living=await self.living(subspace),
            visibility=partial(self._visibility, subspace.id),
            evidence=evidence,
            models=self.model,
            voices=self.voices,
            graphs={g.name: Guest(g) for g in self.plugins.graphs()},
            roster=await rostered(subspace, knowledge, list(buddies.values()), evidence),
            bridges=await abroad.ahead(self, subspace),
            settled=partial(abroad.settle, self),
            pens=self.parts.pens,
        )

    def _visibility(self, subspace: SubspaceId, vector: Vector, entity: EntityId) -> float:
        """Return P(e ∈ S) of a creation that is not published yet: the mean over the people at home here (W8)."""
        here = [c for (_, where), c in self.parts.companions.items() if where == subspace]
        return sum(c.visibility(vector, entity) for c in here) / len(here) if here else 0.0

    async def conversation(self, name: str | None = None) -> Conversation:
        """Return what talking in a subspace needs; its standing facts are learned at first."""
        subspace = self.subspace(abroad.home_of(self, name or self.settings.subspace))
        embedder = await self.embedder()
        known = await self.knowledge(subspace)
        await learn_standing(self.ledger, embedder, subspace.id, known.facts)
        entities = {e.id: e for e in known.entities}
        try:
            model: Model | None = await self.model()
        except MissingPartError:  # the facts can be quoted without one
            model = None
        return Conversation(
            subspace=subspace.id,
            ledger=self.ledger,
            embedder=embedder,
            model=model,
            voices=self.voices,
            gate=gate_of(subspace.wordings, entities),
        )

    async def _triggers(
        self, subspace: Subspace, start: dt.date | None, *, live: bool = True
    ) -> Triggers:
        if subspace.triggers is None:
            return QuietTriggers(start or self.clock.now().date())
        online = live and self.settings.live and not self.settings.offline
        options = FeedOptions(start=start, live=online)
        return await asyncio.to_thread(subspace.triggers, options)

    async def _sample(self) -> list[str]:
        subspace = self.subspace()
        world = await self._triggers(subspace, None)
        return sample(subspace.title, world.knowledge(), await self.knowledge(subspace))


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
        ledger = await open_ledger(loaded.settings, access, stack)
        plugins = await asyncio.to_thread(load_plugins, loaded.settings)
        parts = Parts(ledger=ledger, stack=stack, compositions=await abroad.changes(ledger))
        parts.pens.most = loaded.settings.model_slots
        yield App(
            loaded=loaded,
            plugins=plugins,
            shelf=await asyncio.to_thread(Shelf.attached, plugins),
            clock=clock or WallClock(),
            access=access,
            parts=parts,
        )
