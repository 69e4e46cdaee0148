"""What ``ammo train plan|run|list|export`` do: the plan and the progress on stderr, what was found on stdout."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from ammo_agents.adapters import jobs
from ammo_agents.cli.options import FLAGS
from ammo_agents.cli.paint import clean, console
from ammo_agents.durable import write_json
from ammo_agents.settings import Settings, load
from ammo_training import config as configs
from ammo_training import run as runs
from ammo_training import starting
from ammo_training.files import read_json
from ammo_training.folders import training_folders
from ammo_training.options import TrainConfig
from ammo_training.run import Run

Plain = dict[str, Any]
LINE_S = 5.0
"""Seconds between two lines of progress where nobody watches a bar."""


def plan(file: Path | None, sets: Sequence[str], asked: Plain, *, as_json: bool) -> None:
    """Print the resolved configuration (stderr) and what it would take (stdout)."""
    settings = _settings()
    config = _resolved(settings, file, sets, asked)
    _say("Loading the base and taking two real steps …")
    found = starting.planned(settings, config)
    answer = {"plan": found, "config": configs.as_json(config), "sha256": configs.sha256_of(config)}
    _show(answer, as_json=as_json, lines=plan_lines(found))


def run(
    file: Path | None,
    sets: Sequence[str],
    asked: Plain,
    *,
    yes: bool,
    detach: bool,
    as_json: bool,
) -> None:
    """Make a run, start it, follow it unless `detach`; ask first, unless told not to or nobody is there to answer."""
    settings = _settings()
    config = _resolved(settings, file, sets, asked)
    plan: Plain = {}
    if not yes and sys.stdin.isatty():
        plan = _agreed(settings, config)
        if not plan:
            return
    made = starting.make(settings, config)
    if plan:
        write_json(made.plan, plan)
    _say(f"Run {made.id} ({made.folder})")
    begun = starting.begin(made)
    if detach:
        _show(_plain_run(begun), as_json=as_json, lines=[f"{begun.id}: see it with ammo runs list"])
    else:
        _follow(begun, as_json=as_json)


def resume(id: str, *, as_json: bool) -> None:
    """Go on with a run."""
    found = runs.find(training_folders(_settings()).runs, id)
    _follow(starting.again(found), as_json=as_json)


def show_list(*, as_json: bool) -> None:
    """Print the runs, the newest first."""
    found = runs.all_runs(training_folders(_settings()).runs)
    rows = [_plain_run(one) for one in found]
    lines = [
        f"{r['id']}  {r['state']:11} {r['stage']:9} {r['step']:>4}/{r['steps']:<4} {r['name']}  "
        f"{r['adapter'] or r['fault']}"
        for r in rows
    ]
    _show(
        {"runs": rows}, as_json=as_json, lines=lines or ["No run yet: ammo train run --pairs FILE"]
    )


def export(adapter: str, out: Path, form: str, *, as_json: bool) -> None:
    """Write an adapter to `out`."""
    from ammo_training import export as exporting  # noqa: PLC0415 - loads torch for a merge

    chosen: Any = form
    manifest = exporting.export(training_folders(_settings()), adapter, out, chosen)
    answer = {"adapter": manifest.id, "form": form, "out": str(out), "base": manifest.base}
    _show(answer, as_json=as_json, lines=[f"{manifest.id} is in {out} ({form})."])


def plan_lines(found: Mapping[str, Any]) -> list[str]:
    """Return a plan for people."""
    split = found["split"]
    by = ", ".join(split["by"]) or "nothing"
    lines = [
        (
            f"Rows      {found['rows']} to learn from, {found['dev']} for the curve, {found['test']} for "
            f"the report (split by {by})"
        ),
        *[f"          {n} left out: {why}" for why, n in split["dropped"].items()],
        *[f"          {n} dropped: {why}" for why, n in found["dropped"].items()],
    ]
    if found["cut"]:
        lines.append(f"          {found['cut']} replies are cut at {found['max_length']} tokens")
    if split["alone"]:
        lines.append("          one person: says nothing about others")
    low, high = _minutes(found["minutes_low"]), _minutes(found["minutes_high"])
    fewer = found["padded_tokens"] < found["tokens"] * found["epochs"]
    once = ", a pair's prompt once" if fewer else ""
    return [
        *lines,
        (
            f"Tokens    {found['tokens']:,} of rows, {found['padded_tokens']:,} computed{once}, "
            f"{found['max_length']} at most in one"
        ),
        f"Steps     {found['steps']} ({found['epochs']:g} epochs), {found['trained_weights']:,} weights",
        (
            f"Time      {_minutes(found['minutes'])} ({low} to {high}) on {found['device']}, {found['dtype']}, "
            f"{found['threads']} thread(s); the report comes on top"
        ),
        f"Memory    {found['memory_mb']:,} MB at the peak of two steps; disk {found['disk_mb']:,} MB",
    ]


def _resolved(
    settings: Settings, file: Path | None, sets: Sequence[str], asked: Plain
) -> TrainConfig:
    """Return what is asked, after it was printed with its hash."""
    config = configs.resolve(file, sets, **_plain(asked))
    config = replace(config, base=config.base or settings.model)
    _say(f"{configs.as_yaml(config)}# sha256 {configs.sha256_of(config)}")
    return config


def _agreed(settings: Settings, config: TrainConfig) -> Plain:
    """Return the plan if somebody who saw it wants it; else nothing."""
    _say("Loading the base and taking two real steps …")
    found = starting.planned(settings, config)
    for line in plan_lines(found):
        _say(line)
    return found if typer.confirm("Start?", err=True, default=True) else {}


def _follow(run: Run, *, as_json: bool) -> None:
    """Show a run until it ends; Ctrl-C asks it to stop, a second one leaves it alone."""
    with _bar(quiet=not sys.stderr.isatty()) as bar:
        task = bar.add_task("queued", total=None, words="")
        pace = _Pace()

        def told(now: Run, last: Mapping[str, object]) -> None:
            words = _words(now, last)
            bar.update(
                task,
                description=now.stage,
                completed=now.step,
                total=now.steps or None,
                words=words,
            )
            if not sys.stderr.isatty() and pace(now):
                _say(f"{now.state} {now.stage} {now.step}/{now.steps} {words}")

        try:
            end = starting.follow(run, told)
        except KeyboardInterrupt:
            jobs.stop(run.folder)
            _say(f"Stopping after this step; the work is kept. Again: leave it alone ({run.id}).")
            end = starting.follow(run, told)
    _ended(end, as_json=as_json)


class _Pace:
    """Lets a line through for each new state and stage, and every few seconds between them."""

    def __init__(self) -> None:
        self._last: tuple[str, str] = ("", "")
        self._at = 0.0

    def __call__(self, run: Run) -> bool:
        mark, now = (run.state, run.stage), time.monotonic()
        if mark == self._last and now - self._at < LINE_S:
            return False
        self._last, self._at = mark, now
        return True


def _ended(end: Run, *, as_json: bool) -> None:
    report = end.folder / "report.json"
    found = read_json(report) if report.is_file() else {}
    answer = {**_plain_run(end), "gate": found.get("gate"), "verdict": found.get("verdict")}
    if end.state in {"failed", "interrupted"}:
        raise starting.fault_of(end)
    lines = [f"Run {end.id} is {end.state}: {end.fault}. {end.hint}"]
    if end.state == "done":
        lines = [
            f"Adapter {end.adapter} is a candidate; its report: {end.folder / 'report.md'}",
            *_gate_lines(found.get("gate") or {}, end.adapter),
        ]
    _show(answer, as_json=as_json, lines=lines)
    if end.exit_code:
        sys.exit(end.exit_code)


def _gate_lines(gate: Mapping[str, Any], adapter: str) -> list[str]:
    checks = gate.get("checks", [])
    failed = [f"  not cleared: {c['name']}" for c in checks if not c.get("passed")]
    if not failed:
        return [f"Every bar of the gate is cleared. Promote it: ammo runs promote {adapter}"]
    return [f"The gate is closed ({len(failed)} of {len(checks)} bars):", *failed]


def _words(run: Run, last: Mapping[str, object]) -> str:
    if run.stage != "train" or "loss" not in last:
        return run.doing
    left = "" if run.seconds_left is None else f", {_minutes(run.seconds_left / 60)} left"
    return f"loss {last['loss']:.3f}, right {last.get('accuracy', 0.0):.2f}{left}"


def _minutes(minutes: float) -> str:
    return f"{60 * minutes:.0f} s" if minutes < 1.5 else f"{minutes:.1f} min"


def _plain_run(run: Run) -> Plain:
    return {**asdict(run), "folder": str(run.folder)}


def _plain(asked: Mapping[str, Any]) -> Plain:
    return {k: str(v.absolute()) if isinstance(v, Path) else v for k, v in asked.items()}


def _settings() -> Settings:
    return load(FLAGS).settings


def _say(words: str) -> None:
    sys.stderr.write(words.rstrip() + "\n")


def _bar(*, quiet: bool) -> Progress:
    columns = (TextColumn("{task.description:9}"), BarColumn(), MofNCompleteColumn())
    return Progress(
        *columns, TextColumn("{task.fields[words]}"), console=Console(stderr=True), disable=quiet
    )


def _show(answer: Mapping[str, Any], *, as_json: bool, lines: Sequence[str]) -> None:
    if as_json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
        return
    out = console()
    for line in lines:
        out.print(clean(line))
