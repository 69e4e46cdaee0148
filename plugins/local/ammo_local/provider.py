"""The models of this machine: what there is, what is installed, how to get and open one."""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ammo_agents.adapters.folder import AdapterFolder
from ammo_agents.errors import AmmoError, MissingPartError, TamperedError
from ammo_agents.ports import Embedder, Model, PullProgress
from ammo_agents.records import ModelCard
from ammo_agents.settings import Settings, folders
from ammo_local.files import ModelFolder
from ammo_local.manifests import added, shipped

if TYPE_CHECKING:
    from ammo_local.nursery import Nursery

BATCH = 256
"""Tokens of a prompt evaluated at once: small enough that a given-up call ends soon."""
CACHE_MB = 64
"""Memory for prompt beginnings that no slot holds at the moment."""
PER_CORE_MB = 800
SPARE_MB = 2048
"""Address space beyond three times the model's own need: libraries and thread stacks."""


class LocalModels:
    """The provider ``local``."""

    name = "local"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.folder = ModelFolder(folders(settings).models)

    def cards(self) -> Sequence[ModelCard]:
        """Return every model described by this plugin or by a person's own manifests."""
        found = {card.id: card for card in (*shipped(), *added(self.folder.root))}
        return [self.folder.pinned(card) for card in found.values()]

    def suggest(self, memory_mb: int, cores: int) -> ModelCard:
        """Return the best language model that a machine runs with ease.

        A model fits when it leaves half of `memory_mb` (MiB) to everything else, and when its weights
        stay under 800 MB per core: a token reads all of them once.
        """
        models = [card for card in self.cards() if card.kind == "model"]
        fits = [
            card
            for card in models
            if card.memory_mb <= memory_mb / 2 and card.memory_mb <= cores * PER_CORE_MB
        ]
        ranks = {"tiny": 0, "small": 1, "large": 2}
        return max(
            fits or [min(models, key=lambda card: card.memory_mb)],
            key=lambda card: (ranks[card.capability], card.memory_mb),
        )

    def missing(self, card: ModelCard) -> Sequence[str]:
        """Return the names of files that are not here or not what the manifest says; blocking."""
        absent = []
        for file in self.folder.pinned(card).files:
            try:
                self.folder.check(card, file)
            except (MissingPartError, TamperedError):
                absent.append(file.name)
        return absent

    def pull(self, card: ModelCard, progress: PullProgress) -> None:
        """Bring the model's files here and verify them; see `ammo_local.pull`."""
        puller = importlib.import_module("ammo_local.pull")
        self.folder.root.mkdir(parents=True, exist_ok=True)
        puller.pull(self.folder, self.folder.pinned(card), progress)

    async def open_model(self, model_id: str) -> Model:
        """Return the language model of this id, its process running."""
        card, paths = await asyncio.to_thread(self._files, model_id, "model")
        module = await asyncio.to_thread(importlib.import_module, "ammo_local.model")
        nursery = self._nursery(card, paths[0])
        model: Model = module.LocalModel(card, child := nursery.child(()), nursery)
        try:
            await child.ready()
        except AmmoError:
            await model.close()
            raise
        return model

    async def open_embedder(self, model_id: str) -> Embedder:
        """Return the embedder of this id."""
        card, paths = await asyncio.to_thread(self._files, model_id, "embedder")
        module = await asyncio.to_thread(importlib.import_module, "ammo_local.embedder")
        by_name = {path.suffix: path for path in paths}
        embedder: Embedder = await asyncio.to_thread(
            module.LocalEmbedder, card, by_name[".onnx"], by_name[".json"]
        )
        return embedder

    def _files(self, model_id: str, kind: str) -> tuple[ModelCard, list[Path]]:
        """Return a card and its verified files; no loader sees a file before this (S11)."""
        cards = {card.id: card for card in self.cards() if card.kind == kind}
        if model_id not in cards:
            raise MissingPartError(
                f"no local {kind} {model_id!r}; there are: {', '.join(sorted(cards))}",
                hint="See them with: ammo models list",
            )
        card = cards[model_id]
        return card, [self.folder.check(card, file) for file in card.files]

    def _nursery(self, card: ModelCard, path: Path) -> Nursery:
        module = importlib.import_module("ammo_local.nursery")
        options = {
            "path": str(path),
            "slots": self.settings.model_slots,
            "context": card.context,
            "threads": self.settings.model_threads or os.cpu_count() or 1,
            "batch": BATCH,
            "cache_mb": CACHE_MB,
            "memory_limit_mb": 3 * card.memory_mb + SPARE_MB if card.memory_mb else 0,
        }
        nursery: Nursery = module.Nursery(
            card=card,
            options=options,
            # Also before each restart.
            base=lambda: self.folder.check(card, card.files[0]),
            adapters=AdapterFolder.of(self.settings),
        )
        return nursery
