"""Makes the children of one model: which files they load, and the check of every byte before each start (S11)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ammo_agents.adapters.fitting import misfit
from ammo_agents.adapters.folder import AdapterFolder
from ammo_agents.adapters.manifest import GGUF
from ammo_agents.errors import AdapterError, AmmoError
from ammo_agents.records import ModelCard
from ammo_local.child import Child

FOR_ADAPTERS_MB = 1024
"""Address space for all adapters of a child: their files, twice, and what they compute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nursery:
    """Makes the children of one model."""

    card: ModelCard
    options: Mapping[str, object]
    base: Callable[[], object]
    """Refuses a base that is not its manifest's."""
    adapters: AdapterFolder

    def child(self, adapters: Sequence[str]) -> Child:
        """Return a child, not started, that will load these adapters at scale 0."""
        child = Child(dict(self.options) if not adapters else self._with(adapters))

        def check() -> None:
            self.base()
            for adapter in adapters:
                self.usable(adapter)

        child.check = check
        return child

    def usable(self, adapter: str) -> None:
        """Check an adapter for this model, every byte of it; blocking.

        Raises:
            AdapterError: unknown, altered, or of another base.
        """
        try:
            manifest = self.adapters.read(adapter)
        except AmmoError as error:
            raise AdapterError(error.message, hint=error.hint) from error
        if why := misfit(manifest, self.card):
            raise AdapterError(why, hint="Train one for this base: ammo train run")
        if GGUF not in manifest.files:
            raise AdapterError(
                f"adapter {adapter} has no {GGUF}: its base's architecture is not converted",
                hint="Serve it with vLLM, which reads the PEFT files: docs/training.md",
            )

    def _with(self, adapters: Sequence[str]) -> dict[str, object]:
        limit = self.options["memory_limit_mb"]
        return {
            **self.options,
            "adapters": [str(self.adapters.gguf(adapter)) for adapter in adapters],
            "memory_limit_mb": int(str(limit)) + FOR_ADAPTERS_MB if limit else 0,
            # llama.cpp keeps remembered prompts apart by their words and not by the adapters they were read
            # with: 11 of 120 mixed calls went on from another adapter's state, and 0 of 120 without this cache.
            "cache_mb": 0,
        }
