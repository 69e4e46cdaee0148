"""A model that writes with an adapter: the same port, the adapter named in every call, the base when it fails."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace

from ammo_agents.adapters.fitting import misfit
from ammo_agents.adapters.folder import AdapterFolder
from ammo_agents.adapters.registry import Registry
from ammo_agents.errors import AdapterError
from ammo_agents.ports import Diary, Model
from ammo_agents.records import Completion, Mix, Piece, Prompt, Sampling
from ammo_agents.settings import Settings

Told = Callable[[str], None]


class Adapted:
    """Asks a model with an adapter; an adapter that cannot be used leaves the base, and says so once."""

    def __init__(self, model: Model, adapter: str, told: Told) -> None:
        self.card = model.card
        self.adapter = adapter
        self.wrote = False
        """Whether any words came from the adapter."""
        self._model = model
        self._told = told
        self._failed = False

    async def complete(self, prompt: Prompt, sampling: Sampling) -> Completion:
        """Return the whole answer, as `Model.complete` does."""
        try:
            done = await self._model.complete(prompt, self._mixed(sampling))
        except AdapterError as error:
            if self._failed:
                raise
            self._fail(error)
            return await self._model.complete(prompt, sampling)
        self._worked()
        return done

    async def stream(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[Piece]:
        """Yield the answer piece by piece; a model refuses an adapter before the first of them."""
        begun = False
        try:
            async for piece in self._model.stream(prompt, self._mixed(sampling)):
                if not begun:
                    begun = True
                    self._worked()
                yield piece
        except AdapterError as error:
            if begun or self._failed:
                raise
            self._fail(error)
        if not begun and self._failed:
            async for piece in self._model.stream(prompt, sampling):
                yield piece

    async def close(self) -> None:
        """Do nothing: the model belongs to whoever opened it."""

    def _mixed(self, sampling: Sampling) -> Sampling:
        return sampling if self._failed else replace(sampling, adapters=(Mix(id=self.adapter),))

    def _worked(self) -> None:
        self.wrote = self.wrote or not self._failed

    def _fail(self, error: AdapterError) -> None:
        self._failed = True
        self._told(error.message)


@dataclass(frozen=True, slots=True)
class Voices:
    """Gives each buddy the model as it is to write: with its live adapter, or the base and the reason."""

    registry: Registry

    @classmethod
    def of_home(cls, diary: Diary, settings: Settings) -> Voices:
        """Return the voices of the home that these settings name."""
        return cls(Registry(diary, AdapterFolder.of(settings)))

    async def of(
        self,
        model: Model,
        subspace: str,
        buddy: str,
        *,
        told: Told,
        pointers: Mapping[str, str] | None = None,
    ) -> Model:
        """Return `model` with the buddy's live adapter; `told` hears why an adapter does not write, "" = it does."""
        live = await self.registry.live(subspace, buddy, pointers=pointers)
        why = live.fault or ("" if live.manifest is None else misfit(live.manifest, model.card))
        if why:
            told(f"{why}: the base writes")
        if why or not live.adapter:
            return model
        told("")
        return Adapted(model, live.adapter, lambda said: told(f"{said}: the base writes"))


def stamp_of(model: Model | None) -> str:
    """Return the adapter whose words a model gave since it was handed out; empty = the base's."""
    return model.adapter if isinstance(model, Adapted) and model.wrote else ""
