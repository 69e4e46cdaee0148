"""What the gate said of an adapter: read from the report of the run that made it, never computed here (W18)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ammo_agents.adapters.manifest import AdapterManifest

REPORT = "report.json"
GROUNDING = "ground"
"""What the name of every check on sources begins with: no reason opens the gate against one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One condition of the gate."""

    name: str
    passed: bool
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The gate's word; an adapter without a report has not passed."""

    passed: bool
    checks: tuple[Check, ...] = ()
    why: str = ""
    """What failed, in a sentence; empty where it passed."""

    @property
    def grounding_worse(self) -> bool:
        """Whether what it writes is less grounded than what the base writes."""
        return any(c.name.startswith(GROUNDING) and not c.passed for c in self.checks)

    def short(self) -> dict[str, object]:
        """Return what is kept beside a promotion."""
        failed = [c.name for c in self.checks if not c.passed]
        return {"passed": self.passed, "failed": failed, "why": self.why}


def verdict_of(runs: Path, manifest: AdapterManifest) -> Verdict:
    """Return what the report of the adapter's run says; blocking.

    A report of another adapter, or one that cannot be read, is none: the gate is then closed.
    """
    path = runs / manifest.run / REPORT
    if not manifest.run or manifest.run != Path(manifest.run).name or not path.is_file():
        return Verdict(passed=False, why=f"there is no report of its run {manifest.run or '(none)'!r}")  # fmt: skip
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        gate = report["gate"]
        if str(report["adapter"]) != manifest.id:
            return Verdict(passed=False, why=f"{path} speaks of adapter {report['adapter']!r}")
        return _verdict(gate)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return Verdict(passed=False, why=f"{path} holds no gate: {type(error).__name__} {error}")


def _verdict(gate: Mapping[str, Any]) -> Verdict:
    checks = tuple(
        Check(name=str(c["name"]), passed=c["passed"] is True, said=str(c.get("said", "")))
        for c in gate["checks"]
    )
    failed = [c for c in checks if not c.passed]
    why = "; ".join(f"{c.name}: {c.said}" if c.said else c.name for c in failed)
    # Both must agree: a report that says yes over a failed check is no yes.
    passed = gate["passed"] is True and not failed and bool(checks)
    return Verdict(passed=passed, checks=checks, why=why or ("" if passed else "it says no"))
