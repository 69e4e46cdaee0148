"""A diary in memory, with the promises of `ports.diary` and nothing on disk."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from ammo_agents.errors import BadInputError, ConflictError
from ammo_agents.ports import Entry, Written
from ammo_agents.records import PersonId

LARGEST = 256 * 1024


class MemoryDiary:
    """Keeps entries in a list; what it gave is lost with the process."""

    def __init__(self) -> None:
        self.all: list[Entry] = []
        self._keys: dict[tuple[PersonId, str], Entry] = {}
        self._news = asyncio.Event()

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
        """Keep one entry under an idempotency key, which is the person's own."""
        text = json.dumps(dict(body), allow_nan=False)
        if len(text) > LARGEST:
            raise BadInputError("the body is too large", hint="Keep less.")
        before = self._keys.get((person, key))
        if before is not None:
            if (before.kind, before.topic, dict(before.body)) != (kind, topic, json.loads(text)):
                raise ConflictError(f"key {key!r} came with another body", hint="Use a new key.")
            return Written(seq=before.seq, repeated=True)
        entry = Entry(
            seq=1 + (self.all[-1].seq if self.all else 0),
            person=person,
            kind=kind,
            topic=topic,
            at=at or dt.datetime.now(dt.UTC),
            body=json.loads(text),
        )
        self.all.append(entry)
        self._keys[person, key] = entry
        self._news.set()
        self._news = asyncio.Event()
        return Written(seq=entry.seq)

    async def entries(
        self,
        person: PersonId,
        *,
        kind: str | None = None,
        topic: str | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> list[Entry]:
        """Return the entries above `after`, in order."""
        return [e for e in self._of(person, kind, topic) if e.seq > after][:limit]

    async def newest(
        self,
        person: PersonId,
        *,
        kind: str | None = None,
        topic: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[Entry]:
        """Return the last `limit` entries below `before`, newest first."""
        found = [e for e in self._of(person, kind, topic) if before is None or e.seq < before]
        return found[::-1][:limit]

    async def latest(self, person: PersonId, kind: str) -> Mapping[str, Entry]:
        """Return the newest entry of each topic of a kind."""
        return {e.topic: e for e in self._of(person, kind, None)}

    async def last(self, person: PersonId) -> int:
        """Return the number of the person's newest entry; 0 = none."""
        return max((e.seq for e in self._of(person, None, None)), default=0)

    async def wait(self, person: PersonId, after: int, seconds: float) -> bool:
        """Return True as soon as the person has an entry above `after`, False when `seconds` have passed."""
        try:
            async with asyncio.timeout(seconds):
                while await self.last(person) <= after:
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    async def prune(self, person: PersonId, kind: str, *, keep: int) -> int:
        """Drop all but the newest `keep` entries of a kind; return how many went."""
        old = [e.seq for e in self._of(person, kind, None)]
        gone = set(old[: max(0, len(old) - keep)])
        self.all = [e for e in self.all if e.seq not in gone]
        return len(gone)

    def _of(self, person: PersonId, kind: str | None, topic: str | None) -> list[Entry]:
        return [
            e
            for e in self.all
            if e.person == person and kind in {None, e.kind} and topic in {None, e.topic}
        ]
