"""`ammo check`: looks at a plugin without importing it, then in a process of its own, and reports rule by rule."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ammo_agents.plugins.found import found
from ammo_agents.settings import Settings, child_environment
from ammo_agents.testing import plugin_rules
from ammo_agents.testing.report import Checked, Report, look_at_files
from ammo_agents.testing.rules import BY_ID, Rule, Tier, rules_of
from ammo_agents.testing.targets import Target, find

SECONDS = 30.0
"""Seconds one stage (the import, the hooks, one rule) may take."""
STARTING = 60.0
"""Seconds that the child itself may take to start, before anything of the plugin is touched."""
LEAVING = 5.0
"""Seconds that it may take to end by itself."""
DAYS = 21
"""Days of a world that are walked through."""
CHILDS = ("imports", "hooks", "offers-agree", "import-light")
Progress = Callable[[str], None]
"""Hears the rule that is being looked at."""


@dataclass(slots=True)
class _Heard:
    """What the child said."""

    stage: str = "start"
    checked: dict[str, Checked] = field(default_factory=dict)
    ended: bool = False


async def check(
    said: str,
    settings: Settings,
    *,
    seconds: float = SECONDS,
    days: int = DAYS,
    quick: bool = False,
    progress: Progress = lambda _: None,
) -> Report:
    """Return what holds and what is broken of the plugin that `said` names: installed, a folder or a wheel.

    `quick` leaves out what buddies write: the report then tells nothing of them.

    Raises:
        NotFoundError, BadInputError: as `targets.find`.
    """
    scratch = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="ammo-check-"))
    try:
        target = await asyncio.to_thread(find, said, settings, scratch=scratch)
        looked = await asyncio.to_thread(looked_at, target, settings)
        checked = await asyncio.to_thread(static, target, looked, progress)
        if not target.unsound:
            asked = {**_asked(target), "days": days, "quick": quick}
            checked |= await _in_child(target, asked, seconds=seconds, progress=progress)
    finally:
        await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)
    return finished(target, checked)


def looked_at(target: Target, settings: Settings) -> plugin_rules.Look:
    """Return a target beside the other plugins that are installed; blocks."""
    return plugin_rules.Look(target, () if target.unsound else tuple(found(settings)))


def static(
    target: Target, looked: plugin_rules.Look, progress: Progress = lambda _: None
) -> dict[str, Checked]:
    """Return what the rules say that need no import; blocks."""
    rules = plugin_rules.CHECKS
    rows: dict[str, Checked] = {}
    for id in ["paths-inside"] if target.unsound else rules:
        progress(id)
        rows[id] = look_at_files(BY_ID[id], rules[id], looked)
    return rows


def finished(target: Target, checked: Mapping[str, Checked]) -> Report:
    """Return the report: what was not looked at is told, and the scorecard is weighed last."""
    rows = {**{rule.id: checked.get(rule.id) for rule in rules_of("plugin")}, **checked}
    why = target.unsound[0] if target.unsound else "what came before it is broken"
    full = {
        id: row or Checked(rule=BY_ID[id], state="unchecked", reasons=(why,))
        for id, row in rows.items()
        if id != "scorecard"
    }
    card = target.manifest.quality if target.manifest else {}
    full = {id: _waived(row, card.get(id, "")) for id, row in full.items()}
    full["scorecard"] = _scorecard(card, full)
    order = [rule.id for rule in BY_ID.values() if rule.id in full]
    return Report(name=target.name, where=target.where, checked=tuple(full[id] for id in order))


def _waived(row: Checked, said: str) -> Checked:
    """Return the row as its scorecard may have it: a broken rule that may be exempted, with the reason given."""
    reason = said.removeprefix("exempt: ") if said.startswith("exempt: ") else ""
    if row.state == "fail" and row.rule.waivable and reason:
        return replace(row, state="exempt", reasons=(reason,))
    return row


def _scorecard(card: Mapping[str, str], rows: Mapping[str, Checked]) -> Checked:
    rule = BY_ID["scorecard"]
    faults = []
    for id, said in card.items():
        if id not in BY_ID:
            faults.append(f"it speaks of {id!r}, which is no rule; docs/quality.md lists them")
        elif id in rows and rows[id].state in {"fail", "unchecked"}:
            faults.append(f"it says {id} = {said!r}, and that is {_seen(rows[id])}")
    if not card:
        faults.append("its ammo.toml holds no [quality]")
    return Checked(rule=rule, state="fail" if faults else "pass", reasons=tuple(faults))


def _seen(row: Checked) -> str:
    if row.state == "unchecked":
        return "not known"
    return f"broken: {row.reasons[0]}" if row.reasons else "broken"


def _asked(target: Target) -> dict[str, Any]:
    """Return what the child must know of a target."""
    return {
        "name": target.name,
        "module": target.module,
        "root": str(target.root or ""),
        "paths": [str(path) for path in target.paths],
        "folder": target.sort == "folder",
        "readme": target.readme,
    }


async def _in_child(
    target: Target, asked: Mapping[str, Any], *, seconds: float, progress: Progress
) -> dict[str, Checked]:
    """Return what the rules say that need the plugin's code, run in a process that may die of it."""
    if target.root is None:
        return {}
    heard = _Heard()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "ammo_agents.testing.child"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=child_environment(AMMO_LOG="error"),
        start_new_session=True,
        limit=1 << 24,
    )
    noise = asyncio.ensure_future(_last_words(process))
    try:
        fault = await _listen(process, asked, heard, seconds=seconds, progress=progress)
        if not fault:
            with contextlib.suppress(
                TimeoutError
            ):  # it said its last: how it ends is worth knowing
                await asyncio.wait_for(process.wait(), LEAVING)
    finally:
        _end(process)
        await process.wait()
        said = await noise
    if not heard.ended:
        _lay_blame(heard, fault or _death(process.returncode, heard.stage, said))
    return heard.checked


