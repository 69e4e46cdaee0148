"""How reports are shown and adapters judged behind their verbs: progress on stderr, data on stdout, exit 3 at a closed gate."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markdown import Markdown

from ammo_agents.adapters.folder import AdapterFolder
from ammo_agents.cli.options import FLAGS
from ammo_agents.cli.paint import console
from ammo_agents.errors import BadInputError
from ammo_agents.settings import Settings, load
from ammo_training import card
from ammo_training import report as reports
from ammo_training import run as runs
from ammo_training.folders import training_folders
from ammo_training.offline import set_offline
from ammo_training.run import Run

CLOSED = 3
"""The exit code of a gate that did not open."""
Plain = dict[str, Any]


def report(named: Sequence[str], *, again: bool, as_json: bool) -> None:
    """Print the report of one run, measured now if there is none, or several runs' together; exit 3 at a closed gate."""
    settings = load(FLAGS).settings
    found = [_report(runs.find(training_folders(settings).runs, name), again) for name in named]
    joined = found[0] if len(found) == 1 else reports.together(found)
    if as_json:
        _print(joined)
    else:
        page = card.card(joined) if len(found) == 1 else card.together(joined)
        console().print(Markdown(page))
    if not joined["gate"]["passed"]:
        raise typer.Exit(CLOSED)


def evaluate(asked: Mapping[str, Any], *, as_json: bool) -> None:
    """Judge an adapter, or the base alone, by a file of pairs, and print what was found."""
    settings = load(FLAGS).settings
    set_offline()
    judge = importlib.import_module("ammo_training.judging")
    found: Plain = judge.judged_by(
        settings,
        named=place(settings, asked["adapter"]),
        pairs=asked["pairs"],
        base=asked["base"],
        most=asked["most"],
        seed=asked["seed"],
        told=_say,
    )
    if as_json:
        _print(found)
        return
    console().print(Markdown(card.evaluation(found)))


def place(settings: Settings, named: str) -> str:
    """Return what an adapter is meant by: ``base``, the path of a folder, or the id of one kept here.

    Raises:
        NotFoundError: no such adapter, or several that begin like this.
    """
    if named == "base":
        return named
    if (Path(named) / "adapter_config.json").is_file():
        return str(Path(named))
    return AdapterFolder.of(settings).find(named)


def _report(run: Run, again: bool) -> Plain:
    if (run.folder / reports.JSON).is_file() and not again:
        return reports.read(run.folder)
    if not run.adapter and not (run.trained / "adapter_config.json").is_file():
        raise BadInputError(
            f"run {run.id} has no adapter to report on: it is {run.state} in stage {run.stage!r}",
            hint=f"Let it end: ammo train run --resume {run.id}",
        )
    set_offline()
    _say(f"measuring run {run.id}")
    with Console(stderr=True).status("") as status:  # a terminal sees how far it is
        return reports.write(run, at=status.update)


def _print(found: Plain) -> None:
    sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")
    sys.stderr.flush()
