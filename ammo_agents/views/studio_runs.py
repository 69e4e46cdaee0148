"""Studio, Runs: every training run with its state, its curves, what it wrote before and after, its report and its gate.

The files of a run are the truth (decision 0017): nothing here is kept, so a reload, another tab and the terminal see the
same. Nothing here needs torch.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ammo_agents.adapters import jobs, run_files
from ammo_agents.adapters.run_files import RunFile, training_folder
from ammo_agents.app import App
from ammo_agents.errors import ConflictError
from ammo_agents.views.studio_report import bars, claim, cost, figures, said_of, verdict

Plain = dict[str, Any]
CURVES: tuple[tuple[str, str, float | None, str], ...] = (
    ("loss", "Loss", None, ""),
    ("margin", "Reward margin", 0.0, ""),
    ("accuracy", "Accuracy, ties 0.5", 0.5, ""),
    ("kl", "KL from the base", 0.0, "This run does not log it."),
)
"""Name in `metrics.jsonl`, title, the value that is marked, and what stands where there is no curve."""
COLUMNS = (
    ("step", "step"),
    ("seconds", "seconds"),
    ("loss", "loss"),
    ("margin", "margin"),
    ("accuracy", "accuracy"),
    ("kl", "KL"),
    ("chosen_logp", "log p chosen"),
    ("rejected_logp", "log p rejected"),
    ("grad_norm", "gradient norm"),
    ("lr", "learning rate"),
)
MOST_ROWS = 400
"""Rows of the table under the curves; beyond, every k-th and the last."""
MOST_SAMPLES = 10
"""Samples shown side by side; `report.md` holds all."""
CAUSES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("no space left", "disk full", "no room to write"), "The disk is full."),
    (("out of memory", "cannot allocate memory", "memoryerror", "oom-kill"), "The machine ran out of memory: a smaller batch or a shorter max_length needs less."),
    (("is nan", "not finite", "nan loss", "loss is nan"), "The loss is no number any more: a smaller learning rate usually helps."),
    (("leak",), "The same people, times or texts stand in training and in the test."),
    (("sha256", "tampered", "its hash is"), "A file is not the one its manifest names."),
    (("no module named", "modulenotfounderror", "importerror"), "A package is missing: install the training stack again."),
    (("went away", "killed"), "Its process was killed or the machine was switched off; memory is the usual reason."),
)  # fmt: skip
"""Words of a fault or of the last lines (small letters), and the likely cause they stand for; the first match counts."""


async def listed(app: App) -> Plain:
    """List every run of this home, the newest first, with its state, place in the queue and time left."""
    return await asyncio.to_thread(_listed, training_folder(app.settings))


async def marks(app: App) -> list[tuple[object, ...]]:
    """Return what changes the list: where each run stands, without its heartbeat."""
    found = await asyncio.to_thread(run_files.runs, training_folder(app.settings))
    return [
        (r.id, r.name, r.state, r.stage, r.step, r.doing, r.seconds_left, r.fault) for r in found
    ]


async def shown(app: App, *, run: str) -> Plain:
    """Return everything there is to see of one run.

    Raises:
        NotFoundError: no such run.
        DamagedError: one of its files cannot be read.
    """
    return await asyncio.to_thread(_shown, await _folder(app, run))


async def numbers(app: App, *, run: str, after: int = 0, most: int = 1_000) -> Plain:
    """Return the lines of a run's metrics from line `after` on, as they were written; `next` is the number to ask for then."""
    folder = await _folder(app, run)
    read = run_files.read_lines
    rows = await asyncio.to_thread(read, folder / "metrics.jsonl", after=after, most=most)
    count = await asyncio.to_thread(run_files.line_count, folder / "metrics.jsonl")
    return {"run": run, "after": after, "next": min(count, after + most), "rows": rows}


async def mark(app: App, *, run: str) -> tuple[int, float, str]:
    """Return what changes with a run: the bytes of its metrics, when its state was last written, and that state.

    A process that is killed writes nothing any more: only the state, by its lock, tells.
    """
    folder = await _folder(app, run)
    return await asyncio.to_thread(_mark, folder)


async def standing(app: App, *, run: str) -> Plain:
    """Return where a run stands, without its curves and its report."""
    return await asyncio.to_thread(_standing, await _folder(app, run))


