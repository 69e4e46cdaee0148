"""Reads a run's report for Studio: every figure with n and interval, and the gate as a list of bars."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

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


def bars(report: Mapping[str, Any]) -> list[Plain]:
    """Return the checks of the gate, each {name, passed, words}; none = it has not judged yet."""
    gate = report.get("gate")
    found = gate.get("checks") if isinstance(gate, Mapping) else None
    return [
        {
            "name": _words(str(check.get("name", ""))),
            "passed": check.get("passed") is True,
            "words": str(check.get("said", "")),
        }
        for check in found or ()
        if isinstance(check, Mapping)
    ]


def verdict(report: Mapping[str, Any]) -> str:
    """Return ``passed``, ``failed`` or ``""`` (not judged); a yes over a failed check is no yes."""
    gate = report.get("gate")
    if not isinstance(gate, Mapping) or "passed" not in gate:
        return ""
    checks = bars(report)
    good = gate["passed"] is True and bool(checks) and all(check["passed"] for check in checks)
    return "passed" if good else "failed"


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
