"""A plugin that lies staged, looked at from all sides, and not yet in the home: what would come, and what it asks for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ammo_agents import durable
from ammo_agents.authoring.folder import read_folder
from ammo_agents.errors import NotFoundError
from ammo_agents.installing import place, probe, wheel
from ammo_agents.installing.environment import Environment
from ammo_agents.installing.needs import bring_needs
from ammo_agents.installing.refusal import Refusal, Rule
from ammo_agents.installing.source import Fetched, copy_folder
from ammo_agents.installing.wheel import Inspected
from ammo_agents.plugins import lock as locks
from ammo_agents.plugins.found import Found, in_folder
from ammo_agents.plugins.lock import Lock, Locked
from ammo_agents.plugins.manifest import Capabilities, capabilities_of
from ammo_agents.settings import Settings

FILE = "plan.json"
Sort = Literal["code", "folder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One plugin, staged."""

    token: str
    """Name of its staging folder."""
    name: str
    title: str
    summary: str
    sort: Sort
    distribution: str
    version: str
    module: str
    """What its entry point names; empty = a folder."""
    origin: str
    files: Mapping[str, str]
    """Path → sha256, of everything that would be written, in the way the lock writes it."""
    capabilities: Capabilities
    subspaces: tuple[str, ...] = ()
    """What it declares to offer, or showed in the probe."""
    needs: tuple[str, ...] = ()
    """Further distributions that come into its own folder."""
    was: str = ""
    """Version that is installed now; empty = none."""
    more: tuple[str, ...] = ()
    """What it asks for beyond what was granted before, a line each; at a first install all it asks for."""
    same: bool = False
    """It is installed already, file by file."""

    def locked(self) -> Locked:
        """Return the yes to it."""
        return Locked(
            name=self.name,
            version=self.version,
            module=self.module,
            files=self.files,
            capabilities=self.capabilities,
            origin=self.origin,
        )

    def plain(self) -> dict[str, Any]:
        """Return what a door shows of it before somebody says yes."""
        return {
            "name": self.name,
            "title": self.title,
            "summary": self.summary,
            "sort": self.sort,
            "distribution": self.distribution,
            "version": self.version,
            "was": self.was,
            "origin": self.origin,
            "files": len(self.files),
            "asks": list(self.capabilities.words()),
            "more": list(self.more),
            "needs": list(self.needs),
            "subspaces": list(self.subspaces),
            "same": self.same,
        }

    def home(self, settings: Settings) -> Path:
        """Return the staging folder, which is laid out like a home."""
        return place.staged(settings, self.token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What somebody allows at an install."""

    allow_native: bool = False
    with_deps: bool = False
    again: bool = False
    """Replace the same version by other files."""


@dataclass(slots=True)
class Stage:
    """Everything around one staged plugin."""

    settings: Settings
    folder: Path
    environment: Environment
    installed: list[Found]
    """What is there already."""
    wishes: Wishes = field(default_factory=Wishes)

    @property
    def lock(self) -> Lock:
        """The lock of the real home."""
        return locks.read(locks.lock_path(self.settings))


def stage_wheel(stage: Stage, fetched: Fetched) -> Plan | Refusal:
    """Inspect a wheel, unpack it into the staging folder and return what it is; nothing is imported."""
    inspected = wheel.inspect(
        fetched.path,
        stage.environment,
        allow_native=stage.wishes.allow_native,
        sha256=fetched.sha256,
    )
    if isinstance(inspected, Refusal):
        return inspected
    refusal = wheel.unmet(inspected, with_deps=stage.wishes.with_deps) or taken(
        stage, inspected.name, inspected.distribution
    )
    if refusal:
        return refusal
    root = stage.folder / "data" / "plugins" / inspected.name / inspected.version
    needs = bring_needs(
        inspected, stage.environment, root, stage.settings, allow_native=stage.wishes.allow_native
    )
    if isinstance(needs, Refusal):
        return needs
    place.unpack(inspected.path, root)
    return judged(stage, _planned(stage, inspected, fetched, needs, root))


def _planned(
    stage: Stage, inspected: Inspected, fetched: Fetched, needs: tuple[str, ...], root: Path
) -> Plan:
    return Plan(
        token=stage.folder.name,
        name=inspected.name,
        title=inspected.manifest.title,
        summary=inspected.manifest.summary,
        sort="code",
        distribution=inspected.distribution,
        version=inspected.version,
        module=inspected.module,
        origin=fetched.origin,
        files=locks.hashes(root),
        capabilities=inspected.manifest.capabilities,
        subspaces=inspected.manifest.offered("subspaces"),
        needs=needs,
    )


def stage_folder(stage: Stage, fetched: Fetched) -> Plan | Refusal:
    """Read a subspace without code as a whole, copy it into the staging folder and return what it is.

    Raises:
        BadInputError, PluginError: a file of it cannot be used; file, line and column are named.
    """
    folder = read_folder(fetched.path)
    folder.told()
    _, faults = folder.buddies()
    if faults:
        return Refusal(
            rule=Rule.MANIFEST,
            culprit=faults[0].path.name,
            reason=faults[0].reason,
            way_out=faults[0].hint,
        )
    name = folder.manifest.name
    if refusal := taken(stage, name, ""):
        return refusal
    root = stage.folder / "data" / place.SUBSPACES / name
    copy_folder(fetched.path, root)
    durable.flush(root)
    files = locks.hashes(root)
    marks = "".join(f"{path}={hash}\n" for path, hash in sorted(files.items()))
    plan = Plan(
        token=stage.folder.name,
        name=name,
        title=folder.manifest.title,
        summary=folder.manifest.summary,
        sort="folder",
        distribution="",
        version=hashlib.sha256(marks.encode()).hexdigest()[:12],
        module="",
        origin=fetched.origin,
        files=files,
        capabilities=folder.manifest.capabilities,
        subspaces=(name,),
    )
    return _doubled(stage, plan) or judged(stage, plan)


def judged(stage: Stage, plan: Plan) -> Plan | Refusal:
    """Return the plan with what is there now beside it; refused where one version would be two things."""
    known = stage.lock.get(plan.name)
    if known is None or not known.files or known.origin == "environment":
        return replace(plan, more=plan.capabilities.words())
    same = known.version == plan.version and dict(known.files) == dict(plan.files)
    if known.version == plan.version and not same and not stage.wishes.again:
        return Refusal(
            rule=Rule.NAMESAKE,
            culprit=f"{plan.name} {plan.version}",
            reason="is installed with other files",
            way_out=f"Raise its version, or replace it as it is: ammo plugin upgrade {plan.name} {plan.origin}",
        )
    more = plan.capabilities.beyond(known.capabilities)
    return replace(plan, was=known.version, more=more, same=same)


def taken(stage: Stage, name: str, distribution: str) -> Refusal | None:
    """Return who else has this plugin's name."""
    for one in stage.installed:
        if one.name != name:
            continue
        if one.place == "environment":
            return Refusal(
                rule=Rule.NAMESAKE,
                culprit=f"plugin {name!r}",
                reason=f"is in the environment already, from {one.distribution} {one.version}",
                way_out=f"Upgrade it there: pip install -U {one.distribution}, or first: pip uninstall {one.distribution}",
            )
        if one.place == "home" and one.distribution and one.distribution != distribution:
            return Refusal(
                rule=Rule.NAMESAKE,
                culprit=f"plugin {name!r}",
                reason=f"is installed from {one.distribution}, this one is from {distribution}",
                way_out=f"First: ammo plugin remove {name}",
            )
    return None


def probed(stage: Stage, plan: Plan) -> Plan | Refusal:
    """Load a staged plugin in a child process and return the plan with what it showed; its code runs here."""
    home = stage.folder
    locks.write(home / locks.FILE, Lock().holding(plan.locked()))
    shown = probe.load_apart(home, plan.name, plan.version, seconds=stage.settings.plugin_seconds)
    if isinstance(shown, Refusal):
        return shown
    plan = replace(plan, subspaces=shown.subspaces or plan.subspaces)
    return _doubled(stage, plan) or plan


def _doubled(stage: Stage, plan: Plan) -> Refusal | None:
    """Return which other plugin has a subspace of this plan."""
    for one in stage.installed:
        theirs = one.manifest.offered("subspaces") if one.manifest else ()
        for id in plan.subspaces:
            if one.name != plan.name and id in theirs:
                return Refusal(
                    rule=Rule.NAMESAKE,
                    culprit=f"subspace {id!r}",
                    reason=f"is offered by the plugin {one.name!r}, which is installed",
                    way_out=f"Remove one of them: ammo plugin remove {one.name}",
                )
    return None


def keep(stage: Stage, plan: Plan) -> None:
    """Write the plan down for the process that owns the home."""
    table = {**plan.plain(), "files": dict(plan.files), "module": plan.module}
    table["capabilities"] = plan.capabilities.plain()
    (stage.folder / FILE).write_text(json.dumps(table), encoding="utf-8")


def kept(settings: Settings, token: str) -> Plan:
    """Return a plan that was written down; raises `NotFoundError` if whoever staged it has gone."""
    folder = place.staged(settings, token)
    try:
        table = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotFoundError(
            f"nothing whole is staged as {token!r}", hint="Ask for it again."
        ) from error
    return Plan(
        token=token,
        name=table["name"],
        title=table["title"],
        summary=table["summary"],
        sort=table["sort"],
        distribution=table["distribution"],
        version=table["version"],
        module=table["module"],
        origin=table["origin"],
        files=table["files"],
        capabilities=capabilities_of(table["capabilities"], token),
        subspaces=tuple(table["subspaces"]),
        needs=tuple(table["needs"]),
        was=table["was"],
        more=tuple(table["more"]),
        same=table["same"],
    )


def root_of(plan: Plan, folder: Path) -> Path:
    """Return where a staged plugin's files lie."""
    if plan.sort == "folder":
        return folder / "data" / place.SUBSPACES / plan.name
    return folder / "data" / "plugins" / plan.name / plan.version


def as_found(plan: Plan, settings: Settings) -> Found | None:
    """Return an installed plugin in code as the loader takes it."""
    folder = place.code_folder(settings, plan.name, plan.version)
    return next(iter(in_folder(folder, name=plan.name, version=plan.version)), None)