async def resume(app: App, *, run: str) -> Plain:
    """Let a run that stopped, failed or was interrupted go on from its last checkpoint.

    Raises:
        NotFoundError: no such run.
        ConflictError: it is done, or somebody works on it.
    """
    folder = await _folder(app, run)
    found = await asyncio.to_thread(run_files.read_run, folder)
    if found.live or found.state == "done":
        raise ConflictError(f"run {run} is {found.state}", hint="Only what ended early goes on.")
    pid = await asyncio.to_thread(jobs.start, folder)
    return {"run": run, "pid": pid}


async def _folder(app: App, run: str) -> Path:
    parent = training_folder(app.settings) / "runs"
    return await asyncio.to_thread(run_files.named, parent, run, "run")


def _mark(folder: Path) -> tuple[int, float, str]:
    size, written = 0, 0.0
    with contextlib.suppress(FileNotFoundError):
        size = (folder / "metrics.jsonl").stat().st_size
    with contextlib.suppress(FileNotFoundError):
        written = (folder / "run.json").stat().st_mtime
    return size, written, run_files.read_run(folder).state


def _standing(folder: Path) -> Plain:
    root = folder.parent.parent
    return _row(run_files.read_run(folder), root, run_files.runs(root))


def _listed(root: Path) -> Plain:
    every = run_files.runs(root)
    rows = [_row(run, root, every) for run in every]
    for row in rows:
        last = _last(root / "runs" / row["id"])
        row |= {"loss": last.get("loss"), "accuracy": last.get("accuracy")}
        row["trace"] = last["trace"]
    return {"runs": rows, "live": sum(row["live"] for row in rows)}


