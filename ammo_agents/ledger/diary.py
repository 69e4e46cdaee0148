"""The diary in SQLite: entries that only grow in number, and a bell for those who wait for one."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import re
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ammo_agents.errors import BadInputError, ConflictError, DamagedError
from ammo_agents.ledger.codec import body_hash, decode, encode
from ammo_agents.ledger.connect import wiping
from ammo_agents.ledger.faults import RESTORE
from ammo_agents.ledger.file import LedgerFile
from ammo_agents.ledger.log import check_key
from ammo_agents.ports.diary import Entry, Written
from ammo_agents.records import PersonId

LARGEST = 256_000
"""Bytes of one body."""
KIND = re.compile(r"[a-z][a-z0-9_-]{0,63}")
TOPIC_LENGTH = 512
NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""A NUL as canonical JSON writes it, and not the six letters that look like it."""
COLUMNS = "seq, person, kind, topic, at, json"


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as it goes into its table."""

    person: PersonId
    key: str
    kind: str
    topic: str
    at: str
    text: str
    said: bytes
    """Hash of kind, topic and body: a retry at another time says the same."""


class SqliteDiary:
    """Every person's entries in one order. See `ports.Diary`."""

    def __init__(self, file: LedgerFile) -> None:
        self._file = file
        self._bell = Bell()

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
        """Keep one entry under a key of the person's; raises `ConflictError` or `BadInputError`."""
        line = line_of(key, person, kind, body, topic, at)
        task = asyncio.ensure_future(self._file.write(keep, line))
        # Whoever asked may be cancelled; the entry is kept all the same, and those who wait must hear of it.
        task.add_done_callback(lambda done: self._ring(person, done))
        return await asyncio.shield(task)

    def _ring(self, person: PersonId, done: asyncio.Future[Written]) -> None:
        if not done.cancelled() and done.exception() is None and not done.result().repeated:
            self._bell.ring(person, done.result().seq)

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
        most = -1 if limit is None else max(limit, 0)
        where, values = _chosen(person, kind, topic)
        query = f"SELECT {COLUMNS} FROM diary WHERE {where} AND seq > ? ORDER BY seq LIMIT ?"  # noqa: S608 - our own text
        return await self._file.read(_entries, query, (*values, after, most))

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
        where, values = _chosen(person, kind, topic)
        if before is not None:
            where, values = f"{where} AND seq < ?", (*values, before)
        query = f"SELECT {COLUMNS} FROM diary WHERE {where} ORDER BY seq DESC LIMIT ?"  # noqa: S608 - our own text
        return await self._file.read(_entries, query, (*values, max(limit, 0)))

    async def latest(self, person: PersonId, kind: str) -> Mapping[str, Entry]:
        """Return the newest entry of each topic of a kind."""
        query = (
            f"SELECT {COLUMNS} FROM diary WHERE seq IN (SELECT MAX(seq) FROM diary "  # noqa: S608 - our own text
            "WHERE person = ? AND kind = ? GROUP BY topic) ORDER BY topic"
        )
        found = await self._file.read(_entries, query, (person, kind))
        return {entry.topic: entry for entry in found}

    async def last(self, person: PersonId) -> int:
        """Return the number of the person's newest entry; 0 = none."""
        return await self._file.read(_last, person)

    async def wait(self, person: PersonId, after: int, seconds: float) -> bool:
        """Return True as soon as the person has an entry above `after`, False when `seconds` have passed.

        What this process writes wakes at once; what another one wrote is seen when the time is over.
        """
        with self._bell.heard(person, after) as rung:
            # Asked after listening began: an entry that comes in between is seen by one of both.
            if await self.last(person) > after:
                return True
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(rung.wait(), max(seconds, 0.0))
        return rung.is_set() or await self.last(person) > after

    async def prune(self, person: PersonId, kind: str, *, keep: int) -> int:
        """Drop all but the newest `keep` entries of a kind, overwrite their bytes; return how many went."""
        return await self._file.write(_prune, person, kind, max(keep, 0))


@dataclass(frozen=True, slots=True, eq=False)
class _Ear:
    """One who waits: woken by a number above `after`, on the loop they wait in."""

    after: int
    loop: asyncio.AbstractEventLoop
    rung: asyncio.Event


class Bell:
    """Tells those who wait in this process that a person has a new entry; nobody polls."""

    def __init__(self) -> None:
        self._ears: dict[PersonId, set[_Ear]] = {}
        self._gate = threading.Lock()
        """Loops of several threads may listen and ring."""

    @contextlib.contextmanager
    def heard(self, person: PersonId, after: int) -> Iterator[asyncio.Event]:
        """Yield an event that is set by the person's next entry above `after`."""
        ear = _Ear(after, asyncio.get_running_loop(), asyncio.Event())
        with self._gate:
            self._ears.setdefault(person, set()).add(ear)
        try:
            yield ear.rung
        finally:
            with self._gate:
                self._ears[person].discard(ear)
                if not self._ears[person]:
                    del self._ears[person]

    def ring(self, person: PersonId, seq: int) -> None:
        """Wake those who wait for the person's entries above a number less than `seq`."""
        with self._gate:
            ears = tuple(self._ears.get(person, ()))
        for ear in ears:
            if seq > ear.after:
                # A loop that has ended waits for nothing.
                with contextlib.suppress(RuntimeError):
                    ear.loop.call_soon_threadsafe(ear.rung.set)


