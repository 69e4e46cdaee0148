"""The process a plugin is checked in: imports it, asks its hooks, runs the rules; a JSON line for each on its stdout.

``python -m ammo_agents.testing.child`` reads a JSON object from stdin. Whatever the plugin prints goes to stderr.
It may die at any line: who started it knows from the last ``stage`` what was being done.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ammo_agents.errors import AmmoError, PluginError
from ammo_agents.hooks import Plugins
from ammo_agents.plugins import answers, culprit, watch
from ammo_agents.plugins import manifest as manifests
from ammo_agents.plugins.manifest import Capabilities, Manifest
from ammo_agents.ports import Subspace
from ammo_agents.records import GoalBuddy
from ammo_agents.settings import Settings
from ammo_agents.testing import buddy_rules, part_rules, subspace_rules
from ammo_agents.testing.report import Checked, State, look
from ammo_agents.testing.rules import Part, Rule, rules_of
from ammo_agents.testing.worlds import Study
from ammo_agents.testing.writing import Writing

HEAVY = frozenset("httpx requests aiohttp pandas polars scipy sklearn torch transformers matplotlib lxml duckdb pyarrow".split())  # fmt: skip
"""Libraries that take a tenth of a second or more."""
PARTS: Mapping[str, tuple[Part, ...]] = {
    "subspaces": ("subspace", "buddy"),
    "models": ("model",),
    "stores": ("store",),
    "evidence": ("evidence",),
    "gyms": ("gym",),
}
"""Kind of offer → the parts whose rules it is held to."""
WORST: tuple[State, ...] = ("fail", "unchecked", "pass", "exempt")


class Voice:
    """Speaks to the parent: one JSON object a line, on the stdout this process began with."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def stage(self, name: str) -> None:
        """Say what is begun."""
        self._say({"stage": name})

    def tell(self, rule: str, state: State, *reasons: str) -> None:
        """Say what came of a rule."""
        self._say({"rule": rule, "state": state, "reasons": list(reasons)})

    def end(self) -> None:
        """Say that everything was looked at."""
        self._say({"end": True})

    def _say(self, what: Mapping[str, object]) -> None:
        self._out.write(json.dumps(what) + "\n")
        self._out.flush()


def main() -> None:
    """Check one plugin."""
    voice = Voice()
    asked: dict[str, Any] = json.loads(sys.stdin.read())
    parts = _folder(voice, Path(asked["root"])) if asked["folder"] else _code(voice, asked)
    if parts is not None:
        readme = str(asked["readme"])
        quick = bool(asked.get("quick"))
        asyncio.run(_rules(voice, parts, days=int(asked["days"]), readme=readme, quick=quick))
        voice.end()


def _folder(voice: Voice, root: Path) -> dict[str, list[Any]] | None:
    """Return the subspace that a folder of tables and Markdown is."""
    loader = importlib.import_module("ammo_agents.authoring.folder")
    voice.stage("imports")
    voice.tell("imports", "exempt", "a folder without code has nothing to import")
    voice.tell("import-light", "exempt", "a folder without code has nothing to import")
    voice.stage("hooks")
    try:
        folder = loader.read_folder(root)
        buddies, faults = folder.buddies()
    except AmmoError as error:
        voice.tell("hooks", "fail", error.message)
        return None
    if faults:
        voice.tell("hooks", "fail", *(f"{f.path.name}: {f.reason}" for f in faults))
        return None
    voice.tell("hooks", "exempt", "a folder without code has no hooks")
    voice.tell("offers-agree", "exempt", "a folder offers what it is named after")
    return {"subspaces": [folder.subspace()], "buddies": list(buddies.values())}


