"""The always-on loop: subspaces wake buddies, budgets hold them, people are never waited for (W9)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from ammo_agents.errors import AmmoError, DamagedError, DiskFullError
from ammo_agents.metaspace.index import Index
from ammo_agents.round import Progress, Report, play
from ammo_agents.round.world import World

AUDIT_EVERY = 96
"""Rounds between two audits of the index: live rows that no longer find themselves have it rebuilt."""
State = Literal["starting", "writing", "resting", "full", "over", "stopped", "failed"]


@dataclass(slots=True)
class Runtime:
    """Plays rounds of one world until told to stop.

    Back-pressure: while `waiting()` (cards nobody has looked at) is at `most_waiting`, no round is
    played and no token is spent. A round that fails is kept as `fault`, and the next one is tried
    after a rest that doubles up to five minutes; a damaged ledger or a full disk ends the loop.
    """

    world: World
    index: Index | None = None
    per_round: int = 4
    most_waiting: int = 48
    seconds_per_day: float = 15.0
    """Least seconds between two days of the world."""
    waiting: Callable[[], int] = lambda: 0
    progress: Progress | None = None
    on_report: Callable[[Report], None] | None = None
    state: State = "starting"
    fault: str = ""
    rounds: int = 0
    published: int = 0
    rejected: int = 0
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        """Ask the loop to end after the round that is being played."""
        self._stop.set()
        self._wake.set()

    def poke(self) -> None:
        """Say that somebody looked: a loop that is full looks again at once."""
        self._wake.set()

    async def run(self, *, rounds: int | None = None) -> None:
        """Play rounds until stopped, until the world is over, or `rounds` times."""
        pause = 1.0
        while not self._stop.is_set() and (rounds is None or self.rounds < rounds):
            if self.waiting() >= self.most_waiting:
                self.state = "full"
                await self._wait(self._wake, 60.0)
                continue
            started = asyncio.get_running_loop().time()
            try:
                report = await self.once()
            except (DamagedError, DiskFullError) as error:
                self.state, self.fault = "failed", error.message
                raise
            except AmmoError as error:
                self.fault = error.message
                pause = min(2 * pause, 300.0)
                await self._wait(self._stop, pause)
                continue
            pause, self.fault = 1.0, ""
            if report.over:
                self.state = "over"
                return
            self.state = "resting"
            spent = asyncio.get_running_loop().time() - started
            if rounds is None:
                await self._wait(self._stop, max(0.0, self.seconds_per_day - spent))
        self.state = "stopped"

    async def once(self) -> Report:
        """Play one round and let the index hear of it."""
        self.state = "writing"
        report = await play(self.world, most=self.per_round, progress=self.progress)
        self.rounds += 1
        self.published += len(report.published)
        self.rejected += len(report.rejected)
        if self.index is not None:
            await self.index.catch_up()
            if self.rounds % AUDIT_EVERY == 0:
                await self.index.audit()
        if self.on_report is not None:
            self.on_report(report)
        return report

    async def _wait(self, event: asyncio.Event, seconds: float) -> None:
        """Wait until `event` is set or `seconds` have passed; a wake-up counts once."""
        if event is self._wake and not self._stop.is_set():
            event.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
