"""Runs: whatever takes longer than a request has a durable, numbered log, and a stream is a view of it.

An answer, a card being written, a round. Entries are named after AG-UI's events. A text on its way is
kept in pieces of about 60 ms, so that a fast model does not make a commit of every token.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ammo_agents.errors import AmmoError, NotFoundError
from ammo_agents.ports import Diary, Entry
from ammo_agents.records import PersonId

KIND = "run"
BATCH = 0.06
"""Seconds that pieces of a text are gathered for one entry."""
QUIET = 15.0
"""Seconds without an entry after which a follower hears that there is none."""
MOST = 500
"""Entries a follower takes at once."""
STARTED, FINISHED, ERROR = "RUN_STARTED", "RUN_FINISHED", "RUN_ERROR"
STEP, STEP_OVER = "STEP_STARTED", "STEP_FINISHED"
TEXT, PIECE, TEXT_OVER = "TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END"
CUSTOM = "CUSTOM"
OVER = frozenset({FINISHED, ERROR})
State = Literal["live", "finished", "stopped", "failed", "interrupted"]
BROKEN: Mapping[str, Any] = {
    "type": ERROR,
    "code": "interrupted",
    "message": "AMMO ended while this was being said; what was said until then is kept.",
    "fix": "Try again.",
}


@dataclass(slots=True)
class Run:
    """One run that is going on: whoever does the work tells it what happens."""

    diary: Diary
    id: str
    person: PersonId
    kind: str
    batch: float = BATCH
    about: dict[str, Any] = field(default_factory=dict)
    """What is known of it while it goes on."""
    number: int = 0
    """Entries kept so far."""
    state: State = "live"
    stopping: bool = False
    """Somebody pressed Stop."""
    _waiting: list[str] = field(default_factory=list)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _timer: asyncio.TimerHandle | None = None
    _flushing: asyncio.Task[None] | None = None
    _message: str = ""

    async def tell(self, type: str, **body: Any) -> int:
        """Keep one event, after every piece said before it; return its number in the diary."""
        await self.flush()
        async with self._turn:
            return await self._keep({"type": type, **body})

    async def custom(self, name: str, value: Any) -> int:
        """Keep an event of AMMO's own."""
        return await self.tell(CUSTOM, name=name, value=value)

    async def open(self, message: str, **about: Any) -> None:
        """Begin a message; its pieces follow."""
        await self.tell(TEXT, message=message, role="assistant", **about)
        self._message = message

    async def say(self, delta: str) -> None:
        """Add a piece to the open message; it is kept within `batch` seconds."""
        self._waiting.append(delta)
        if self._flushing is not None and self._flushing.done():
            await self._flushed()  # a full disk ends the run here
        if self._timer is None and self._flushing is None:
            self._timer = asyncio.get_running_loop().call_later(self.batch, self._due)

    async def close(self) -> None:
        """End the open message."""
        if self._message:
            await self.flush()
            message, self._message = self._message, ""
            await self.tell(TEXT_OVER, message=message)

    async def flush(self) -> None:
        """Keep what was said and waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await self._flushed()
        await self._write()

    async def end(self, outcome: State, **body: Any) -> None:
        """Keep how it ended, once."""
        if self.state == "live":
            await self.close()
            self.state = outcome
            await self.tell(ERROR if outcome in {"failed", "interrupted"} else FINISHED, **body)

    def _due(self) -> None:
        self._timer = None
        self._flushing = asyncio.get_running_loop().create_task(self._write())

    async def _flushed(self) -> None:
        task, self._flushing = self._flushing, None
        if task is not None:
            await task

    async def _write(self) -> None:
        async with self._turn:
            text, self._waiting = "".join(self._waiting), []
            if text:
                await self._keep({"type": PIECE, "message": self._message, "delta": text})

    async def _keep(self, body: Mapping[str, Any]) -> int:
        key = f"run/{self.id}/{self.number}"
        self.number += 1
        write = self.diary.write(key, self.person, KIND, body, topic=self.id)
        return (await asyncio.shield(write)).seq  # Stop comes between two entries, not inside one


Work = Callable[[Run], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One message of a run, as far as it was said."""

    id: str
    about: Mapping[str, Any]
    """Who says it."""
    text: str
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the log of one run says, however it ended."""

    id: str
    state: State
    about: Mapping[str, Any]
    """The body it was started with: kind, words, thread."""
    messages: Sequence[Spoken]
    step: str
    """The last step that was begun."""
    fault: Mapping[str, Any]
    """code, message and fix of a run that failed or was interrupted."""
    customs: Sequence[tuple[str, Any]]
    """AMMO's own events, in order."""

    @property
    def text(self) -> str:
        """Everything said in it, message after message."""
        return "".join(message.text for message in self.messages)


