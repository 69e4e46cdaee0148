"""The diary: what happened to one person in order, beside the acts that move their preference (W12, W13).

Messages of a talk, steps of a run, notices, passive signals and choices of settings are entries. Every
entry has a number that only grows, so a stream is a view of the diary that can be taken up anywhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ammo_agents.records import PersonId

SOCIETY = PersonId("society")
"""Whose entries belong to nobody: what Goal Buddies saw and did. No account can have this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was kept."""

    seq: int
    """Its number in the diary of the whole home; larger is later."""
    person: PersonId
    kind: str
    """A slug: ``message``, ``run``, ``notice``, ``signal``, ``choice``, ``sight`` …"""
    topic: str
    """What it belongs to: a thread, a run, a notice, a setting. May be empty."""
    at: dt.datetime
    body: Mapping[str, Any]
    """A JSON object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What keeping an entry answered."""

    seq: int
    repeated: bool = False
    """The same key with the same body was kept before: nothing changed."""


class Diary(Protocol):
    """Append-only, one order, durable before it answers."""

    async def write(
        self,
        key: str,
        person: PersonId,
        kind: str,
        body: Mapping[str, Any],
        *,
        topic: str = "",
        at: dt.datetime | None = None,
    ) -> Written:
        """Keep one entry under an idempotency key, which is the person's own; `at` is aware, None = now.

        Raises:
            ConflictError: the key came with another kind, topic or body before.
            BadInputError: a key, kind or topic that cannot be used, or a body that is no JSON object or over 256 kB.
        """
        ...

    async def entries(
        self,
        person: PersonId,
        *,
        kind: str | None = None,
        topic: str | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> list[Entry]:
        """Return the entries above `after`, in order; None = of every kind or topic."""
        ...

    async def newest(
        self,
        person: PersonId,
        *,
        kind: str | None = None,
        topic: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[Entry]:
        """Return the last `limit` entries below `before` (None = of all), newest first."""
        ...

    async def latest(self, person: PersonId, kind: str) -> Mapping[str, Entry]:
        """Return the newest entry of each topic of a kind."""
        ...

    async def last(self, person: PersonId) -> int:
        """Return the number of the person's newest entry; 0 = none."""
        ...

    async def wait(self, person: PersonId, after: int, seconds: float) -> bool:
        """Return True as soon as the person has an entry above `after`, False when `seconds` have passed."""
        ...

    async def prune(self, person: PersonId, kind: str, *, keep: int) -> int:
        """Drop all but the newest `keep` entries of a kind that is only a window; return how many went."""
        ...
