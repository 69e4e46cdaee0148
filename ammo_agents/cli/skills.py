"""``ammo skill``: prints a skill for coding agents, as it is shipped."""

from __future__ import annotations

import sys
from importlib import resources

from ammo_agents.errors import NotFoundError

NAMES = ("operate", "author")


def show(name: str) -> None:
    """Write the skill to stdout; raises `NotFoundError` for another name."""
    if name not in NAMES:
        raise NotFoundError(f"no skill {name!r} is shipped", hint=f"There are: {', '.join(NAMES)}.")
    sys.stdout.write(text(name))


def text(name: str) -> str:
    """Return the skill's Markdown."""
    place = resources.files("ammo_agents.skills") / f"{name}.md"
    return place.read_text(encoding="utf-8")
