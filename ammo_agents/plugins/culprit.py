"""Tells whose code is running: the plugin at work in this thread, or the one that the nearest frame belongs to."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from types import FrameType

HOST = ""
"""What owns AMMO's own frames."""
_here = threading.local()
_roots: dict[str, str] = {os.path.join(str(Path(__file__).parents[1]), ""): HOST}  # noqa: PTH118 - a prefix with its slash
"""Beginning of a file's name → the plugin it belongs to."""
_GATES = tuple(str(Path(__file__).with_name(name)) for name in ("guard.py", "watch.py"))
"""Files whose frames stand between who does something and what is done: they are nobody's."""
_known: dict[str, str | None] = dict.fromkeys(_GATES)
"""File → its owner, as it was looked up; None = a library."""


def claim(plugin: str, root: Path) -> None:
    """Say that what lies below `root` (a folder or one file) is this plugin's."""
    name = str(root.absolute())
    _roots[name if root.suffix == ".py" else os.path.join(name, "")] = plugin  # noqa: PTH118 - a prefix with its slash
    _forget()


def release(plugin: str) -> None:
    """Say that a plugin is gone."""
    for root in [root for root, owner in _roots.items() if owner == plugin]:
        del _roots[root]
    _forget()


def begin(plugin: str) -> None:
    """Say that everything this thread does from now on is this plugin's doing."""
    _here.plugin = plugin


def end() -> None:
    """Say that this thread is the host's again."""
    _here.plugin = None


def at_work() -> str | None:
    """Return the plugin that is being loaded or asked in this thread; None = none."""
    name: str | None = getattr(_here, "plugin", None)
    return name


def culprit() -> str | None:
    """Return the plugin whose doing this is; None = the host's, or nobody's that is known.

    The nearest frame counts that belongs to a plugin or to AMMO: what a library does, it does for that one.
    """
    working = at_work()
    if working is not None:
        return working
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the only way to see who called
    while frame is not None:
        owner = _owner(frame.f_code.co_filename)
        if owner is not None:
            return owner or None
        frame = frame.f_back
    return None


def _forget() -> None:
    _known.clear()
    _known.update(dict.fromkeys(_GATES))


def _owner(file: str) -> str | None:
    try:
        return _known[file]
    except KeyError:
        # The longest wins: a plugin's folder may lie inside another's.
        fitting = max((root for root in _roots if file.startswith(root)), key=len, default=None)
        owner = None if fitting is None else _roots[fitting]
        if not file.startswith("<"):
            _known[file] = owner
        return owner
