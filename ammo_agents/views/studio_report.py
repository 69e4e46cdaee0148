"""Reads a run's report for Studio: every figure with n and interval, and the gate as a list of bars."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ammo_agents.adapters import run_files

Plain = dict[str, Any]
DEEP = 5
"""How deep a figure may lie in the report."""


def figures(report: Mapping[str, Any]) -> list[Plain]:
    """Return the figures of a report by section, each {name, value, n, low, high, over}.

    A figure is an object with a number `value`; `low` and `high` are its 95 % interval, None where it has no end.
    """
    sections = []
    for name, inner in report.items():
        rows = list(_found(inner, ())) if name != "gate" else []
        if rows:
            sections.append({"name": _words(name), "rows": rows})
    return sections


def bars(folder: Path, report: Mapping[str, Any]) -> list[Plain]:
    """Return the bars of the gate, each {name, passed, words}; none = it has not judged yet."""
    gate = _gate(folder, report)
    found = gate.get("bars") or gate.get("checks") or ()
    return [
        {
            "name": _words(str(bar.get("name", ""))),
            "passed": bool(bar.get("passed", bar.get("ok", bar.get("holds", False)))),
            "words": _said(bar),
        }
        for bar in found
        if isinstance(bar, Mapping)
    ]


def verdict(folder: Path, report: Mapping[str, Any]) -> str:
    """Return ``passed``, ``failed`` or ``""`` (not judged)."""
    gate = _gate(folder, report)
    said = gate.get("passed", gate.get("ok"))
    if said is None and gate.get("bars"):
        said = all(bar["passed"] for bar in bars(folder, report))
    return "" if said is None else "passed" if said else "failed"


def _gate(folder: Path, report: Mapping[str, Any]) -> Mapping[str, Any]:
    inside = report.get("gate")
    if isinstance(inside, Mapping):
        return inside
    return run_files.read_object(folder / "gate.json") or {}


def _said(bar: Mapping[str, Any]) -> str:
    for name in ("words", "reason", "detail", "said", "message"):
        if bar.get(name):
            return str(bar[name])
    value, need = bar.get("value"), bar.get("need", bar.get("bar", bar.get("limit")))
    return f"{value} against {need}" if value is not None and need is not None else ""


def _found(inner: object, path: tuple[str, ...]) -> Iterator[Plain]:
    if len(path) > DEEP:
        return
    if isinstance(inner, Mapping):
        value = _number(inner.get("value"))
        if value is not None:
            yield _figure(inner, value, path)
            return
        for name, deeper in inner.items():
            yield from _found(deeper, (*path, str(name)))
    elif isinstance(inner, list) and inner and isinstance(inner[0], Mapping):
        for k, deeper in enumerate(inner):
            name = deeper.get("name", k + 1) if isinstance(deeper, Mapping) else k + 1
            yield from _found(deeper, (*path, str(name)))


def _figure(inner: Mapping[str, Any], value: float, path: tuple[str, ...]) -> Plain:
    return {
        "name": ", ".join(_words(part) for part in path) or "value",
        "value": value,
        "n": inner.get("n"),
        "low": _number(inner.get("low")),
        "high": _number(inner.get("high")),
        "over": str(inner.get("over", "")),
    }


def _words(name: str) -> str:
    return name.replace("_", " ")


def _number(value: object) -> float | None:
    ok = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if ok else None  # type: ignore[arg-type]
