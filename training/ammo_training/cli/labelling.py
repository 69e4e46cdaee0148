"""Label mode in a terminal: one key a choice, the next pair comes by itself; lines where there are no keys."""

from __future__ import annotations

import asyncio
import sys
import termios
import tty
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.columns import Columns
from rich.panel import Panel

from ammo_agents.cli.paint import clean, console
from ammo_agents.cli.session import answered
from ammo_agents.errors import BadInputError
from ammo_agents.settings import Loaded

SAID: Mapping[str, str] = {"1": "a", "2": "b", "0": "equal", "n": "neither"}
END = {"q", "\x03", "\x04", "\x1b", ""}
"""q, Ctrl-C, Ctrl-D, Escape, and the end of a pipe."""
HELP = "[bold]1[/bold] left · [bold]2[/bold] right · [bold]0[/bold] alike · [bold]n[/bold] neither · [bold]u[/bold] undo · [bold]q[/bold] end"


@dataclass(slots=True, kw_only=True)
class Keys:
    """One person labelling."""

    loaded: Loaded
    target: str

    async def run(self) -> None:
        """Ask until nothing is left or the person ends; every answer is kept before the next is shown."""
        asked = await self._do("label_next")
        with _pressed() as keys:
            while asked["offer"] is not None:
                self._show(asked)
                key = await asyncio.to_thread(keys)
                if key in END:
                    break
                asked = await self._answer(asked, key)
        note = asked["note"] or "Go on any time: ammo train data label"
        console().print(f"{asked['done']} labelled, {asked['left']} left. {note}")

    async def _answer(self, asked: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        if key == "u":
            try:
                return await self._do("label_undo")
            except BadInputError as error:
                console().print(clean(error.message))
                return asked
        if key not in SAID:
            console().print(HELP)
            return asked
        return await self._do("label_say", offer=asked["offer"]["id"], said=SAID[key])

    async def _do(self, verb: str, **more: str) -> Mapping[str, Any]:
        return await answered(self.loaded, verb, {"target": self.target, **more})

    def _show(self, asked: Mapping[str, Any]) -> None:
        out, offer = console(), asked["offer"]
        out.print()
        out.print(
            f"[dim]{asked['done']} done, {asked['left']} left · {clean(offer['buddy'])}[/dim]"
        )
        if offer["about"]:
            out.print(f"The fact: {clean(offer['about'])}")
        wide = max(30, out.width // 2 - 1)
        panels = [
            Panel(clean(offer[side]["text"]), title=number, width=wide)
            for number, side in (("1", "a"), ("2", "b"))
        ]
        out.print(Columns(panels))
        out.print(HELP)


@contextmanager
def _pressed() -> Iterator[Any]:
    """Give a function that waits for one key; on a pipe it reads the first letter of a line."""
    stream = sys.stdin
    if not stream.isatty():
        yield lambda: (stream.readline().strip() or "")[:1]
        return
    before = termios.tcgetattr(stream)
    try:
        tty.setcbreak(stream)
        yield lambda: stream.read(1)
    finally:
        termios.tcsetattr(stream, termios.TCSADRAIN, before)
