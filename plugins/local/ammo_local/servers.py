"""The child that answers now, and how another takes over when an adapter is asked for that it has not loaded.

llama.cpp loads adapters at its start only. The new child starts beside the old one, takes every later call,
and the old one ends when its last call has (training.md 5.3). Nobody waits for it but the call that asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ammo_agents.errors import AdapterError, AmmoError
from ammo_agents.records import Mix
from ammo_local.child import Child

MOST = 8
"""Adapters that one child has loaded; beyond them the one that was asked for longest ago goes."""


class Nursery(Protocol):
    """Makes the children of one model."""

    def child(self, adapters: Sequence[str]) -> Child:
        """Return a child, not started, that will load these adapters at scale 0."""
        ...

    def usable(self, adapter: str) -> None:
        """Check an adapter for this model, every byte; blocking.

        Raises:
            AdapterError: unknown, altered, or of another base.
        """
        ...


@dataclass(slots=True, eq=False)
class Server:
    """A child with what it has loaded, and the calls that it still owes an answer."""

    child: Child
    adapters: tuple[str, ...] = ()
    """In the order of llama.cpp's numbers."""
    calls: int = 0
    retired: bool = False

    def lora(self, mixture: Sequence[Mix]) -> list[dict[str, Any]]:
        """Return the whole list that goes with a call: whatever it does not name has scale 0.

        A call without the list, or with a part of it, would leave the rest to what llama.cpp assumes.
        """
        scales = {mix.id: mix.scale for mix in mixture}
        return [
            {"id": number, "scale": scales.get(adapter, 0.0)}
            for number, adapter in enumerate(self.adapters)
        ]


@dataclass(slots=True)
class Servers:
    """Gives every call the child that has its adapters; without a nursery there is one child and no adapter."""

    now: Server
    nursery: Nursery | None = None
    switches: int = 0
    """How often another child took over."""
    _switch: asyncio.Task[None] | None = None
    _wanted: dict[str, int] = field(default_factory=dict)
    """Adapter → number of the call that last asked for it."""
    _ending: set[asyncio.Task[None]] = field(default_factory=set)
    _draining: list[Server] = field(default_factory=list)
    """Retired servers that still owe an answer."""
    _asked: int = 0
    _tried: tuple[str, ...] = ()
    """Adapters that the last switch was made for."""

    async def enter(self, adapters: Sequence[str]) -> Server:
        """Return a server that runs and has these adapters loaded; `leave` it when the call is over.

        Raises:
            AdapterError: one of them cannot be loaded; the old server stays as it was.
            ModelCrashedError: no child starts.
        """
        while True:
            await self.load(adapters)
            server = self.now
            server.calls += 1
            try:
                await server.child.ready()
            except BaseException as error:
                self.leave(server)
                if not await self._went_bad(server, error, adapters):
                    raise
            else:
                return server

    def leave(self, server: Server) -> None:
        """Say that a call is over; a server that was replaced ends with its last one."""
        server.calls -= 1
        if server.retired and not server.calls:
            self._end(server)

    async def close(self) -> None:
        """End every child, also those that still owe an answer."""
        if self._switch is not None:
            await asyncio.wait([self._switch])
        every = [self.now, *self._draining]
        await asyncio.gather(*(one.child.close() for one in every), *self._ending)

    async def load(self, adapters: Sequence[str]) -> None:
        """Return when the server of now has these adapters; others are served meanwhile.

        Raises:
            AdapterError: one of them cannot be loaded; the old server stays as it was.
        """
        self._asked += 1
        self._wanted.update(dict.fromkeys(adapters, self._asked))
        while not set(adapters) <= set(self.now.adapters):
            if self.nursery is None:
                raise AdapterError(
                    f"this model takes no adapters, and was asked for {', '.join(adapters)}",
                    hint="Use a model whose card says adapters: ammo models list",
                )
            if self._switch is None or self._switch.done():
                self._switch = asyncio.create_task(self._switched(self.nursery, tuple(adapters)))
            # Shielded: whoever gives up leaves the switch, which others wait for too, alone.
            switch = self._switch
            try:
                await asyncio.shield(switch)
            except AmmoError:
                if set(adapters) & set(self._tried):
                    raise

    async def _switched(self, nursery: Nursery, adapters: tuple[str, ...]) -> None:
        """Start a child that has these adapters too, let it take over, and retire the old one."""
        self._tried = adapters
        for adapter in adapters:
            await asyncio.to_thread(nursery.usable, adapter)
        recent = sorted(set(self.now.adapters) - set(adapters), key=lambda a: -self._wanted.get(a, 0))  # fmt: skip
        loaded = tuple(sorted({*adapters, *recent[: max(0, MOST - len(adapters))]}))
        fresh = Server(nursery.child(loaded), loaded)
        try:
            await fresh.child.ready()
        except AmmoError as error:
            await fresh.child.close()
            if isinstance(error, AdapterError):
                raise
            raise AdapterError(
                f"the model does not start with {', '.join(adapters)}: {error.message}",
                hint="The base still answers. Pack the adapter again: ammo train run",
            ) from error
        self._replace(fresh)

    async def _went_bad(
        self, server: Server, error: BaseException, adapters: Sequence[str]
    ) -> bool:
        """Go on without adapters that are no longer whole, when a crashed child cannot start again for them."""
        if self.nursery is None or not isinstance(error, AdapterError) or server is not self.now:
            return isinstance(error, AdapterError) and server is not self.now
        bad = {adapter for adapter in server.adapters if await self._is_bad(adapter)}
        if not bad or bad & set(adapters):
            return False
        kept = tuple(adapter for adapter in server.adapters if adapter not in bad)
        self._replace(Server(self.nursery.child(kept), kept))
        return True

    async def _is_bad(self, adapter: str) -> bool:
        assert self.nursery is not None
        try:
            await asyncio.to_thread(self.nursery.usable, adapter)
        except AdapterError:
            return True
        return False

    def _replace(self, fresh: Server) -> None:
        old, self.now = self.now, fresh
        self.switches += 1
        old.retired = True
        self._draining.append(old)
        if not old.calls:
            self._end(old)

    def _end(self, server: Server) -> None:
        self._draining.remove(server)
        task = asyncio.create_task(server.child.close())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
