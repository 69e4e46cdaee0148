"""Remembers what went wrong when plugins were last loaded, so that a list can tell it without loading them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ammo_agents import durable
from ammo_agents.errors import DiskFullError
from ammo_agents.settings import Settings, folders

FILE = "plugin-faults.json"


@dataclass(frozen=True, slots=True)
class Remembered:
    """The fault that a version of a plugin had."""

    version: str
    fault: str
    hint: str


def path_of(settings: Settings) -> Path:
    """Return where faults are remembered: it is a cache, and may be thrown away."""
    return folders(settings).cache / FILE


def remembered(settings: Settings) -> dict[str, Remembered]:
    """Return the faults of the last start by plugin; empty where nothing is remembered, or nothing legible."""
    try:
        table = json.loads(path_of(settings).read_text(encoding="utf-8"))
        return {
            str(n): Remembered(str(e["version"]), str(e["fault"]), str(e["hint"]))
            for n, e in table.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def remember(settings: Settings, faults: Mapping[str, Remembered]) -> None:
    """Keep the faults of this start in place of older ones; a folder that cannot be written is let be."""
    if dict(faults) == remembered(settings):
        return
    path = path_of(settings)
    table = {n: {"version": e.version, "fault": e.fault, "hint": e.hint} for n, e in faults.items()}
    with contextlib.suppress(OSError, DiskFullError):
        durable.write_text(path, json.dumps(table, indent=1, sort_keys=True))