async def _listen(
    process: asyncio.subprocess.Process,
    asked: Mapping[str, Any],
    heard: _Heard,
    *,
    seconds: float,
    progress: Progress,
) -> str:
    """Hear the child out; return why nobody listens any longer, or nothing where it ended by itself."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(asked).encode())
    process.stdin.write_eof()
    while True:
        try:
            patience = seconds if heard.stage in BY_ID else max(seconds, STARTING)
            line = await asyncio.wait_for(process.stdout.readline(), patience)
        except TimeoutError:
            return f"{heard.stage} takes longer than {seconds:g} s"
        except ValueError:
            return f"{heard.stage} says more than 16 MB"
        if not line:
            return ""
        _take(json.loads(line), heard, progress)
        if heard.ended:
            return ""


def _take(told: Mapping[str, Any], heard: _Heard, progress: Progress) -> None:
    if "stage" in told:
        heard.stage = str(told["stage"])
        progress(heard.stage)
    elif "rule" in told:
        rule = BY_ID[str(told["rule"])]
        reasons = tuple(str(r) for r in told["reasons"])
        heard.checked[rule.id] = Checked(rule=rule, state=told["state"], reasons=reasons)
    else:
        heard.ended = True


def _lay_blame(heard: _Heard, fault: str) -> None:
    """Put a death or a hang on the rule that was being looked at, unless the child told of a fault before."""
    broken = any(row.state == "fail" for row in heard.checked.values())
    id = heard.stage if heard.stage in BY_ID else "imports"
    if not (broken and id in CHILDS):  # a child that told of a fault there ended by itself
        heard.checked[id] = Checked(rule=BY_ID[id], state="fail", reasons=(fault,))
    started: Rule = BY_ID[id]
    if started.part in {"subspace", "buddy"}:
        for rule in (*rules_of("subspace"), *rules_of("buddy")):
            row = Checked(rule=rule, state="unchecked", reasons=(f"{id} ended the check",))
            heard.checked.setdefault(rule.id, row)


def _death(code: int | None, stage: str, said: str) -> str:
    how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    last = f"; its last words: {said}" if said else ""
    return f"the process ended ({how}) during {stage}{last}"


async def _last_words(process: asyncio.subprocess.Process) -> str:
    """Return the last line of stderr, and keep the pipe from filling up."""
    assert process.stderr is not None
    tail = b""
    while chunk := await process.stderr.read(65_536):
        tail = (tail + chunk)[-2_000:]
    lines = tail.decode("utf-8", "replace").strip().splitlines()
    return "".join(c for c in lines[-1][:200] if c.isprintable()) if lines else ""


def _end(process: asyncio.subprocess.Process) -> None:
    """End the child and whatever it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def reached(report: Report, tier: Tier) -> bool:
    """Return whether a report reaches a tier."""
    return report.tier >= tier