@dataclass(slots=True)
class Runs:
    """The runs of one process: starts, stops and follows them."""

    diary: Diary
    batch: float = BATCH
    _live: dict[str, tuple[Run, asyncio.Task[None]]] = field(default_factory=dict)
    _mended: set[PersonId] = field(default_factory=set)

    async def start(
        self, person: PersonId, kind: str, words: str, work: Work | None = None, **about: Any
    ) -> Run:
        """Begin a run and return at once; `work` goes on beside the caller, who may also do it alone.

        What a process that died left unended is marked interrupted first. `about` may name the `run`.
        """
        await self.mend(person)
        id = str(about.pop("run", "") or f"r_{uuid.uuid4().hex[:16]}")
        run = Run(self.diary, id, person, kind, batch=self.batch)
        await run.tell(STARTED, run=run.id, kind=kind, words=words, **about)
        if work is not None:
            task = asyncio.create_task(self._doing(run, work), name=f"run {run.id}")
            self._live[run.id] = (run, task)
            task.add_done_callback(lambda _: self._live.pop(run.id, None))
        return run

    async def stop(self, person: PersonId, run: str) -> bool:
        """Stop a run of this person; return False when it is over already.

        Raises:
            NotFoundError: the person has no such run.
        """
        found = self._live.get(run)
        if found is None or found[0].person != person:
            if not await self.diary.newest(person, kind=KIND, topic=run, limit=1):
                raise NotFoundError(f"no run {run!r}", hint="It may be of another person.")
            return False
        going, task = found
        going.stopping = True
        task.cancel()
        await asyncio.wait([task])
        await going.end("stopped", state="stopped")  # one that had not begun yet
        return going.state == "stopped"

    async def done(self, run: str) -> None:
        """Return when a run of this process has ended; at once if it has."""
        found = self._live.get(run)
        if found is not None:
            await asyncio.wait([found[1]])

    def live(self, person: PersonId) -> tuple[Run, ...]:
        """Return the person's runs that are going on in this process."""
        return tuple(run for run, _ in self._live.values() if run.person == person)

    async def told(self, person: PersonId, run: str, *, until: int | None = None) -> Told | None:
        """Return what a run's log says, up to a number of the diary; None if the person has no such run."""
        entries = await self.diary.entries(person, kind=KIND, topic=run)
        read = [e.body for e in entries if until is None or e.seq <= until]
        if not read:
            return None
        return told(run, read, live=run in self._live or len(read) < len(entries))

    async def mend(self, person: PersonId) -> None:
        """Mark the person's runs that no process is working on as interrupted; once a process."""
        if person in self._mended:
            return
        self._mended.add(person)
        for id, last in (await self.diary.latest(person, KIND)).items():
            if last.body.get("type") not in OVER and id not in self._live:
                key = f"run/{id}/interrupted"
                await self.diary.write(key, person, KIND, BROKEN, topic=id)

    async def follow(
        self,
        person: PersonId,
        after: int,
        *,
        kinds: Collection[str] = (KIND,),
        quiet: float = QUIET,
    ) -> AsyncGenerator[Entry | None, None]:
        """Yield the person's entries of these kinds above `after`, in order, for ever; None when it is quiet."""
        await self.mend(person)
        while True:
            found = await self.diary.entries(person, after=after, limit=MOST)
            for entry in found:
                after = entry.seq
                if entry.kind in kinds:
                    yield entry
            if not found and not await self.diary.wait(person, after, quiet):
                yield None

    async def close(self) -> None:
        """End every run as interrupted; what was said is kept."""
        tasks = [task for _, task in self._live.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _doing(self, run: Run, work: Work) -> None:
        try:
            await work(run)
            await run.end("finished", state="finished")
        except asyncio.CancelledError:
            if not run.stopping:
                await run.end("interrupted", **{k: BROKEN[k] for k in ("code", "message", "fix")})
                raise
            await run.end("stopped", state="stopped")
        except AmmoError as error:
            await run.end("failed", code=error.code, message=error.message, fix=error.hint)
        finally:
            await run.end("failed", code="AMMO-0000", message="a bug in AMMO", fix="Try again.")


def told(id: str, bodies: Sequence[Mapping[str, Any]], *, live: bool = False) -> Told:
    """Return what a run's events say together."""
    last = bodies[-1]
    return Told(
        id=id,
        state=_state(last, live=live),
        about=bodies[0],
        messages=_spoken(bodies),
        step=next((str(b.get("step", "")) for b in reversed(bodies) if b["type"] == STEP), ""),
        fault={k: last.get(k, "") for k in ("code", "message", "fix")}
        if last["type"] == ERROR
        else {},
        customs=[(str(b["name"]), b.get("value")) for b in bodies if b["type"] == CUSTOM],
    )


def _spoken(bodies: Sequence[Mapping[str, Any]]) -> tuple[Spoken, ...]:
    over = {b["message"] for b in bodies if b["type"] == TEXT_OVER}
    said: dict[str, list[str]] = {b["message"]: [] for b in bodies if b["type"] == TEXT}
    for body in bodies:
        if body["type"] == PIECE:
            said.setdefault(body["message"], []).append(str(body["delta"]))
    about = {b["message"]: b for b in bodies if b["type"] == TEXT}
    return tuple(
        Spoken(id=id, about=about.get(id, {}), text="".join(pieces), whole=id in over)
        for id, pieces in said.items()
    )


def _state(last: Mapping[str, Any], *, live: bool) -> State:
    if last["type"] == ERROR:
        return "interrupted" if last.get("code") == "interrupted" else "failed"
    if last["type"] == FINISHED:
        return "stopped" if last.get("state") == "stopped" else "finished"
    return "live" if live else "interrupted"
