"""The append-only truth, as the rest of AMMO sees it.

Every write is one transaction under an idempotency key: the same key with the same body
returns the stored receipt and changes nothing; with another body it raises `ConflictError`.
Nothing is acknowledged before it is committed (D3, D4).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from ammo_agents.ports.accounts import Accounts
from ammo_agents.ports.diary import Diary
from ammo_agents.ports.store import Collection
from ammo_agents.records import (
    BuddyId,
    Creation,
    CreationId,
    Fact,
    FactId,
    Feedback,
    FeedbackId,
    IdeaKind,
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

Json = Any
"""A JSON value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a write answered: the event's place in the log, and whether it had happened before."""

    seq: int
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One change an index still has to hear about."""

    seq: int
    collection: Collection
    op: Literal["upsert", "delete"]
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRow:
    """What an index keeps of one ledger row."""

    id: str
    vector: Vector = field(compare=False)
    tags: Mapping[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLimits:
    """What may be spent in one day by one spender; None = no limit."""

    creations: int | None = None
    tokens: int | None = None
    money: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a spender has used (and reserved) on one day."""

    creations: int = 0
    tokens: int = 0
    money: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A rejected idea as it is kept: for the rejection rate and its reasons."""

    seq: int
    at: dt.datetime
    buddy: BuddyId
    subspace: SubspaceId
    kind: IdeaKind
    stage: str
    reason: str
    cost: float
    model: str


class Ledger(Protocol):
    """Facts, creations, slates, feedback, preferences and spend: the only state that must survive."""

    @property
    def diary(self) -> Diary:
        """What happened to each person in order, beside their acts."""
        ...

    @property
    def accounts(self) -> Accounts:
        """Who may come in, and with what."""
        ...

    # --- writes: one transaction each ---------------------------------------------------
    async def publish(
        self, key: str, placed: Placed, facts: Sequence[Fact], fact_vectors: Matrix | None = None
    ) -> Receipt:
        """Keep a creation with its vector and the facts it cites (and their vectors, for the knowledge index)."""
        ...

    async def learn(self, key: str, facts: Sequence[Fact], vectors: Matrix) -> Receipt:
        """Keep facts with their vectors, for the knowledge index; known ids are left as they are."""
        ...

    async def reject(self, key: str, rejected: Rejected, at: dt.datetime) -> Receipt:
        """Keep why an idea stayed unpublished."""
        ...

    async def present(self, key: str, slate: Slate) -> Receipt:
        """Keep a slate, with its propensities: these cards were shown to this person."""
        ...

    async def record(self, key: str, feedback: Feedback, preference: Preference) -> Receipt:
        """Keep an act and the preference it leads to."""
        ...

    async def undo(self, key: str, feedback: FeedbackId, preference: Preference) -> Receipt:
        """Take an act back: it stays in the log as undone and is not in `feedback()` any more."""
        ...

    async def remember_preference(self, key: str, preference: Preference) -> Receipt:
        """Keep a state that was folded anew (new basis or prior); a cache, the events are the truth."""
        ...

    async def advance(self, key: str, subspace: SubspaceId, day: dt.date) -> Receipt:
        """Keep how far a subspace's world has come."""
        ...

    async def reserve(
        self,
        key: str,
        spender: str,
        at: dt.datetime,
        worst: Usage,
        limits: BudgetLimits,
        creations: int = 0,
    ) -> Receipt:
        """Book the worst case before a call, for the UTC day of `at`.

        Raises:
            BudgetError: the day's limit would be passed; nothing is booked.
        """
        ...

    async def settle(self, key: str, reservation: str, usage: Usage | None) -> Receipt:
        """Replace a reservation by what was used; None (unknown) keeps the worst case."""
        ...

    async def set_meta(self, name: str, value: str) -> None:
        """Write one stamp (space fingerprint, basis, plugin versions …)."""
        ...

    async def save_blob(self, name: str, blob: bytes) -> None:
        """Keep a named binary (a basis) for good; the same name with other bytes raises `ConflictError`."""
        ...

    async def effect(self, key: str, make: Callable[[], Awaitable[Json]]) -> Json:
        """Return the stored result of `key`, or run `make` and store it: a resumed run never pays twice."""
        ...

    async def projected(self, index: str, seq: int) -> None:
        """Note that `index` has applied the outbox up to `seq`."""
        ...

    async def forget(self, person: PersonId) -> Mapping[str, int]:
        """Erase every row of a person (secure delete and VACUUM) and return how many of each kind."""
        ...

    # --- reads --------------------------------------------------------------------------
    async def meta(self, name: str) -> str | None:
        """Return a stamp."""
        ...

    async def blob(self, name: str) -> bytes | None:
        """Return a named binary."""
        ...

    async def day(self, subspace: SubspaceId) -> dt.date | None:
        """Return how far a subspace's world has come; None before its first day."""
        ...

    async def creation(self, id: CreationId) -> Creation:
        """Return one creation; a unique prefix of at least 4 letters is enough.

        Raises:
            NotFoundError: nobody knows it, or the prefix fits several.
        """
        ...

    async def creations(
        self,
        *,
        subspace: SubspaceId | None = None,
        buddy: BuddyId | None = None,
        since: dt.date | None = None,
        limit: int | None = None,
    ) -> list[Creation]:
        """Return creations, newest first; `since` filters by the day they speak of."""
        ...

    async def vectors(
        self, *, subspace: SubspaceId | None = None, since: dt.date | None = None
    ) -> tuple[list[CreationId], Matrix]:
        """Return ids (sorted) and unit rows of creations, shape (n, D): the exact matrix."""
        ...

    async def fact(self, id: FactId) -> Fact:
        """Return one fact by id or unique prefix; raises `NotFoundError`."""
        ...

    async def facts(
        self,
        *,
        ids: Sequence[FactId] | None = None,
        subspace: SubspaceId | None = None,
        limit: int | None = None,
    ) -> list[Fact]:
        """Return facts: those named, in order, or the newest of a subspace."""
        ...

    async def fact_vectors(self, subspace: SubspaceId) -> tuple[list[FactId], Matrix]:
        """Return ids (sorted) and unit rows of a subspace's facts."""
        ...

    async def attempts(
        self, *, subspace: SubspaceId | None = None, limit: int | None = None
    ) -> list[Attempt]:
        """Return rejected ideas, newest first."""
        ...

    async def feedback(
        self, person: PersonId, subspace: SubspaceId | None = None
    ) -> list[Feedback]:
        """Return a person's standing (not undone) acts in log order."""
        ...

    async def preference(self, person: PersonId, subspace: SubspaceId) -> Preference | None:
        """Return the newest kept state."""
        ...

    async def slate(self, id: SlateId) -> Slate:
        """Return one slate; raises `NotFoundError`."""
        ...

    async def slates(
        self, person: PersonId, subspace: SubspaceId | None = None, *, limit: int | None = None
    ) -> list[Slate]:
        """Return slates, newest first."""
        ...

    async def seen(
        self,
        person: PersonId,
        subspace: SubspaceId | None = None,
        *,
        but_not: Sequence[str] = (),
    ) -> set[CreationId]:
        """Return what was shown to a person, in one feed or all, leaving out the slates of `but_not`."""
        ...

    async def said(self, person: PersonId) -> str:
        """Return two stamps with ``|`` between: they change with what a person says, and with what they are shown."""
        ...

    async def shown_in(self, person: PersonId, creation: CreationId) -> SlateId | None:
        """Return the newest slate in which the person saw it; None = never shown."""
        ...

    async def presented_days(self, person: PersonId) -> int:
        """Return on how many UTC days a slate was presented: days of use."""
        ...

    async def spent(self, spender: str, day: dt.date) -> Spent:
        """Return what a spender used and reserved on a UTC day; a spender ending in ``*`` sums a prefix."""
        ...

    async def outbox(self, after: int, limit: int = 500) -> list[OutboxRow]:
        """Return changes after `after`, oldest first."""
        ...

    async def projected_seq(self, index: str) -> int:
        """Return how far `index` has come; 0 at first."""
        ...

    async def index_rows(
        self, collection: Collection, ids: Sequence[str] | None = None
    ) -> list[IndexRow]:
        """Return what an index should hold: the named ids that live, or all of a collection."""
        ...

    async def counts(self) -> Mapping[str, int]:
        """Return rows of each kind: creations, facts, attempts, slates, feedback, events, diary."""
        ...