def _last(folder: Path) -> Plain:
    """Return the last numbers of a run, and its loss as a line of a word's height."""
    found = run_files.metrics(folder)
    trained = [row for row in found if not run_files.is_look(row)]
    trace = [v for row in trained if (v := _number(row.get("loss"))) is not None]
    step = max(1, len(trace) // 60)
    last = trained[-1] if trained else {}
    return {
        "loss": _number(last.get("loss")),
        "accuracy": _number(last.get("accuracy")),
        "trace": trace[::step],
    }


def _row(run: RunFile, root: Path, every: Sequence[RunFile]) -> Plain:
    before = jobs.before(every, run) if run.state == "queued" else []
    trains = run.state == "running" and run.stage == "train"
    return {
        "id": run.id,
        "name": run.name or run.id,
        "kind": run.kind,
        "target": run.target,
        "set": run.set,
        "state": run.state,
        "stage": run.stage,
        "live": run.live,
        "started": run.started,
        "heartbeat": run.heartbeat,
        "step": run.step,
        "steps": run.steps,
        "done": min(1.0, run.step / run.steps) if run.steps else None,
        "doing": run.doing if run.state == "running" else "",
        "seconds_left": run.seconds_left if trains else None,
        "left": spoken(run.seconds_left) if trains else "",
        "seed": run.seed,
        "adapter": run.adapter,
        "fault": run.fault if run.state in {"failed", "interrupted", "stopped"} else "",
        "hint": run.hint,
        "place": len(before) + 1 if run.state == "queued" else 0,
        "waits_for": before[0].id if before else "",
        "why_waiting": _why(before),
        "stages": _stages(run),
        "config_sha256": run.config_sha256,
        "folder": str(root / "runs" / run.id),
    }


def _why(before: Sequence[RunFile]) -> str:
    if not before:
        return ""
    first = before[0]
    busy = "trains" if first.state == "running" else "waits before it"
    return f"{first.name or first.id} {busy}, and a machine trains one run at a time"


def _stages(run: RunFile) -> list[Plain]:
    """Return the stages of a job, each ``done``, ``now`` or ``""``."""
    at = run_files.STAGES.index(run.stage) if run.stage in run_files.STAGES else -1
    if run.state == "done":
        at = len(run_files.STAGES)
    return [
        {"name": name, "state": "done" if k < at else "now" if k == at and run.state != "queued" else ""}
        for k, name in enumerate(run_files.STAGES)
    ]  # fmt: skip


def _shown(folder: Path) -> Plain:
    root = folder.parent.parent
    every = run_files.runs(root)
    run = run_files.read_run(folder)
    report = run_files.read_object(folder / "report.json") or {}
    found = run_files.metrics(folder)
    log = run_files.last_lines(folder / "log.txt")
    return {
        **_row(run, root, every),
        "after": run_files.line_count(folder / "metrics.jsonl"),
        "curves": _curves(found),
        "columns": [{"name": name, "title": title} for name, title in _present(found)],
        "rows": _thin(found),
        "held_out": _held_out(found),
        "log": log,
        "cause": _cause(run, log),
        "resume": f"ammo train run --resume {run.id}",
        "samples": samples(folder, report),
        "figures": figures(report),
        "gate": bars(report),
        "verdict": verdict(report),
        "claim": claim(report),
        "cost": cost(folder, report),
        "says": said_of(report),
        "config": _config(folder),
        "plan": run_files.read_object(folder / "plan.json") or {},
    }


def _curves(found: Sequence[Plain]) -> list[Plain]:
    drawn = []
    for name, title, rule, empty in CURVES:
        series = [
            {"name": "training", "points": _points(found, name, held_out=False)},
            {"name": "held out", "points": _points(found, name, held_out=True)},
        ]
        kept = [one for one in series if one["points"]]
        if kept or name != "kl":
            drawn.append({
                "name": name,
                "title": title,
                "rule": rule,
                "series": kept,
                "empty": empty,
            })
    return drawn


def _points(found: Sequence[Plain], name: str, *, held_out: bool) -> list[list[float]]:
    """Return (step, value) of one metric: of the training steps, or of the evaluations on held-out pairs."""
    points = []
    for row in found:
        inner = row.get("eval")
        source: Mapping[str, Any] = row
        if held_out:
            source = inner if isinstance(inner, Mapping) else row if inner is True else {}
        elif inner is True:
            continue
        value = _number(source.get(name))
        if value is not None:
            points.append([float(row["step"]), value])
    return points


def _present(found: Sequence[Plain]) -> list[tuple[str, str]]:
    return [(name, title) for name, title in COLUMNS if any(_number(r.get(name)) is not None for r in found)]  # fmt: skip


def _thin(found: Sequence[Plain]) -> list[Plain]:
    rows = [row for row in found if not run_files.is_look(row)]
    step = max(1, math.ceil(len(rows) / MOST_ROWS))
    kept = rows[:-1:step] + rows[-1:]
    return [{name: _number(row.get(name)) for name, _ in COLUMNS} for row in kept]


def _held_out(found: Sequence[Plain]) -> list[Plain]:
    """Return the evaluations on held-out pairs, each with its step."""
    rows = []
    for row in found:
        inner = row.get("eval")
        source = inner if isinstance(inner, Mapping) else row if inner is True else None
        if source is not None:
            told = {name: _number(source.get(name)) for name, _ in COLUMNS}
            rows.append({**told, "step": row["step"]})
    return rows


def _config(folder: Path) -> str:
    found = run_files.read_object(folder / "config.json")
    return "" if found is None else json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False)


def _cause(run: RunFile, log: Sequence[str]) -> str:
    """Return the likely cause of a run that ended early, read off its fault and its last lines; empty = not known."""
    if run.state not in {"failed", "interrupted"}:
        return ""
    said = " ".join((run.fault, *log)).lower()
    return next((cause for words, cause in CAUSES if any(word in said for word in words)), "")


def samples(folder: Path, report: Mapping[str, Any]) -> list[Plain]:
    """Return what the buddy wrote before and after on the same held-out prompts: prompt, before, after."""
    rows = run_files.read_lines(folder / "samples.jsonl") or list(report.get("samples") or ())
    shown = []
    for row in rows:
        before, after = row.get("before"), row.get("after")
        if isinstance(before, str) and isinstance(after, str):
            shown.append({"prompt": asked(row.get("prompt")), "before": before, "after": after})
    return shown[:MOST_SAMPLES]


def asked(prompt: object) -> str:
    """Return the words of a prompt: a text as it is, of messages the last thing that was asked."""
    if isinstance(prompt, list) and prompt:
        last = prompt[-1]
        return str(last.get("content", "")) if isinstance(last, Mapping) else str(last)
    return "" if prompt is None else str(prompt)


def _number(value: object) -> float | None:
    ok = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if ok else None  # type: ignore[arg-type]


def spoken(seconds: float | None) -> str:
    """Return a time a person waits: ``40 s``, ``12 min``, ``3 h 10 min``."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    whole = max(0, round(seconds))
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
