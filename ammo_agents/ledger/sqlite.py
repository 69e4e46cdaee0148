"""The ledger port on SQLite: reads beside the loop, writes one after the other."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Self
from weakref import WeakValueDictionary

from ammo_agents.ledger import (
    archive,
    backup,
    budgets,
    compositions,
    erase,
    erase_subspace,
    health,
    moving,
    reads,
    stamps,
    writes,
)
from ammo_agents.ledger.accounts import SqliteAccounts
from ammo_agents.ledger.codec import encode
from ammo_agents.ledger.diary import SqliteDiary
from ammo_agents.ledger.file import LedgerFile
from ammo_agents.ports import (
    Attempt,
    BudgetLimits,
    Collection,
    IndexRow,
    OutboxRow,
    Receipt,
    Spent,
)
from ammo_agents.ports.ledger import Json
from ammo_agents.records import (
    BuddyId,
    Composition,
    Creation,
    CreationId,
    EntityId,
    Fact,
    FactId,
    Feedback,
    FeedbackId,
    Matrix,
    PersonId,
    Placed,
    Preference,
    Rejected,
    Slate,
    SlateId,
    SubspaceId,
    Usage,
    Vector,
)


class SqliteLedger:
    """Facts, creations, slates, feedback, preferences and spend, in one file. See `ports.Ledger`."""

    def __init__(self, file: LedgerFile) -> None:
        self.path = file.path
        self.file = file
        self.diary = SqliteDiary(file)
        self.accounts = SqliteAccounts(file)
        self._effects: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @classmethod
    async def open(cls, path: Path, *, read_only: bool = False, free_space_mb: int = 500) -> Self:
        """Return the ledger at `path`, made or migrated if need be.

        A writer holds the `DataLock` of its folder: the one this process has, else its own.

        Raises:
            LockedError: another process writes here.
            BadInputError: a place that cannot hold a ledger; or nothing to read.
            DamagedError: a file that cannot be trusted.
            VersionError: a newer AMMO made it.
        """
        start = partial(LedgerFile.open, read_only=read_only, free_space_mb=free_space_mb)
        return cls(await asyncio.to_thread(start, path))

    async def close(self) -> None:
        """Finish what is under way, close the file and give the lock back; twice is harmless."""
        await asyncio.to_thread(self.file.close)

    async def publish(
        self, key: str, placed: Placed, facts: Sequence[Fact], fact_vectors: Matrix | None = None
    ) -> Receipt:
        """Keep a creation with its vector and the facts it cites, and their vectors.

        Raises:
            BadInputError: a cited fact that is neither given nor known.
            VectorError: a vector that is no finite unit row of the space's D.
            SpaceMismatchError: the vector of another space.
        """
        return await self.file.write(writes.publish, key, placed, tuple(facts), fact_vectors)

    async def learn(self, key: str, facts: Sequence[Fact], vectors: Matrix) -> Receipt:
        """Keep facts with their vectors; known ids are left as they are."""
        return await self.file.write(writes.learn, key, tuple(facts), vectors)

    async def reject(self, key: str, rejected: Rejected, at: dt.datetime) -> Receipt:
        """Keep why an idea stayed unpublished."""
        return await self.file.write(writes.reject, key, rejected, at)

    async def present(self, key: str, slate: Slate) -> Receipt:
        """Keep a slate; raises `NotFoundError` if it shows what nobody published."""
        return await self.file.write(writes.present, key, slate)

    async def record(self, key: str, feedback: Feedback, preference: Preference) -> Receipt:
        """Keep an act and the preference it leads to.

        Raises:
            NotFoundError: an unknown creation, or a slate that did not show it to this person.
        """
        return await self.file.write(writes.record, key, feedback, preference)

    async def undo(self, key: str, feedback: FeedbackId, preference: Preference) -> Receipt:
        """Take an act of the preference's person back; raises `NotFoundError` for anybody else's."""
        return await self.file.write(writes.undo, key, feedback, preference)

    async def remember_preference(self, key: str, preference: Preference) -> Receipt:
        """Keep a state that was folded anew."""
        return await self.file.write(writes.remember_preference, key, preference)

    async def advance(self, key: str, subspace: SubspaceId, day: dt.date) -> Receipt:
        """Keep how far a subspace's world has come."""
        return await self.file.write(writes.advance, key, subspace, day)

    async def compose(self, key: str, composition: Composition) -> Receipt:
        """Keep one change of the map of subspaces."""
        return await self.file.write(compositions.compose, key, composition)

    async def decompose(self, key: str) -> Composition:
        """Take the newest standing change of the map back and return it; raises `NotFoundError`."""
        return await self.file.write(compositions.decompose, key)

    async def compositions(self) -> Sequence[Composition]:
        """Return the standing changes of the map, oldest first."""
        return await self.file.read(compositions.standing)

    async def bridged(self, subspace: SubspaceId) -> set[tuple[EntityId, EntityId]]:
        """Return which entities of a subspace have a card that stands on a fact of an entity elsewhere."""
        return await self.file.read(compositions.bridged, subspace)

    async def guests(self, subspace: SubspaceId) -> list[Placed]:
        """Return the creations of other subspaces that live in this one too, with their places."""
        return await self.file.read(compositions.guests, subspace)

    async def move(self, key: str, to: Mapping[str, str], *rows: Mapping[str, Vector]) -> Receipt:
        """Place all creations and facts (`rows`, by id) in another space, or change nothing."""
        return await self.file.write(moving.move, key, to, *rows)

    async def reserve(
        self,
        key: str,
        spender: str,
        at: dt.datetime,
        worst: Usage,
        limits: BudgetLimits,
        creations: int = 0,
    ) -> Receipt:
        """Book the worst case for the UTC day of `at`; raises `BudgetError` and books nothing."""
        day, want = at.astimezone(dt.UTC).date(), budgets.worst_case(worst, creations)
        request = budgets.reservation_request(key, spender, day, want)
        return await self.file.write(budgets.reserve, request, spender, day, want, limits)

    async def settle(self, key: str, reservation: str, usage: Usage | None) -> Receipt:
        """Replace a reservation by what was used; None keeps the worst case."""
        return await self.file.write(budgets.settle, key, reservation, usage)

    async def set_meta(self, name: str, value: str) -> None:
        """Write one stamp."""
        await self.file.write(stamps.set_meta, name, value)

    async def save_blob(self, name: str, blob: bytes) -> None:
        """Keep a named binary; raises `ConflictError` for the same name with other bytes."""
        await self.file.write(stamps.save_blob, name, blob)

    async def effect(self, key: str, make: Callable[[], Awaitable[Json]]) -> Json:
        """Return the stored result of `key`, or run `make` and store it."""
        gate = self._effects.setdefault(key, asyncio.Lock())
        async with gate:
            kept = await self.file.read(reads.scalar, "SELECT json FROM effects WHERE key = ?", key)
            if kept is None:
                kept = await self.file.write(stamps.keep_effect, key, encode(await make()))
        return json.loads(kept)

    async def projected(self, index: str, seq: int) -> None:
        """Note that `index` has applied the outbox up to `seq`."""
        await self.file.write(stamps.set_projected, index, seq)

    async def forget(self, person: PersonId) -> Mapping[str, int]:
        """Erase every row of a person; the caller then starts a new index generation."""
        return await self.file.alone(partial(erase.forget, path=self.path, person=person))

    async def forget_subspace(self, subspace: SubspaceId) -> Mapping[str, int]:
        """Erase every row of a subspace; the caller stops its writers first and renews the index."""
        task = partial(erase_subspace.forget_subspace, path=self.path, subspace=subspace)
        return await self.file.alone(task)

    async def backup(self, target: Path, *, also: Sequence[Path] = ()) -> Path:
        """Write a new folder under `target` with the ledger, the files of `also` and their hashes."""
        return await self.file.alone(partial(backup.write, target=target, also=tuple(also)))

    async def export(self, target: Path, person: PersonId | None = None) -> Path:
        """Write one archive (JSON lines, README, hashes) of everything, or of what one person left."""
        return await self.file.read(archive.write, target, person)

    async def import_archive(self, source: Path) -> Mapping[str, int]:
        """Fill this empty ledger from an archive; any fault in it, and nothing is written."""
        rows = await asyncio.to_thread(archive.read, source)
        return await self.file.write(archive.fill, rows)

    async def canonical_hash(self) -> str:
        """Return the hash over everything that must survive; equal before and after a restore."""
        return await self.file.read(archive.canonical_hash)

    async def health(self) -> health.Health:
        """Return what ``ammo doctor`` shows of the ledger."""
        return await self.file.read(health.look, self.path)

    async def meta(self, name: str) -> str | None:
        """Return a stamp."""
        query = "SELECT value FROM meta WHERE name = ?"
        return await self.file.read(reads.scalar, query, name)

    async def blob(self, name: str) -> bytes | None:
        """Return a named binary."""
        return await self.file.read(reads.scalar, "SELECT bytes FROM blobs WHERE name = ?", name)

    async def day(self, subspace: SubspaceId) -> dt.date | None:
        """Return how far a subspace's world has come."""
        query = "SELECT day FROM worlds WHERE subspace = ?"
        day = await self.file.read(reads.scalar, query, subspace)
        return None if day is None else dt.date.fromisoformat(day)

    async def creation(self, id: CreationId) -> Creation:
        """Return one creation by id or unique prefix; raises `NotFoundError`."""
        return await self.file.read(reads.creation, id)

    async def creations(
        self,
        *,
        subspace: SubspaceId | None = None,
        buddy: BuddyId | None = None,
        since: dt.date | None = None,
        limit: int | None = None,
    ) -> list[Creation]:
        """Return creations, newest first; `since` filters by the day they speak of."""
        return await self.file.read(reads.creations, subspace, buddy, since, limit)

    async def vectors(
        self, *, subspace: SubspaceId | None = None, since: dt.date | None = None
    ) -> tuple[list[CreationId], Matrix]:
        """Return ids (sorted) and unit rows of creations, shape (n, D)."""
        return await self.file.read(reads.vectors, subspace, since)

    async def fact(self, id: FactId) -> Fact:
        """Return one fact by id or unique prefix; raises `NotFoundError`."""
        return await self.file.read(reads.fact, id)

    async def facts(
        self,
        *,
        ids: Sequence[FactId] | None = None,
        subspace: SubspaceId | None = None,
        limit: int | None = None,
    ) -> list[Fact]:
        """Return the named facts in order (`NotFoundError` for an unknown one), or the newest."""
        return await self.file.read(reads.facts, ids, subspace, limit)

    async def fact_vectors(self, subspace: SubspaceId) -> tuple[list[FactId], Matrix]:
        """Return ids (sorted) and unit rows of a subspace's facts."""
        return await self.file.read(reads.fact_vectors, subspace)

    async def attempts(
        self, *, subspace: SubspaceId | None = None, limit: int | None = None
    ) -> list[Attempt]:
        """Return rejected ideas, newest first."""
        return await self.file.read(reads.attempts, subspace, limit)

    async def feedback(
        self, person: PersonId, subspace: SubspaceId | None = None
    ) -> list[Feedback]:
        """Return a person's standing acts in log order."""
        return await self.file.read(reads.feedback, person, subspace)

    async def preference(self, person: PersonId, subspace: SubspaceId) -> Preference | None:
        """Return the newest kept state."""
        return await self.file.read(reads.preference, person, subspace)

    async def slate(self, id: SlateId) -> Slate:
        """Return one slate; raises `NotFoundError`."""
        return await self.file.read(reads.slate, id)

    async def slates(
        self, person: PersonId, subspace: SubspaceId | None = None, *, limit: int | None = None
    ) -> list[Slate]:
        """Return slates, newest first."""
        return await self.file.read(reads.slates, person, subspace, limit)

    async def seen(
        self,
        person: PersonId,
        subspace: SubspaceId | None = None,
        *,
        but_not: Sequence[str] = (),
    ) -> set[CreationId]:
        """Return what was shown to a person, in one feed or all, leaving out the slates of `but_not`."""
        return await self.file.read(reads.seen, person, subspace, but_not)

    async def said(self, person: PersonId) -> str:
        """Return two stamps with ``|`` between: they change with what a person says, and with what they are shown."""
        return str(await self.file.read(reads.said, person))

    async def shown_in(self, person: PersonId, creation: CreationId) -> SlateId | None:
        """Return the newest slate in which the person saw it."""
        return await self.file.read(reads.shown_in, person, creation)

    async def presented_days(self, person: PersonId) -> int:
        """Return on how many UTC days a slate was presented."""
        return await self.file.read(reads.presented_days, person)

    async def spent(self, spender: str, day: dt.date) -> Spent:
        """Return what a spender used and reserved on a UTC day; ``name*`` sums a prefix."""
        return await self.file.read(budgets.spent, spender, day)

    async def outbox(self, after: int, limit: int = 500) -> list[OutboxRow]:
        """Return changes after `after`, oldest first."""
        return await self.file.read(reads.outbox, after, limit)

    async def projected_seq(self, index: str) -> int:
        """Return how far `index` has come; 0 at first."""
        query = "SELECT seq FROM projected WHERE name = ?"
        return await self.file.read(reads.scalar, query, index) or 0

    async def index_rows(
        self, collection: Collection, ids: Sequence[str] | None = None
    ) -> list[IndexRow]:
        """Return what an index should hold."""
        return await self.file.read(reads.index_rows, collection, ids)

    async def counts(self) -> Mapping[str, int]:
        """Return rows of each kind."""
        return await self.file.read(reads.counts)