def _code(voice: Voice, asked: Mapping[str, Any]) -> dict[str, list[Any]] | None:
    """Return what a plugin offers, or None where that cannot be known."""
    sys.path[:0] = [str(path) for path in asked["paths"]]
    name, root = str(asked["name"]), Path(asked["root"])
    manifest = _manifest(root)
    breaches: list[PluginError] = []
    culprit.claim(name, root)
    granted = manifest.capabilities if manifest else Capabilities()
    watch.over(name, granted, lambda _, error: breaches.append(error))
    before = set(sys.modules)
    voice.stage("imports")
    module, fault = _imported(str(asked["module"]))
    if breaches or module is None:
        voice.tell("imports", "fail", *(e.message for e in breaches), *([fault] if fault else []))
        return None
    voice.tell("imports", "pass")
    heavy = sorted(HEAVY & (set(sys.modules) - before))
    voice.tell("import-light", "fail" if heavy else "pass", *(f"importing it imports {h}" for h in heavy))  # fmt: skip
    voice.stage("hooks")
    plugins = Plugins(Settings())
    state = plugins.add(name, module)
    if state.fault:
        voice.tell("hooks", "fail", state.fault)
        return None
    parts = {kind: _offered(plugins, kind) for kind in answers.KINDS}
    late = next((s.fault for s in plugins.states if s.fault), "")
    voice.tell("hooks", "fail" if late else "pass", *([late] if late else []))
    faults = list(_disagreements(name, manifest, parts))
    voice.tell("offers-agree", "fail" if faults else "pass", *faults)
    return None if late or faults else parts


def _imported(module: str) -> tuple[object | None, str]:
    try:
        return importlib.import_module(module), ""
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin boundary
        said = error.message if isinstance(error, AmmoError) else f"{type(error).__name__}: {error}"
        return None, f"importing {module}: {said}"


def _offered(plugins: Plugins, kind: str) -> list[Any]:
    if kind == "commands":
        return list(plugins.commands(plugins.states[0].name).values())
    found: Any = getattr(plugins, kind)()
    return [r for rows in found.values() for r in rows] if isinstance(found, dict) else list(found)


def _disagreements(
    name: str, manifest: Manifest | None, parts: Mapping[str, list[Any]]
) -> Iterable[str]:
    if not any(parts.values()):
        yield f"plugin {name!r} offers nothing: no hook returns a part"
    for kind, offered in parts.items():
        try:
            names = [str(answers.KINDS[kind].name_of(part) or name) for part in offered]
            answers.compare(name, manifest, kind, names)
        except PluginError as error:
            yield error.message


def _manifest(root: Path) -> Manifest | None:
    try:
        return manifests.read(root if root.is_dir() else root.parent)
    except PluginError:
        return None


async def _rules(
    voice: Voice, parts: Mapping[str, list[Any]], *, days: int, readme: str, quick: bool
) -> None:
    """Run the rules of every part that is offered; of several parts of a kind the worst counts."""
    for kind, wanted in PARTS.items():
        offered = parts.get(kind, [])
        beside = parts.get("buddies", [])
        if kind == "subspaces":
            offered = [Writing(_study(s, beside, days, readme)) for s in offered]
        for rule in (r for part in wanted for r in rules_of(part) if offered):
            if quick and rule.id in buddy_rules.CHECKS:
                continue
            voice.stage(rule.id)
            worst = _worst([await _one(rule, part) for part in offered])
            voice.tell(rule.id, worst.state, *worst.reasons)


async def _one(rule: Rule, part: Any) -> Checked:
    """Return what came of one rule for one part; a subspace comes with its buddies at work."""
    if rule.id in buddy_rules.CHECKS:
        return await look(rule, buddy_rules.CHECKS[rule.id], part)
    if rule.id in subspace_rules.CHECKS:
        return await look(rule, subspace_rules.CHECKS[rule.id], part.study)
    return await look(rule, part_rules.CHECKS[rule.id], part)


def _study(subspace: Subspace, buddies: list[GoalBuddy], days: int, readme: str) -> Study:
    study = Study(subspace, days=days, readme=readme)
    study.beside = [b for b in buddies if b.subspace == subspace.id]
    return study


def _worst(rows: list[Checked]) -> Checked:
    state = min((r.state for r in rows), key=WORST.index)
    reasons = tuple(reason for r in rows if r.state == state for reason in r.reasons)
    return Checked(rule=rows[0].rule, state=state, reasons=reasons)


if __name__ == "__main__":
    main()
