"""Studio, Data: the sets of pairs there are, what each filter left out, and whether position or length decides in them."""

from __future__ import annotations

import asyncio
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ammo_agents.adapters import run_files
from ammo_agents.adapters.run_files import training_folder
from ammo_agents.aipp.pairs import Pair, read
from ammo_agents.aipp.pairs.set import Wanted
from ammo_agents.app import App
from ammo_agents.errors import AmmoError
from ammo_agents.views import pairs, studio_label

Plain = dict[str, Any]
A_PAGE = 20
"""Pairs on one page."""
LETTER = re.compile(r"\[[A-Z]\]")
"""What stands for a number in a text that a tiny model writes; the program fills it in."""
SIGNALS = {
    "given": "from a file",
    "edit": "a text that was edited",
    "again": "asked again, then kept",
    "choice": "a choice between two",
    "above": "liked under a skipped card",
    "label": "a label",
    "like": "a like",
    "skip": "a skip",
}
"""What each signal of a pair is to a person."""


async def data(
    app: App, *, set: str = "", page: int = 1, side: str = "", owner: bool = True
) -> Plain:
    """Return the person's labels and consent, and to the owner the sets with one page of a set's pairs.

    Raises:
        NotFoundError: no such set.
    """
    own = await studio_label.standing(app)
    told: Plain = {"label": own, "sets": [], "shown": None, "owner": owner, "have": own["pairs"]}
    if not owner:
        return told
    root = training_folder(app.settings) / "sets"
    told["sets"] = await asyncio.to_thread(_sets, root)
    name = set or next((one["name"] for one in told["sets"]), "")
    if name:
        told["shown"] = await asyncio.to_thread(_shown, root, name, page, side)
    told["have"] = max([own["pairs"], *(one["pairs"] for one in told["sets"])])
    return told


async def sets(app: App) -> Plain:
    """Return every set by name, with how many pairs each has."""
    root = training_folder(app.settings) / "sets"
    return {"sets": await asyncio.to_thread(_sets, root)}


async def build(app: App, *, name: str, subspace: str = "") -> Plain:
    """Build a set of this home's feedback, as ``ammo train data build`` does.

    Raises:
        BadInputError: a name that cannot be used, nothing is left, or it cannot be split: with what went where.
        LeakError: the split shares something.
    """
    made = await pairs.build(app, pairs.Asked(wanted=Wanted(name=name), subspace=subspace))
    return {"name": made.name, "pairs": len(made.pairs), "rows": len(made.rows)}


def _sets(root: Path) -> list[Plain]:
    folders = sorted(root.iterdir()) if root.is_dir() else []
    named = [f for f in folders if run_files.NAME.fullmatch(f.name)]
    found = [_set(folder) for folder in named if (folder / "pairs.jsonl").is_file()]
    return sorted(found, key=lambda one: (one["made"], one["name"]), reverse=True)


def _set(folder: Path) -> Plain:
    fault, about = "", {}
    try:
        about = run_files.read_object(folder / "set.json") or {}
    except AmmoError as error:
        fault = error.message
    return {
        "name": folder.name,
        "made": str(about.get("made") or ""),
        "target": str(about.get("target", "")),
        "pairs": run_files.line_count(folder / "pairs.jsonl"),
        "rows": run_files.line_count(folder / "kto.jsonl"),
        "fault": fault,
    }


def _shown(root: Path, name: str, page: int, side: str) -> Plain:
    folder = run_files.named(root, name, "set")
    told = {**EMPTY, **_set(folder), "side": side}
    try:
        found = read(folder / "pairs.jsonl")
        about = run_files.read_object(folder / "set.json") or {}
    except AmmoError as error:
        return {**told, "fault": error.message, "hint": error.hint}
    chosen = [pair for pair in found if not side or pair.split == side]
    last = max(1, math.ceil(len(chosen) / A_PAGE))
    at = min(page, last)
    return {
        **told,
        "steps": _steps(about),
        "baselines": _baselines(about),
        "positions": _positions(about),
        "notes": [str(note) for note in about.get("notes", ())],
        "split_by": [str(by) for by in _inner(about, "split").get("by", ())],
        "forgotten": about.get("forgotten", 0),
        "sides": _counted(pair.split or "not split" for pair in found),
        "sources": _counted(pair.source for pair in found),
        "signals": _counted(SIGNALS[pair.signal] for pair in found),
        "people": len({pair.user for pair in found if pair.user}),
        "page": at,
        "pages": last,
        "count": len(chosen),
        "lettered": any(LETTER.search(pair.chosen) for pair in found),
        "listed": [_plain(pair) for pair in chosen[(at - 1) * A_PAGE : at * A_PAGE]],
    }


EMPTY: Plain = {
    "hint": "",
    "forgotten": 0,
    "people": 0,
    "page": 1,
    "pages": 1,
    "count": 0,
    "lettered": False,
    **{
        name: []
        for name in "steps baselines positions notes split_by sides sources signals listed".split()
    },
}


def _steps(about: Mapping[str, Any]) -> list[Plain]:
    """Return every step on the way from events to pairs, in order, with what it left out or changed."""
    rows = [_step(name, n, "an event that made nothing") for name, n in _inner(about, "passed").items()]  # fmt: skip
    for step in about.get("steps", ()):
        name = f"{step.get('name', '')} ({step.get('of', 'pairs')})"
        rows.append(_step(name, step.get("dropped", 0), str(step.get("why", "")), step.get("changed", 0)))  # fmt: skip
    left = _inner(_inner(about, "split"), "dropped")
    return rows + [_step(name, n, "for the split") for name, n in left.items()]


def _step(name: str, dropped: int, why: str, changed: int = 0) -> Plain:
    return {"name": name, "dropped": dropped, "why": why, "changed": changed}


def _baselines(about: Mapping[str, Any]) -> list[Plain]:
    """Return what is right without learning anything, each source and side apart; ties count a half."""
    return [
        {
            "source": source,
            "side": side,
            "name": f"{rule.get('name')} wins"
            if rule.get("name") != "majority"
            else "the majority",
            "value": rule.get("fair"),
            "n": rule.get("n"),
        }
        for source, sides in _inner(about, "baselines").items()
        for side, rules in sides.items()
        for rule in rules
    ]


def _positions(about: Mapping[str, Any]) -> list[Plain]:
    """Return how often the chosen text stood higher, each source apart; it should be 0.5 ± 0.05."""
    return [
        {"source": source, **place}
        for source, place in _inner(about, "position").items()
        if place.get("n")
    ]


def _inner(about: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = about.get(name)
    return found if isinstance(found, Mapping) else {}


def _plain(pair: Pair) -> Plain:
    return {
        "id": pair.id,
        "asked": pair.asked,
        "chosen": pair.chosen,
        "rejected": pair.rejected,
        "signal": SIGNALS[pair.signal],
        "source": pair.source,
        "subspace": pair.subspace,
        "buddy": pair.buddy,
        "user": pair.user,
        "at": "" if pair.at is None else pair.at.date().isoformat(),
        "events": list(pair.events),
        "consent": pair.consent,
        "split": pair.split,
        "margin": pair.margin,
    }


def _counted(found: Iterable[str]) -> list[Plain]:
    return [{"name": name, "count": count} for name, count in Counter(found).most_common()]
