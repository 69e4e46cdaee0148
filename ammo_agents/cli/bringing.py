"""Brings a plugin step by step: fetch, look, say what it asks for, ask, load it apart, hand it to who owns the home."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from ammo_agents.cli import paint, session
from ammo_agents.cli.options import FLAGS, perform
from ammo_agents.errors import BadInputError, RefusedError
from ammo_agents.installing import child, environment, index, place, plan, source
from ammo_agents.installing.plan import Plan, Stage, Wishes
from ammo_agents.installing.refusal import Refusal
from ammo_agents.installing.source import Fetched
from ammo_agents.plugins.found import found, found_folders
from ammo_agents.settings import Loaded, load

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody asked for, and what they said about it."""

    said: str
    wishes: Wishes
    build: bool
    """A Python project may be built, which runs its code."""
    yes: bool
    """What it asks for is granted without a question."""
    quiet: bool
    only: str = ""
    """The plugin that it must be; empty = any."""


def install(
    said: str, wishes: Mapping[str, bool], *, build: bool, yes: bool, as_json: bool
) -> None:
    """Install what `said` names: a name, a wheel, a folder, a repository.

    Raises:
        PluginError: it breaks a rule; the message names culprit, reason and way out.
        BadInputError, RefusedError: it cannot be had, or nobody said yes.
    """
    asked = Asked(said=said, wishes=Wishes(**wishes), build=build, yes=yes, quiet=as_json)
    _show(_brought(load(FLAGS), asked), as_json=as_json)


def upgrade(name: str, where: str | None, wishes: Mapping[str, bool], **how: bool) -> None:
    """Install a newer version from where the installed one came, or from `where`; `how`: build, yes, as_json."""
    build, yes, as_json = how["build"], how["yes"], how["as_json"]
    loaded = load(FLAGS)
    now = asyncio.run(session.answered(loaded, "plugin_origin", {"name": name}))
    if now["place"] not in {"home", "folder"}:
        raise RefusedError(
            f"{now['name']} lies in the environment, and AMMO upgrades only what it installed",
            hint=f"pip install -U {now['distribution'] or now['name']}",
        )
    said = where or _origin(now)
    asked = Asked(
        said=said, wishes=Wishes(**wishes), build=build, yes=yes, quiet=as_json, only=now["name"]
    )
    _show(_brought(loaded, asked), as_json=as_json)


def remove(name: str, *, erase: bool, yes: bool, as_json: bool) -> None:
    """Remove a plugin; erasing its data asks first."""
    if erase and not yes:
        _confirm(
            f"Erase everything that the subspaces of {name} published, and what you said of it? This cannot be undone",
            f"ammo plugin remove {name} --erase --yes",
        )
    perform("plugin_remove", json=as_json, name=name, erase=erase)


def _brought(loaded: Loaded, asked: Asked) -> Plain:
    settings = loaded.settings
    out = Console(stderr=True, highlight=False, quiet=asked.quiet)
    chosen = source.source_of(
        asked.said, index.read(settings.plugin_index, offline=settings.offline)
    )
    with place.staging(settings) as folder:
        (folder / "fetched").mkdir()
        out.print(f"[dim]Looking at {paint.clean(chosen.origin)}[/dim]")
        fetched = source.fetch(chosen, folder / "fetched", offline=settings.offline)
        fetched = _as_wheel(fetched, folder, asked)
        stage = Stage(
            settings=settings,
            folder=folder,
            environment=environment.around(),
            installed=[*found(settings), *found_folders(settings)],
            wishes=asked.wishes,
        )
        staged = _or_refused(
            plan.stage_folder(stage, fetched)
            if fetched.path.is_dir()
            else plan.stage_wheel(stage, fetched)
        )
        if asked.only and staged.name != asked.only:
            raise BadInputError(
                f"{asked.said} is the plugin {staged.name!r}, not {asked.only!r}",
                hint=f"Name a newer version of {asked.only}, or install the other one: ammo install {asked.said}",
            )
        if staged.same:
            return {**staged.plain(), "state": "unchanged"}
        _tell(out, staged)
        if not asked.yes and (staged.more or staged.needs or not staged.was):
            verb = f"Upgrade to {staged.version}" if staged.was else "Install it"
            _confirm(verb, f"ammo plugin install {asked.said} --yes")
        if staged.sort == "code":
            out.print("[dim]Loading it in a process of its own[/dim]")
            staged = _or_refused(plan.probed(stage, staged))
        plan.keep(stage, staged)
        return asyncio.run(session.answered(loaded, "plugin_accept", {"token": folder.name}))


def _as_wheel(fetched: Fetched, folder: Path, asked: Asked) -> Fetched:
    """Return what came as a wheel, or as a folder without code; building runs the project's code, so it is asked for."""
    path = fetched.path
    if not path.is_dir() or source.is_declarative(path):
        return fetched
    if not source.is_project(path):
        raise BadInputError(
            f"{fetched.origin} is neither a subspace's folder (no ammo.toml at its top) nor a Python project",
            hint="Begin one: ammo subspace new NAME",
        )
    if not asked.build:
        if asked.yes:
            raise BadInputError(
                f"{fetched.origin} is a Python project: making a wheel of it runs its code",
                hint="If you trust it: --build",
            )
        _confirm(
            f"{fetched.origin} is a Python project: making a wheel of it runs its code. Build it",
            "--build",
        )
    (folder / "built").mkdir()
    return Fetched(path=child.build(path, folder / "built"), origin=fetched.origin)


def _or_refused(staged: Plan | Refusal) -> Plan:
    if isinstance(staged, Refusal):
        raise staged.error()
    return staged


def _tell(out: Console, staged: Plan) -> None:
    """Say what would come and what it asks for, before anybody says yes."""
    was = f", in place of {staged.was}" if staged.was else ""
    out.print(
        f"[bold]{paint.clean(staged.title)}[/bold] {staged.version}{was}: {paint.clean(staged.summary)}"
    )
    out.print(f"  {len(staged.files)} files, from {paint.clean(staged.origin)}")
    if staged.subspaces:
        out.print(f"  subspaces: {', '.join(staged.subspaces)}")
    for need in staged.needs:
        out.print(f"  brings {need} into its own folder")
    asks = staged.capabilities.words()
    out.print("It asks for:" if asks else "It asks for nothing beyond its own folder.")
    for line in asks:
        fresh = " [yellow](new)[/yellow]" if staged.was and line in staged.more else ""
        out.print(f"  {paint.clean(line)}{fresh}")
    if staged.sort == "code":
        out.print(
            "[dim]It is Python code: AMMO watches what it declares, but code in a process can do what you can.[/dim]"
        )


def _confirm(question: str, outright: str) -> None:
    if not sys.stdin.isatty():
        raise BadInputError(
            f"{question}? Nobody is here to be asked", hint=f"Say it outright: {outright}"
        )
    typer.confirm(question, abort=True, err=True)


def _origin(now: Mapping[str, str]) -> str:
    """Return what to ask for to find a newer version of what is installed."""
    origin = now["origin"]
    if origin.startswith("git+"):
        return origin.rpartition("@")[0]
    if origin.startswith("index: "):
        return now["name"]
    if origin.startswith("pypi: "):
        return now["distribution"]
    if Path(origin).is_dir():
        return origin
    raise BadInputError(
        f"{now['name']} came from {origin or 'an unknown place'}, which has no newer version by itself",
        hint=f"Name the new one: ammo plugin upgrade {now['name']} ./NEW.whl",
    )


def _show(answer: Plain, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
    else:
        paint.show("plugin_accept", answer)
