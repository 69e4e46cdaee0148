"""``ammo chat``: talk on, streamed, with the User Buddy or any Goal Buddy."""

from __future__ import annotations

import asyncio
import sys

from rich.console import Console

from ammo_agents.app import App, opened
from ammo_agents.cli import faults, lines, paint
from ammo_agents.cli.options import FLAGS
from ammo_agents.errors import AmmoError
from ammo_agents.round.conversation import Said
from ammo_agents.settings import load
from ammo_agents.views import talk
from ammo_agents.views.shelf import find_buddy

HELP = "/quit to leave, /sources for the facts of the last answer, @buddy to ask somebody else"


def chat(buddy: str, *, subspace: str | None) -> None:
    """Talk until /quit or the end of input; each answer streams and cites its facts."""
    loaded = load({**FLAGS, "subspace": subspace})

    async def main() -> None:
        async with opened(loaded, access="write") as app:
            found = await find_buddy(app, buddy, subspace) if buddy else None
            name = "" if found is None else "@" + found.id.partition("/")[2]
            console = Console(stderr=True, highlight=False)
            console.print(f"You talk with {name or 'your User Buddy'}. [dim]{HELP}[/dim]")
            typed = lines.Lines(sys.stdin)
            last: Said | None = None
            while True:
                if sys.stdin.isatty():
                    console.print("> ", end="")
                line = await typed.next()
                if line is None or line.strip() in {"/quit", "/q", "/exit"}:
                    return
                if line.strip() == "/sources":
                    _sources(last)
                elif line.strip():
                    asked = (
                        line.strip()
                        if line.strip().startswith(("@", "c_"))
                        else f"{name} {line.strip()}".strip()
                    )
                    last = await speak(app, asked)

    asyncio.run(main())


async def speak(app: App, asked: str) -> Said | None:
    """Stream one answer to stdout, then its sources; a fault is shown and the talk goes on."""
    out = paint.console()
    said: Said | None = None
    try:
        async for piece in talk.answer(app, asked):
            if isinstance(piece, Said):
                said = piece
            else:
                out.print(paint.clean(piece), end="", soft_wrap=True)
    except AmmoError as error:
        faults.show(error, as_json=False)
        return None
    out.print()
    _sources(said)
    return said


def _sources(said: Said | None) -> None:
    if said is None:
        return
    out = paint.console()
    for source in talk.numbered(said.facts):
        out.print(
            f"[cyan]\\[{source['number']}][/cyan] [dim]{paint.clean(source['statement'])} ({source['id']})[/dim]",
            soft_wrap=True,
        )
