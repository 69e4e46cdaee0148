"""The index over the ledger: exact search at once, the store when it has been looked at, a breaker between (D6).

Reads never fail for the store's sake: whatever it does, the exact rows answer. The first fault at
run time opens the breaker and it stays open; there is no retry loop. A damaged generation is set
aside and a new one is built from the ledger in the background.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ammo_agents.errors import AmmoError, BadInputError, DamagedError, SpaceMismatchError
from ammo_agents.metaspace.audit import Audit, compare, self_queries
from ammo_agents.metaspace.exact import ExactStore
from ammo_agents.metaspace.follower import Follower, Source, outbox_end
from ammo_agents.metaspace.generations import Generations, Pointer
from ammo_agents.ports import Clause, Collection, Hit, Store, StoreProvider
from ammo_agents.records import Vector

GRACE_S = 5.0
"""Seconds a close waits for a store that is still being opened."""


class Index:
    """One MetaSpace's vectors, searchable; a projection that can be thrown away."""

    def __init__(
        self, ledger: Source, provider: StoreProvider, root: Path, *, dim: int, space: str
    ) -> None:
        self.dim = dim
        self.space = space
        self._ledger = ledger
        self._provider = provider
        self._generations = Generations(root)
        self._exact = Follower(ledger, ExactStore(dim))
        self._primary: Follower | None = None
        self._generation = ""
        self._fault = ""
        self._rebuilt = ""
        self._work: asyncio.Task[None] | None = None
        self._closed = False
        self._faulty: list[Store] = []

    @classmethod
    async def open(
        cls, ledger: Source, provider: StoreProvider, root: Path, *, dim: int, space: str
    ) -> Index:
        """Return the index, ready on exact search; the store joins in the background.

        Args:
            ledger: the truth it is a projection of.
            provider: the store that is wanted.
            root: the folder of the generations.
            dim: D of the space.
            space: fingerprint of the space.
        """
        index = cls(ledger, provider, root, dim=dim, space=space)
        index._exact.seq = await outbox_end(ledger)
        await index._exact.fill()
        await index._exact.follow()
        index._work = asyncio.create_task(index._guarded(index._join()), name="index")
        return index

    async def search(
        self, collection: Collection, query: Vector, k: int, *, where: Sequence[Clause] = ()
    ) -> list[Hit]:
        """Return at most `k` hits, best first: from the store, or exactly while it does not serve."""
        primary = self._primary
        if primary is not None:
            try:
                return await primary.store.search(collection, query, k, where=where)
            except BadInputError:
                raise
            except Exception as error:  # noqa: BLE001 - a store is a plugin: its first fault opens the breaker
                self._trip(error)
        return await self._exact.store.search(collection, query, k, where=where)

    async def catch_up(self) -> int:
        """Apply what the outbox brought; return how many changes. Waits for no store that is being opened."""
        changes = await self._exact.follow()
        if self._primary is not None and not self._busy:
            await self._guarded(self._follow(self._primary))
        return changes

    def health(self) -> dict[str, Any]:
        """Say how the index is: ``ok``, ``starting`` or ``degraded: index``, who serves, and why."""
        if self._primary is not None:
            state, serving = "ok", self._provider.name
        else:
            state, serving = ("degraded: index" if self._fault else "starting"), "exact"
        return {
            "state": state,
            "serving": serving,
            "store": self._provider.name,
            "generation": self._generation,
            "reason": self._fault,
            "rebuilt_because": self._rebuilt,
        }

    async def settled(self) -> None:
        """Wait until the store serves, or is known not to."""
        if self._work is not None:
            await asyncio.shield(self._work)

    async def verify(self, sample: int | None = None) -> dict[str, Any]:
        """Compare the store with the ledger, row by row, and query rows for themselves (None = all).

        Returns ``rows`` (that should be there), ``missing``, ``extra``, ``changed``, ``unfound``,
        their sum ``wrong``, and examples. While the store does not serve, every row is missing.
        """
        await self._exact.follow()
        primary = self._primary
        if primary is None:
            found = Audit(rows=await self._count(), missing=await self._count())
            return {**found.plain(), "reason": self._fault or "the store is not open yet"}
        found = Audit()
        await self._guarded(self._audited(primary, found, sample))
        if self._primary is None:
            found = Audit(rows=found.rows, missing=found.rows)
        elif found.wrong:
            self._trip(DamagedError(found.summary, hint="ammo metaspace rebuild"))
        return {**found.plain(), "reason": self._fault}

    async def audit(self, sample: int = 200) -> dict[str, Any]:
        """Verify a sample, as every night does, and build a new generation if anything is wrong (F14).

        A graph that has seen many updates and deletes may no longer reach some of its rows.
        """
        found = await self.verify(sample)
        if found["wrong"]:
            self._rebuilt = str(found["reason"])
            await self.rebuild()
        return found

    async def rebuild(self) -> None:
        """Build a new generation from the ledger, point to it, and remove the old one.

        Raises:
            DamagedError: the store could not be built; exact search goes on serving.
        """
        await self.settled()
        await self._drop_faulty()
        await self._run(self._build())
        if self._primary is None:
            raise DamagedError(
                f"the index could not be rebuilt: {self._fault}", hint="See: ammo doctor"
            )

    async def forget(self) -> None:
        """Start a new generation from what the ledger still holds, and remove every older folder (S5b)."""
        await self.settled()
        self._exact = Follower(self._ledger, ExactStore(self.dim), await outbox_end(self._ledger))
        await self._exact.fill()
        await self.rebuild()
        await asyncio.to_thread(self._generations.forget_bad)

    async def close(self) -> None:
        """Close the store cleanly; one that is still being opened is given up after some seconds."""
        if self._closed:
            return
        self._closed = True
        if self._work is not None and not self._work.done():
            await asyncio.wait([self._work], timeout=GRACE_S)
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
        if self._primary is not None:
            await self._guarded(self._let_go(self._primary))
        await self._drop_faulty()

    async def _drop_faulty(self) -> None:
        """Let go of stores behind an open breaker; nothing they still raise matters."""
        faulty, self._faulty = self._faulty, []
        await asyncio.gather(*(store.close() for store in faulty), return_exceptions=True)

    @property
    def _busy(self) -> bool:
        return self._work is not None and not self._work.done()

    async def _run(self, work: Any) -> None:
        self._work = asyncio.create_task(self._guarded(work), name="index")
        await asyncio.shield(self._work)

    async def _guarded(self, work: Any) -> None:
        """Do something with the store; its first fault, of whatever kind, opens the breaker."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - a store is a plugin: its first fault opens the breaker
            self._trip(error)

    def _trip(self, error: Exception) -> None:
        if self._primary is not None:
            self._faulty.append(self._primary.store)
        self._primary = None
        self._fault = (
            error.message if isinstance(error, AmmoError) else f"{type(error).__name__}: {error}"
        )

    async def _join(self) -> None:
        """Open the generation in use, or build one when there is none that can be trusted."""
        pointer = await asyncio.to_thread(self._generations.current)
        if pointer is None or pointer.store != self._provider.name:
            await self._build()
            return
        try:
            self._primary = await self._opened(pointer.generation)
            self._generation = pointer.generation
        except (DamagedError, SpaceMismatchError) as error:
            self._rebuilt = self._fault = error.message
            await asyncio.to_thread(self._generations.set_aside, pointer.generation)
            await self._build()

    async def _opened(self, generation: str) -> Follower:
        """Return a generation that holds what the ledger holds.

        Raises:
            DamagedError: it does not.
        """
        closed = await asyncio.to_thread(self._generations.take_closed, generation)
        heard = await self._ledger.projected_seq(self._named(generation))
        store = await self._open(generation)
        follower = Follower(self._ledger, store, heard)
        try:
            await self._follow(follower, generation)
            found = await compare(
                store, self._exact.store, rows=closed != heard, again=self._both(follower)
            )
            if found.wrong:
                raise DamagedError(
                    f"index {generation}: {found.summary}", hint="It is rebuilt from the ledger."
                )
        except BaseException:
            await store.close()
            raise
        return follower

    async def _build(self) -> None:
        """Fill a new generation from the ledger, switch to it, and close and remove the old one."""
        generation = await asyncio.to_thread(self._generations.begin)
        end = await outbox_end(self._ledger, self._exact.seq)
        store = await self._open(generation)
        follower = Follower(self._ledger, store, end)
        try:
            await follower.fill()
            await self._follow(follower, generation)
        except BaseException:
            await store.close()
            raise
        old, self._primary, self._generation = self._primary, follower, generation
        if old is not None:
            await old.store.close()
        pointer = Pointer(generation, self._provider.name)
        await asyncio.to_thread(self._generations.switch, pointer)
        self._fault = ""

    async def _open(self, generation: str) -> Store:
        folder = self._generations.folder(generation)
        return await self._provider.open(folder, dim=self.dim, space=self.space)

    async def _follow(self, follower: Follower, generation: str = "") -> None:
        before = follower.seq
        await follower.follow()
        if follower.seq != before or generation:
            await self._ledger.projected(self._named(generation or self._generation), follower.seq)

    async def _let_go(self, primary: Follower) -> None:
        await self._follow(primary)
        await primary.store.close()
        await asyncio.to_thread(self._generations.note_closed, self._generation, primary.seq)

    async def _audited(self, primary: Follower, found: Audit, sample: int | None) -> None:
        await self._follow(primary)
        exact = self._exact.store
        found.take(await compare(primary.store, exact, rows=True, again=self._both(primary)))
        found.unfound += await self_queries(primary.store, exact, sample)

    def _both(self, follower: Follower) -> Any:
        async def again() -> None:
            await self._exact.follow()
            await follower.follow()

        return again

    async def _count(self) -> int:
        counts = [
            await self._exact.store.count(c) for c in ("creations", "knowledge", "preferences")
        ]
        return sum(counts)

    def _named(self, generation: str) -> str:
        return f"{self._provider.name}/{generation}"
