"""Who writes next where many worlds share one model: whoever is waited for, then each world in turn (W9, W11)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ammo_agents.records import SubspaceId


@dataclass(slots=True)
class Pens:
    """As many creations are written at a time as the model has slots, in one process, in whichever world.

    More would only stand in the model's queue, where nobody can be let past. A pen that is laid down
    goes to a world whose reader has less than a slate left; among those, and among the others, to the world
    that has held none for longest; within a world to whoever came first.
    """

    most: int = 2
    waited_for: Callable[[SubspaceId], bool] = lambda _: False
    """Whether somebody who looks at a subspace has nearly nothing left to see there."""
    _held: int = 0
    _turn: int = 0
    _last: dict[SubspaceId, int] = field(default_factory=dict)
    """When each world took a pen last, in turns."""
    _waiting: list[tuple[SubspaceId, asyncio.Event]] = field(default_factory=list)

    @asynccontextmanager
    async def held(self, subspace: SubspaceId) -> AsyncIterator[None]:
        """Run the body with a pen in hand."""
        if self._held < self.most:
            self._take(subspace)
        else:
            await self._wait(subspace)
        try:
            yield
        finally:
            self._lay_down()

    async def _wait(self, subspace: SubspaceId) -> None:
        place = (subspace, asyncio.Event())
        self._waiting.append(place)
        try:
            await place[1].wait()
        except asyncio.CancelledError:
            if place[1].is_set():
                self._lay_down()
            else:
                self._waiting.remove(place)
            raise

    def _take(self, subspace: SubspaceId) -> None:
        self._held += 1
        self._turn += 1
        self._last[subspace] = self._turn

    def _lay_down(self) -> None:
        self._held -= 1
        if not self._waiting:
            return
        place = min(self._waiting, key=self._order)
        self._waiting.remove(place)
        self._take(place[0])
        place[1].set()

    def _order(self, place: tuple[SubspaceId, asyncio.Event]) -> tuple[bool, int]:
        subspace = place[0]
        return not self.waited_for(subspace), self._last.get(subspace, 0)
