"""Asks a stranger's code for something: its fault or its silence comes back as a value."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from ammo_agents.errors import AmmoError
from ammo_agents.ports import Evidence

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing usable came, and why."""

    reason: str


async def aside(work: Coroutine[Any, Any, T], *, seconds: float) -> T | Failed:
    """Return what `work` gives, or why it gave nothing within `seconds`; cancelled, it is cancelled."""
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    finally:
        if not task.done():
            task.cancel()
    if not done:
        return Failed(f"gave nothing in {seconds:g} s")
    if task.cancelled():
        return Failed("cancelled itself")
    error = task.exception()
    return task.result() if error is None else Failed(reason_of(error))


def reason_of(error: BaseException) -> str:
    """Return an error in one short line."""
    said = error.message if isinstance(error, AmmoError) else f"{type(error).__name__}: {error}"
    return f"failed: {' '.join(said.split())[:160]}"


class Watched:
    """A checker that sits out from its first fault on: then the rule gate decides alone, as without it."""

    def __init__(self, inner: Evidence, *, seconds: float = 20.0) -> None:
        self.name = inner.name
        self.fault = ""
        """Why it sits out; empty = it works."""
        self._inner = inner
        self._seconds = seconds

    async def entails(self, premise: str, claim: str) -> float:
        """Return P(premise entails claim), in [0, 1]; 1 while it sits out."""
        if self.fault:
            return 1.0
        chance: object = await aside(self._inner.entails(premise, claim), seconds=self._seconds)
        if isinstance(chance, int | float) and 0 <= chance <= 1:
            return float(chance)
        said = chance.reason if isinstance(chance, Failed) else f"answered {chance!r:.60}"
        self.fault = f"the checker {self.name!r} {said}: the rule gate decides alone"
        return 1.0
