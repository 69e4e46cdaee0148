"""Remembers what was found in the environment, as long as nothing there has changed: looking again costs a stat per place."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ammo_agents import durable
from ammo_agents.errors import DiskFullError
from ammo_agents.plugins.manifest import Capabilities, Manifest
from ammo_agents.settings import Settings, folders

FILE = "plugins-found.json"
FORMAT = 1
SETTLED_NS = 2_000_000_000
"""A place that changed less than this ago may change again unseen: it is not remembered."""
Rows = list[dict[str, Any]]


def recall(settings: Settings) -> Rows | None:
    """Return what was remembered, if every place it came from is as it was; None = look again."""
    try:
        kept = json.loads((folders(settings).cache / FILE).read_bytes())
        if kept["format"] != FORMAT or kept["path"] != sys.path:
            return None
        for place, stamp in kept["stamps"].items():
            if _stamp(place) != stamp:
                return None
        rows: Rows = kept["rows"]
        for row in rows:
            row["root"] = None if row["root"] is None else Path(row["root"])
            row["manifest"] = None if row["manifest"] is None else _manifest(row["manifest"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return rows


def keep(settings: Settings, rows: Rows, places: Iterable[str]) -> None:
    """Remember rows and the places they came from; only in a home that is in use, and only settled places."""
    place = folders(settings)
    if not (place.cache.is_dir() or place.data.is_dir()):
        return
    stamps = {p: _stamp(p) for p in {*places, *(entry or "." for entry in sys.path)}}
    newest = max((s[0] for s in stamps.values() if s is not None), default=0)
    if time.time_ns() - newest < SETTLED_NS:
        return
    table = {"format": FORMAT, "path": sys.path, "stamps": stamps, "rows": rows}
    with contextlib.suppress(OSError, DiskFullError, TypeError, ValueError):
        durable.write_text(place.cache / FILE, json.dumps(table, default=_plain))


def _stamp(place: str) -> list[int] | None:
    """Return what changes when a place does: time and size; None = there is nothing."""
    try:
        found = os.stat(place)  # noqa: PTH116 - hundreds of them, and a Path costs more than the look
    except (OSError, ValueError):
        return None
    return [found.st_mtime_ns, found.st_size]


def _plain(value: object) -> object:
    if isinstance(value, Manifest):
        return asdict(value)
    return str(value)


def _manifest(table: dict[str, Any]) -> Manifest:
    asked = table["capabilities"]
    asked["network"], asked["files"] = tuple(asked["network"]), tuple(asked["files"])
    table["capabilities"] = Capabilities(**asked)
    table["offers"] = {kind: tuple(names) for kind, names in table["offers"].items()}
    return Manifest(**table)
