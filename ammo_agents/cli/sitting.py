"""``ammo up``: the loop and the feed in one terminal. The buddies go on writing while a person reads."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.status import Status

from ammo_agents import __version__, views
from ammo_agents.app import App, opened
from ammo_agents.cli import chatting, door, faults, lines, paint, paint_asking, session
from ammo_agents.cli.headless import day_of
from ammo_agents.cli.options import FLAGS
from ammo_agents.errors import AmmoError, BadInputError
from ammo_agents.records import BuddyId
from ammo_agents.round import abroad
from ammo_agents.round.companion import Companion
from ammo_agents.round.seat import Seat
from ammo_agents.runtime import Runtime
from ammo_agents.settings import load
from ammo_agents.user.graph import opened as sittings_at

FIRST = 6
"""Cards that wait before the first slate is shown, so that there is something to choose from."""
MORE = 4
"""New cards a further slate waits for while the buddies are writing."""
KEYS = {"l": "like", "s": "skip", "b": "save", "d": "dislike", "x": "hide"}
HELP = (
    "l 2 like · s 2 skip · b 2 save · x 2 never this · u undo · w 2 why · p 2 preview a like · "
    "a 2 WORDS ask about a card · a @bitcoin WORDS ask a buddy · t WORDS say what you want more or less of · "
    "n next slate · y what is believed of me · q quit"
)
ANSWERS = {"+": "like", "-": "dislike", "?": "unknown"}
ANSWER_HELP = "+ I like it · - not for me · ? I do not know it · Enter skip"


def up(
    *,
    subspace: str | None,
    start: str | None,
    speed: float,
    slots: int | None,
    live: bool,
    headless: bool,
) -> None:
    """Start the world of a subspace and sit down at its feed, until `q`, the end of input or a signal."""
    loaded = load({**FLAGS, "subspace": subspace, "slots": slots, "live": live or None})
    console = Console(stderr=True, highlight=False)

    async def main() -> None:
        async with opened(loaded, access="write") as app:
            _greet(console, app)
            with console.status("opening the space …"):
                names = abroad.places(app, subspace or app.settings.subspace)
                worlds = [await app.world(name, start=day_of(start)) for name in names]
                companion = await app.companion(subspace)
                runtime, *beside = [
                    Runtime(
                        world=world,
                        index=await app.index(),
                        seconds_per_day=60.0 / speed,
                        waiting=companion.waiting,
                    )
                    for world in worlds
                ]
            sitting = Sitting(app, companion, runtime, console)
            place = app.folders.data / door.SOCKET

            async def answer(verb: str, arguments: Any) -> dict[str, Any]:
                runtime.poke()
                return await session.serve(app, verb, arguments)

            async with sittings_at(app.folders.checkpoints) as graph, door.opened(place, answer):
                seat = app.parts.seats[companion.person, companion.subspace] = Seat(
                    companion, graph
                )
                async with _running(beside):
                    await (sitting.keep_going() if headless else sitting.sit())
                await seat.leave()

    asyncio.run(main())


@asynccontextmanager
async def _running(runtimes: Sequence[Runtime]) -> AsyncIterator[None]:
    """Let the other worlds of a mixed feed go on beside the first."""
    tasks = [asyncio.create_task(runtime.run()) for runtime in runtimes]
    try:
        yield
    finally:
        for runtime in runtimes:
            runtime.stop()
        await asyncio.gather(*tasks, return_exceptions=True)


def _greet(console: Console, app: App) -> None:
    hosted = not app.settings.model.startswith("local/")
    leaves = (
        f"Prompts go to the provider of {app.settings.model}."
        if hosted
        else "Nothing leaves this machine."
    )
    console.print(
        f"AMMO {__version__}, data in {app.folders.data}. Model {app.settings.model}. {leaves}"
    )


@dataclass(slots=True)
class Sitting:
    """One person at one terminal, and the loop behind it."""

    app: App
    companion: Companion
    runtime: Runtime
    console: Console
    shown: list[str] = field(default_factory=list)
    """Ids of the cards on screen, by number from 1."""
    over: bool = False
    leaving: bool = False
    """A signal has come: nothing more is waited for."""
    asked: bool = False
    """One question a sitting, at most."""
    reply: Callable[[str], Awaitable[bool]] | None = None
    """Who waits for the next line; returns whether the line was meant for it."""
    loop: asyncio.Task[None] | None = None
    """The buddies' loop, once a first slate stands."""

    async def keep_going(self) -> None:
        """Run the loop alone until a signal ends it."""
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, self.runtime.stop)
        self.runtime.on_report = lambda r: self.console.print(
            f"{r.date}: {r.shifts} shifts, {len(r.published)} published, {len(r.rejected)} refused"
        )
        await self.runtime.run()

    async def sit(self) -> None:
        """Show slates and take acts until the person leaves; then stop the loop after its round."""
        loop = asyncio.create_task(self.runtime.run())
        typed = lines.Lines(sys.stdin)
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, self._leave, typed)
        try:
            await self._until(FIRST, loop)
            await self.next_slate()
            self.loop = loop
            self.console.print(f"[dim]{HELP}[/dim]")
            while not self.over:
                self._prompt()
                line = await typed.next()
                if line is None:
                    break
                await self.take(line)
        finally:
            with self.console.status("finishing the round that is being written …"):
                self.runtime.stop()
                with suppress(AmmoError):
                    await loop
        self.console.print("Everything is kept. Go on with: ammo up")

    async def take(self, line: str) -> None:
        """Do what one typed line says; a fault is shown and the sitting goes on."""
        key, _, rest = line.strip().partition(" ")
        waiting, self.reply = self.reply, None
        try:
            if waiting is not None and await waiting(line.strip()):
                return
            if key in KEYS:
                number, _, note = rest.strip().partition(" ")
                await self._say("act", act=KEYS[key], card=self._card(number), note=note)
            elif key:
                await self._other(key, rest.strip())
        except AmmoError as error:
            faults.show(error, as_json=False)

    async def next_slate(self) -> None:
        """Choose and show the next slate."""
        answer = await views.VERBS["slate"].function(self.app)
        self.shown = [c["id"] for c in answer["cards"]] or self.shown
        paint.show("slate", answer)
        self.runtime.poke()

    async def _further(self) -> None:
        if not self.asked and await self._question():
            return
        if self.loop is not None:
            await self._until(MORE, self.loop)
        await self.next_slate()

    async def _question(self) -> bool:
        """Ask one question before the next slate, if it is worth one; return whether it was asked."""
        found = await views.VERBS["question"].function(self.app)
        if not found["questions"]:
            return False
        self.asked = True
        entity = found["questions"][0]["entity"]
        paint_asking.show("question", found)
        self.console.print(f"[dim]{ANSWER_HELP}[/dim]")

        async def answered(line: str) -> bool:
            if line and line not in ANSWERS:
                return False
            if line:
                await self._say("answer", about=entity, said=ANSWERS[line])
            await self._further()
            return True

        self.reply = answered
        return True

    async def _tell(self, words: str) -> None:
        """Show how a statement is understood, and keep it after a `+`."""
        found = await views.VERBS["say"].function(self.app, words=words)
        paint_asking.wishes(paint.console(), {**found, "asked": True})

        async def confirmed(line: str) -> bool:
            if line != "+":
                return not line
            believe = views.VERBS["believe"].function
            paint_asking.show("believe", await believe(self.app, wishes=found["wishes"]))
            return True

        self.reply = confirmed

    async def _other(self, key: str, rest: str) -> None:
        plain: dict[str, Callable[[], Awaitable[None]]] = {
            "n": self._further,
            "u": lambda: self._say("undo", card=self._card(rest) if rest else ""),
            "w": lambda: self._say("why", card=self._card(rest)),
            "p": lambda: self._say("preview", act="like", card=self._card(rest)),
            "y": lambda: self._say("you"),
            "a": lambda: self._ask(rest),
            "t": lambda: self._tell(rest),
        }
        if key in {"q", "quit", "exit"}:
            self.over = True
        elif key in plain:
            await plain[key]()
        else:
            self.console.print(HELP)

    async def _say(self, verb: str, **arguments: str) -> None:
        paint.show(verb, await views.VERBS[verb].function(self.app, **arguments))

    async def _ask(self, rest: str) -> None:
        number, _, words = rest.partition(" ")
        asked = f"{self._card(number)} {words}" if number.isdigit() else rest
        await chatting.speak(self.app, asked)

    def _card(self, number: str) -> str:
        if number.startswith("c_"):
            return number
        if not number.isdigit() or not 1 <= int(number) <= len(self.shown):
            raise BadInputError(
                f"no card {number!r} on screen", hint=f"Say a number from 1 to {len(self.shown)}."
            )
        return self.shown[int(number) - 1]

    def _leave(self, typed: lines.Lines) -> None:
        self.leaving = True
        typed.close()

    def _prompt(self) -> None:
        if sys.stdin.isatty():
            waiting = self.companion.waiting()
            self.console.print(f"[dim]{waiting} new waiting, {self.runtime.state}[/dim] > ", end="")

    async def _until(self, enough: int, loop: asyncio.Task[None]) -> None:
        """Wait until there is something to choose from, or the loop has ended."""
        wanted = min(enough, self.app.settings.slots)
        with self.console.status("") as status:
            self.runtime.progress = self._progress(status, wanted)
            while self.companion.waiting() < wanted and not (
                loop.done() or self.runtime.fault or self.leaving
            ):
                self.runtime.world.news.clear()
                news = asyncio.create_task(self.runtime.world.news.wait())
                await asyncio.wait({news, loop}, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
                news.cancel()
            self.runtime.progress = None
        if loop.done() and loop.exception() is not None:
            await loop

    def _progress(self, status: Status, wanted: int) -> Callable[[BuddyId, str], None]:
        def progress(buddy: BuddyId, step: str) -> None:
            day = self.runtime.world.triggers.day()
            status.update(
                f"{day}: card {self.companion.waiting() + 1} of {wanted}, @{buddy} {step} …"
            )

        return progress
