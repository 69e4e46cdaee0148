"""What a plugin needs beyond the environment, brought into the plugin's own folder: wheels only, and never in place of what is installed."""

from __future__ import annotations

import json
from pathlib import Path

from packaging.utils import canonicalize_name

from ammo_agents.installing import archive, child, place
from ammo_agents.installing.archive import Contents
from ammo_agents.installing.environment import Environment
from ammo_agents.installing.refusal import Refusal, Rule
from ammo_agents.installing.wheel import Inspected
from ammo_agents.plugins.found import GROUP
from ammo_agents.settings import Settings


def bring_needs(
    inspected: Inspected,
    environment: Environment,
    root: Path,
    settings: Settings,
    *,
    allow_native: bool,
) -> tuple[str, ...] | Refusal:
    """Unpack what a plugin misses into its folder `root` and return ``name version`` of each; () if it misses nothing.

    Raises:
        RefusedError: AMMO is offline. BadInputError: pip cannot bring it.
    """
    if not inspected.lacks.missing:
        return ()
    work = root.parent / ".needs"
    work.mkdir(parents=True)
    report = work / "report.json"
    child.resolve(inspected.lacks.missing, report, offline=settings.offline)
    chosen = _chosen(report)
    for name, version in chosen.items():
        if there := environment.versions.get(canonicalize_name(name)):
            return Refusal(
                rule=Rule.REQUIRES,
                culprit=f"{inspected.name} needs {name} {version}",
                reason=f"would replace the installed {name} {there}",
                way_out="Use a version of the plugin that fits, or an environment of its own for it.",
            )
    wheels = child.download(
        [f"{name}=={version}" for name, version in chosen.items()], work, offline=settings.offline
    )
    tops = {inspected.module.partition(".")[0]}
    for path in wheels:
        contents = archive.read(path)
        if isinstance(contents, Refusal):
            return contents
        if refusal := _unfit(path.name, contents, environment, tops, allow_native=allow_native):
            return refusal
        tops |= contents.tops
        place.unpack(path, root)
    for path in (*wheels, report):
        path.unlink()
    work.rmdir()
    return tuple(f"{name} {version}" for name, version in sorted(chosen.items()))


def _chosen(report: Path) -> dict[str, str]:
    rows = json.loads(report.read_text(encoding="utf-8"))["install"]
    return {row["metadata"]["name"]: row["metadata"]["version"] for row in rows}


def _unfit(
    name: str, contents: Contents, environment: Environment, tops: set[str], *, allow_native: bool
) -> Refusal | None:
    """Return why a further distribution may not lie beside the plugin."""
    way_out = f"Install it with pip, where you want it: {name}"
    for file in contents.files:
        if file.endswith(".pth") or ".data" in file.partition("/")[0]:
            return Refusal(
                rule=Rule.OUTSIDE,
                culprit=f"{name}: {file}",
                reason="lies outside of its packages",
                way_out=way_out,
            )
    for top in contents.tops:
        owner = environment.owner_of(top.removesuffix(".py"), but="")
        if owner or top in tops:
            return Refusal(
                rule=Rule.NAMESAKE,
                culprit=f"{name}: import name {top!r}",
                reason=f"belongs to {owner or 'the plugin or another need'}",
                way_out=way_out,
            )
    if contents.native and not allow_native:
        return Refusal(
            rule=Rule.NATIVE,
            culprit=f"{name}: {contents.native[0]}",
            reason="is compiled code",
            way_out="If you trust its author: --allow-native",
        )
    points = contents.texts.get(f"{contents.dist_info}/entry_points.txt", b"")
    if f"[{GROUP}]".encode() in points.replace(b" ", b""):
        return Refusal(
            rule=Rule.ENTRY,
            culprit=name,
            reason="is a plugin of its own",
            way_out="Install it first: ammo plugin install",
        )
    return None
