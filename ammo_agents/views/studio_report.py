"""Reads a run's report for Studio: every figure with n and interval, what moved, and the gate as a list of bars."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ammo_agents.adapters import run_files

Plain = dict[str, Any]
DEEP = 6
"""How deep a figure may lie in the report."""
ORDER = ("behaviour", "win_rate", "preference", "neutral", "frozen")
"""Sections that come first: what the buddy writes, then what the pairs say of it."""
SKIPPED = frozenset({"gate", "samples", "machine", "cost", "hashes", "data"})


def figures(report: Mapping[str, Any]) -> list[Plain]:
    """Return the figures of a report by section: `rows` of {name, value, n, low, high, over}, `moved` of before and after.

    A figure is an object with a number `value`; `low` and `high` are its 95 % interval, None where it has no end.
    """
    names = [name for name in ORDER if name in report]
    names += [name for name in report if name not in ORDER and name not in SKIPPED]
    sections = []
    for name in names:
        found = list(_found(report[name], ()))
        if found:
            moved = [row for row in found if "before" in row]
            rows = [row for row in found if "before" not in row]
            sections.append({"name": _words(name), "rows": rows, "moved": moved})
    return sections


def bars(report: Mapping[str, Any]) -> list[Plain]:
    """Return the checks of the gate, each {name, passed, words, need}; none = it has not judged yet."""
    gate = report.get("gate")
    found = gate.get("checks") if isinstance(gate, Mapping) else None
    rows = [
        {
            "name": _words(str(check.get("name", ""))),
            "passed": check.get("passed") is True,
            "words": str(check.get("said", "")),
            "need": str(check.get("bar", "")),
        }
        for check in found or ()
        if isinstance(check, Mapping)
    ]
    return sorted(rows, key=lambda row: bool(row["passed"]))


def verdict(report: Mapping[str, Any]) -> str:
    """Return ``passed``, ``failed`` or ``""`` (not judged); a yes over a failed check is no yes."""
    gate = report.get("gate")
    if not isinstance(gate, Mapping) or "passed" not in gate:
        return ""
    checks = bars(report)
    good = gate["passed"] is True and bool(checks) and all(check["passed"] for check in checks)
    return "passed" if good else "failed"


def claim(report: Mapping[str, Any]) -> Plain:
    """Return what may be said of the run, {word, why}: ``better`` needs three seeds."""
    found = report.get("verdict")
    found = found if isinstance(found, Mapping) else {}
    return {"word": str(found.get("word", "")), "why": str(found.get("why", ""))}


def cost(folder: Path, report: Mapping[str, Any]) -> Plain:
    """Return what a run cost, {minutes, cpu_minutes, peak_mb, planned}: measured, beside the plan; empty = not measured yet."""
    told = _inner(_inner(report, "cost"), "real") or run_files.read_object(folder / "cost.json")
    plan = run_files.read_object(folder / "plan.json") or {}
    wall, cpu = _number((told or {}).get("wall_s")), _number((told or {}).get("cpu_s"))
    if told is None or wall is None or cpu is None:
        return {}
    return {
        "minutes": wall / 60,
        "cpu_minutes": cpu / 60,
        "peak_mb": _number(told.get("peak_mb")),
        "planned": _number(plan.get("minutes")),
    }


def said_of(report: Mapping[str, Any]) -> str:
    """Return of whom the report speaks, in a sentence."""
    return str(_inner(report, "data").get("says", ""))


def _inner(report: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = report.get(name)
    return found if isinstance(found, Mapping) else {}


def _found(inner: object, path: tuple[str, ...]) -> Iterator[Plain]:
    if len(path) > DEEP or not isinstance(inner, Mapping):
        return
    value = _number(inner.get("value"))
    if value is not None:
        yield {"name": _name(path), **_figure(inner, value)}
        return
    before, after = _side(inner, "before"), _side(inner, "after")
    if before is not None and after is not None:
        yield {
            "name": _name(path),
            "before": before,
            "after": after,
            "change": _side(inner, "change"),
        }
        return
    for name, deeper in inner.items():
        yield from _found(deeper, (*path, str(name)))


def _side(inner: Mapping[str, Any], name: str) -> Plain | None:
    side = inner.get(name)
    value = _number(side.get("value")) if isinstance(side, Mapping) else None
    return None if value is None else _figure(side, value)  # type: ignore[arg-type]


def _figure(inner: Mapping[str, Any], value: float) -> Plain:
    return {
        "value": value,
        "n": inner.get("n"),
        "low": _number(inner.get("low")),
        "high": _number(inner.get("high")),
        "over": str(inner.get("over", "")),
    }


def _name(path: tuple[str, ...]) -> str:
    told = path[1:] if len(path) > 1 and path[0] == "measures" else path
    return ", ".join(_words(part) for part in told) or "value"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _number(value: object) -> float | None:
    ok = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if ok else None  # type: ignore[arg-type]
