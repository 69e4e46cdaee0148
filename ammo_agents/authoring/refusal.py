"""How an author's file is refused: file, line, field, the reason, and the way out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

from ammo_agents.errors import BadInputError


def refused(path: Path, reason: str, *, hint: str, line: int = 0) -> BadInputError:
    """Return the refusal of a file; `line` counts from 1, 0 = the file as a whole."""
    at = f", line {line}" if line else ""
    return BadInputError(f"{path}{at}: {reason}", hint=hint)


def instead(name: str, known: Iterable[str], *, noun: str = "name") -> str:
    """Return a way out for a word nobody knows: the nearest known one, or all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    if near:
        return f"Did you mean {near[0]!r}?"
    listed = ", ".join(names[:24])
    return f"Known {noun}s: {listed}{', …' if len(names) > 24 else ''}." if names else ""


def shown(value: object, most: int = 60) -> str:
    """Return a value as a message shows it: short, on one line."""
    text = repr(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"
