"""Builds a running AMMO from settings and plugins: the only place where parts are chosen."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ammo_agents.errors import BadInputError, MissingPartError, NotFoundError
from ammo_agents.geometry import Basis
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
from ammo_agents.records import EntityId, GoalBuddy, Knowledge, PersonId, SubspaceId
from ammo_agents.round.companion import Companion
from ammo_agents.round.world import World
from ammo_agents.settings import Folders, Loaded, Settings, folders

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
            raise BadInputError("this verb was opened without a ledger", hint="Open it for reading.")
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

    def knowledge(self, subspace: Subspace) -> Knowledge:
        """Return a subspace's knowledge base, loaded once."""
        if subspace.id not in self._knowledge:
            self._knowledge[subspace.id] = subspace.knowledge()
        return self._knowledge[subspace.id]

    def buddies(self, subspace: Subspace) -> list[GoalBuddy]:
        """Return the Goal Buddies of a subspace: its own, or one per entity of its graph (W6)."""
        knowledge = self.knowledge(subspace)
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
        stores: dict[str, StoreProvider] = {s.name: s for s in (ExactStores(), *self.plugins.stores())}
        if self.settings.store not in stores:
            raise MissingPartError(
                f"no store {self.settings.store!r} is installed (installed: {', '.join(sorted(stores))})",
                hint=f"pip install ammo-{self.settings.store}, or use AMMO_STORE=exact",
            )
        return stores[self.settings.store]
