"""Puts a fence around what a subspace's code does later: whatever it raises becomes an error that names its plugin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ammo_agents.errors import AmmoError, PluginError
from ammo_agents.plugins.guard import Shut
from ammo_agents.ports import Subspace, Triggers
from ammo_agents.records import Fact, Shift

CALLED = ("knowledge", "buddies", "match", "bridges", "seed")
"""Fields of a subspace that AMMO calls."""


def fenced(owner: str, space: Subspace) -> Subspace:
    """Return the subspace with a fence around all that AMMO calls of it."""
    own = {name: getattr(space, name) for name in CALLED}
    calls: dict[str, Any] = {
        name: _call(owner, name, call) for name, call in own.items() if call is not None
    }
    if space.triggers is not None:
        opened = _call(owner, "triggers", space.triggers)
        calls["triggers"] = lambda options: FencedTriggers(owner, opened(options))
    return replace(space, **calls)


class FencedTriggers:
    """A subspace's world behind the fence; what it can do beyond the port is reached as it is."""

    def __init__(self, owner: str, inner: Triggers) -> None:
        self._owner, self._inner = owner, inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def day(self) -> dt.date:
        """Return the day the world has reached."""
        with _fence(self._owner, "triggers.day"):
            return self._inner.day()

    async def advance(self) -> Sequence[Shift] | None:
        """Move the world one day on."""
        with _fence(self._owner, "triggers.advance"):
            return await self._inner.advance()

    def knowledge(self) -> Sequence[Fact]:
        """Return the facts known on this day."""
        with _fence(self._owner, "triggers.knowledge"):
            return self._inner.knowledge()

    async def scheduled(self) -> Sequence[Shift]:
        """Return what the calendar asks for."""
        with _fence(self._owner, "triggers.scheduled"):
            return await self._inner.scheduled()


def _call(owner: str, what: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def fence(*arguments: Any, **more: Any) -> Any:
        with _fence(owner, what):
            return call(*arguments, **more)

    return fence


@contextmanager
def _fence(owner: str, what: str) -> Iterator[None]:
    """Turn what is raised into a `PluginError`; AMMO's own errors, Ctrl-C and cancelling pass."""
    try:
        yield
    except AmmoError:
        raise
    except (Exception, SystemExit, Shut) as error:
        raise PluginError(
            f"plugin {owner!r} failed in {what}: {type(error).__name__}: {error}",
            hint=f"Tell its author, or switch it off: ammo plugin disable {owner}",
        ) from error
