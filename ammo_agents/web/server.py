"""The process behind the pages: one running AMMO, its loops, and how far it has come in starting."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ammo_agents.app import App
from ammo_agents.errors import AmmoError
from ammo_agents.ports import Subspace
from ammo_agents.records import BuddyId, PersonId, SubspaceId
from ammo_agents.round import abroad, profile, seeds
from ammo_agents.round.contact import Watch
from ammo_agents.round.world import learn_standing
from ammo_agents.runtime import Runtime
from ammo_agents.views import inbox
from ammo_agents.web.gate import LOOPBACK
from ammo_agents.web.metrics import Metrics

ENOUGH = 48
"""Cards nobody has looked at beyond which no buddy writes."""
FRESH = 4
"""Cards that are written at a start all the same: a new home has seeds, and something made just now."""
WATCH_EVERY = 60.0
"""Seconds between two looks at what might be worth writing to somebody about."""
ADDRESS = "server.json"
"""File in the data folder that says where the running server listens."""
Warmth = Literal["cold", "warming", "ready", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of the protocol's feed, and what it was made from."""

    person: PersonId
    subspace: SubspaceId
    shows: int
    """`Companion.shows` when it was made."""
    body: bytes


@dataclass(slots=True)
class Server:
    """What every request shares. Pages are served before the heavy parts are open."""

    app: App
    port: int = 8642
    base: str = "http://127.0.0.1:8642"
    """Where a browser of this machine reaches it."""
    hosts: frozenset[str] = LOOPBACK
    days_per_minute: float = 4.0
    behind_tls: bool = False
    """A TLS proxy stands in front: cookies are marked secure."""
    accounts: bool = False
    """Several people log in with accounts of their own."""
    loops: bool = True
    """Let the buddies write; off in tests and while the owner has paused everything."""
    runtimes: dict[SubspaceId, Runtime] = field(default_factory=dict)
    warmth: Warmth = "cold"
    fault: str = ""
    """Why the heavy parts could not be opened; pages are served all the same."""
    writing: dict[BuddyId, str] = field(default_factory=dict)
    """Who is writing now, and at which step."""
    planted: Sequence[seeds.Planted] = ()
    metrics: Metrics = field(default_factory=Metrics)
    pages: dict[tuple[str, bytes], Page] = field(default_factory=dict)
    """Pages of the protocol's feed that were made, by secret and query."""
    checks: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The newest report of each plugin that was held to its contract from a page."""
    plans: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The newest plan of a training run that each person asked for from a page, and what was asked."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process is asked to end: streams close."""
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _writers: dict[SubspaceId, asyncio.Task[None]] = field(default_factory=dict)

    async def begin(self) -> None:
        """Make ready what the first page needs: seed cards and the person's buddy; no model, no embedder."""
        self.app.parts.leaving.append(self.leave)
        self.app.parts.arriving.append(self.arrive)
        self.app.parts.pens.waited_for = self._waited_for
        subspaces = self.app.plugins.subspaces()
        self.planted = await seeds.plant_seeds(self.app.ledger, subspaces, self.app.settings)
        with suppress(AmmoError):
            await self.app.companion()

    async def warm(self) -> None:
        """Open embedder, model, index and world, then let the loop run; a fault is kept and told."""
        self.warmth = "warming"
        try:
            await self.app.embedder()
            await self.app.companion()
            if self.loops:
                chosen = await profile.read(
                    self.app.ledger.diary, self.app.person, self.app.settings
                )
                for feed in {self.app.settings.subspace, chosen.subspace} - {""}:
                    for name in abroad.places(self.app, feed):
                        await self.start(name)
            self.warmth = "ready"
            self.spawn(self._watch())
            self.spawn(self._learn())
        except AmmoError as error:
            self.warmth, self.fault = "failed", f"{error.message} {error.hint}".strip()

    async def start(self, subspace: str) -> Runtime:
        """Let the buddies of a subspace write; starting twice is harmless."""
        space = self.app.subspace(subspace)
        async with self.app.parts.locks[f"runtime/{space.id}"]:
            if space.id not in self.runtimes:
                self.runtimes[space.id] = await self._started(space)
        return self.runtimes[space.id]

    async def _started(self, space: Subspace) -> Runtime:
        world = await self.app.world(space.id)
        companion = await self.app.companion(space.id)
        runtime = Runtime(
            world=world,
            index=await self.app.index(),
            seconds_per_day=60.0 / self.days_per_minute,
            waiting=companion.waiting,
            most_waiting=max(ENOUGH, companion.waiting() + FRESH),
            progress=self._progress,
        )
        runtime.on_report = lambda _: self.writing.clear()
        self._writers[space.id] = self.spawn(self._run(runtime))
        return runtime

    def _waited_for(self, subspace: SubspaceId) -> bool:
        """Return whether who looks at a subspace has less than one slate left there."""
        runtime = self.runtimes.get(subspace)
        return runtime is not None and runtime.waiting() < self.app.settings.slots

    async def leave(self, subspace: SubspaceId) -> None:
        """End the buddies of a subspace that is taken away: a round that is being written is given up."""
        async with self.app.parts.locks[f"runtime/{subspace}"]:
            runtime = self.runtimes.pop(subspace, None)
            writer = self._writers.pop(subspace, None)
            if runtime is not None:
                runtime.stop()
            if writer is not None:
                writer.cancel()
                await asyncio.gather(writer, return_exceptions=True)
        self.pages.clear()

    async def arrive(self, subspaces: Sequence[Subspace]) -> None:
        """Plant the seeds of subspaces that have just come; their loops start when somebody looks."""
        planted = await seeds.plant_seeds(self.app.ledger, subspaces, self.app.settings)
        names = {space.id for space in subspaces}
        self.planted = [*(p for p in self.planted if p.subspace not in names), *planted]
        if self.warmth == "ready":
            self.spawn(self._learn())

    def follow(self, subspace: str) -> None:
        """Let the buddies of a subspace that somebody looks at write, once the heavy parts are open."""
        if self.loops and self.warmth == "ready" and subspace:
            self.spawn(self._begin(subspace))

    async def _begin(self, subspace: str) -> None:
        try:
            for name in abroad.places(self.app, subspace):
                await self.start(name)
        except AmmoError as error:
            self.fault = error.message

    async def pause(self, subspace: str) -> None:
        """Stop the buddies of a subspace after the round that is being written."""
        runtime = self.runtimes.pop(SubspaceId(subspace), None)
        if runtime is not None:
            runtime.stop()

    def poke(self) -> None:
        """Say that somebody looked: loops that are full look again."""
        for runtime in self.runtimes.values():
            runtime.poke()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run work beside the requests until the server ends."""
        task = asyncio.create_task(work)
        self._tasks.append(task)
        task.add_done_callback(self._tasks.remove)
        return task

    async def close(self) -> None:
        """Stop every loop: a round that is being written is given up, what was published stands."""
        self.stopping.set()
        for runtime in self.runtimes.values():
            runtime.stop()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _learn(self) -> None:
        """Place the standing facts of every subspace, once a home: a first question then finds them placed."""
        embedder = await self.app.embedder()
        for space in self.app.plugins.subspaces():
            facts = (await self.app.knowledge(space)).facts
            try:
                await learn_standing(self.app.ledger, embedder, space.id, facts)
            except AmmoError as error:
                self.fault = error.message

    async def _watch(self) -> None:
        """Look every minute, for everybody at home, whether something is worth writing about (W13)."""
        watches: dict[PersonId, Watch] = {}
        try:
            while True:
                for person in await self._people():
                    if person not in watches:
                        watches[person] = inbox.watch_of(self.app.of(person), url=self.base)
                    try:
                        await watches[person].tick()
                    except AmmoError as error:
                        self.fault = error.message
                await asyncio.sleep(WATCH_EVERY)
        finally:
            for watch in watches.values():
                if watch.mail is not None:
                    await watch.mail.close()

    async def _people(self) -> list[PersonId]:
        accounts = await self.app.ledger.accounts.accounts()
        return [self.app.person, *(a.person for a in accounts if a.person != self.app.person)]

    async def _run(self, runtime: Runtime) -> None:
        try:
            await runtime.run()
        except AmmoError as error:
            self.fault = error.message

    def _progress(self, buddy: BuddyId, step: str) -> None:
        self.writing[buddy] = step


@asynccontextmanager
async def announced(folder: Path, *, port: int, base: str) -> AsyncIterator[None]:
    """Say in the data folder where this server listens, while the body runs."""
    place = folder / ADDRESS
    text = json.dumps({"port": port, "base": base, "pid": os.getpid()})
    await asyncio.to_thread(place.write_text, text, encoding="utf-8")
    try:
        yield
    finally:
        await asyncio.to_thread(place.unlink, missing_ok=True)