def line_of(
    key: str,
    person: PersonId,
    kind: str,
    body: Mapping[str, Any],
    topic: str,
    at: dt.datetime | None,
) -> Line:
    """Return the row of an entry; raises `BadInputError` for one that cannot be kept and read again."""
    check_key(key)
    if not person or not person.isprintable():
        raise BadInputError(f"{person!r} is no person", hint="Give the name of one.")
    if not KIND.fullmatch(kind):
        raise BadInputError(
            f"{kind!r} is no kind of entry", hint="Give 1 to 64 of a-z, 0-9, _ and -."
        )
    if len(topic) > TOPIC_LENGTH or not (topic.isprintable() or not topic):
        raise BadInputError(
            f"a topic of {len(topic)} letters cannot be used",
            hint=f"Give at most {TOPIC_LENGTH} printable letters.",
        )
    if at is not None and at.tzinfo is None:
        raise BadInputError(f"the time {at} has no zone", hint="Times are aware, in UTC.")
    moment = (at or dt.datetime.now(dt.UTC)).astimezone(dt.UTC)
    text = _text(body)
    said = body_hash(kind, topic, text)
    return Line(person, key, kind, topic, moment.isoformat(), text, said)


def _text(body: Mapping[str, Any]) -> str:
    if not isinstance(body, Mapping):
        raise BadInputError(f"{type(body).__name__} is no JSON object", hint="Give an object.")
    text = encode(dict(body))
    if NUL.search(text):
        raise BadInputError("a body holds the letter NUL", hint="Leave it out.")
    size = len(text.encode())
    if size > LARGEST:
        raise BadInputError(
            f"a body of {size} bytes is over {LARGEST}", hint="Keep it in several entries."
        )
    try:
        decode(dict, text)
    except ValueError as error:
        raise BadInputError(
            "a body cannot be read again", hint="It may be nested too deeply."
        ) from error
    return text


def keep(db: sqlite3.Connection, line: Line) -> Written:
    """Write one entry unless its key is known."""
    known = db.execute(
        "SELECT seq, said FROM diary WHERE person = ? AND key = ?", (line.person, line.key)
    ).fetchone()
    if known is None:
        row = (line.person, line.key, line.kind, line.topic, line.at, line.text, line.said)
        cursor = db.execute(
            "INSERT INTO diary (person, key, kind, topic, at, json, said) VALUES (?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        return Written(seq=int(cursor.lastrowid or 0))
    if known[1] != line.said:
        raise ConflictError(
            f"the key {line.key!r} came with two entries, now of kind {line.kind!r}",
            hint="Give every new entry a new key; repeat one only unchanged.",
        )
    return Written(seq=known[0], repeated=True)


def _chosen(
    person: PersonId, kind: str | None, topic: str | None
) -> tuple[str, tuple[str | int, ...]]:
    """Return the condition on whose entries, of which kind and topic, and its values."""
    chosen = {"person": person, "kind": kind, "topic": topic}
    wanted = {name: value for name, value in chosen.items() if value is not None}
    return " AND ".join(f"{name} = ?" for name in wanted), tuple(wanted.values())


def _entries(db: sqlite3.Connection, query: str, values: tuple[str | int, ...]) -> list[Entry]:
    return [_entry(*row) for row in db.execute(query, values)]


def _entry(seq: int, person: str, kind: str, topic: str, at: str, text: str) -> Entry:
    try:
        moment, body = dt.datetime.fromisoformat(at), decode(dict, text)
        if moment.tzinfo is None:
            raise ValueError(at)
    except ValueError as error:
        raise DamagedError(
            f"the ledger holds a row {seq} of diary that is no Entry: it is damaged", hint=RESTORE
        ) from error
    return Entry(seq=seq, person=PersonId(person), kind=kind, topic=topic, at=moment, body=body)


def _last(db: sqlite3.Connection, person: PersonId) -> int:
    row = db.execute("SELECT MAX(seq) FROM diary WHERE person = ?", (person,)).fetchone()
    return int(row[0] or 0)


def _prune(db: sqlite3.Connection, person: PersonId, kind: str, kept: int) -> int:
    with wiping(db):
        return db.execute(
            "DELETE FROM diary WHERE person = :person AND kind = :kind AND seq <= (SELECT seq FROM diary "
            "WHERE person = :person AND kind = :kind ORDER BY seq DESC LIMIT 1 OFFSET :kept)",
            {"person": person, "kind": kind, "kept": kept},
        ).rowcount
