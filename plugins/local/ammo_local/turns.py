"""Lets calls with the same adapters go together: llama.cpp puts no others into one batch (its pull request 10994)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ammo_agents.records import Mix

Key = tuple[Mix, ...]
PATIENCE_S = 5.0
"""Seconds a call waits for its turn; then it goes beside the others, which is right too and only slower."""


@dataclass(slots=True)
class Turns:
    """One adapter set at a time, in the order they came; who waits too long goes anyway."""

    patience_s: float = PATIENCE_S
    now: Key = ()
    """The set whose turn it is."""
    _inside: int = 0
    _waiting: deque[tuple[Key, asyncio.Event]] = field(default_factory=deque)

    @asynccontextmanager
    async def of(self, key: Key) -> AsyncIterator[None]:
        """Run the body in a turn of `key`."""
        if self._inside and (key != self.now or self._waiting):
            await self._wait(key)
        else:
            self.now = key
            self._inside += 1
        try:
            yield
        finally:
            self._left()

    async def _wait(self, key: Key) -> None:
        """Return inside: let in by who left, or without a turn when it took too long."""
        place = (key, asyncio.Event())
        self._waiting.append(place)
        try:
            async with asyncio.timeout(self.patience_s):
                await place[1].wait()
        except TimeoutError:
            if not place[1].is_set():
                self._waiting.remove(place)
                self._inside += 1
        except asyncio.CancelledError:
            if place[1].is_set():
                self._left()
            else:
                self._waiting.remove(place)
            raise

    def _left(self) -> None:
        """Count one out; the last lets in whoever has waited longest, and all who wait with the same set."""
        self._inside -= 1
        if self._inside or not self._waiting:
            return
        self.now = self._waiting[0][0]
        for place in [place for place in self._waiting if place[0] == self.now]:
            self._waiting.remove(place)
            self._inside += 1
            place[1].set()
