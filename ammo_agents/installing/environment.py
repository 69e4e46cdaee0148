"""What is installed around AMMO: versions, import names and entry points of every distribution, nothing imported."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import metadata

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The distributions that a plugin would live among."""

    versions: Mapping[str, str] = field(default_factory=dict)
    """Canonical name → version."""
    imports: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Top-level import name → canonical names of who brings it."""
    points: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(group, name) of every entry point → canonical name of its distribution."""

    def owner_of(self, top: str, *, but: str) -> str:
        """Return who has the import name `top`, other than the distribution `but`; empty = nobody."""
        if top in sys.stdlib_module_names:
            return "Python itself"
        others = self.imports.get(top, frozenset()) - {canonicalize_name(but)}
        return min(others, default="")


def around() -> Environment:
    """Return the environment of this process; blocks for about a tenth of a second."""
    versions: dict[str, str] = {}
    points: dict[tuple[str, str], str] = {}
    for dist in metadata.distributions():
        name = canonicalize_name(dist.metadata["Name"] or "")
        if name in versions:  # the first one on the path is the one that is imported
            continue
        versions[name] = dist.version
        points |= {(p.group, p.name): name for p in dist.entry_points}
    imports: dict[str, set[str]] = defaultdict(set)
    for top, names in metadata.packages_distributions().items():
        imports[top] |= {canonicalize_name(n) for n in names}
    return Environment(
        versions=versions,
        imports={top: frozenset(names) for top, names in imports.items()},
        points=points,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacks:
    """What a plugin needs and the environment does not give."""

    missing: tuple[str, ...] = ()
    """Requirements nobody meets, as pip reads them."""
    conflicts: tuple[str, ...] = ()
    """Requirements that what is installed contradicts, each with the version that is there."""
    unread: tuple[str, ...] = ()
    """Lines that are no requirement."""


def lacks(requires: Iterable[str], environment: Environment) -> Lacks:
    """Return which of these requirements the environment does not meet, by their markers for this interpreter."""
    missing, conflicts, unread = [], [], []
    for line in requires:
        try:
            wanted = Requirement(line)
        except InvalidRequirement:
            unread.append(line)
            continue
        if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
            continue
        there = environment.versions.get(canonicalize_name(wanted.name))
        plain = f"{wanted.name}{wanted.specifier}"
        if wanted.url:
            unread.append(line)
        elif there is None:
            missing.append(plain)
        elif not _fits(wanted, there):
            conflicts.append(f"{plain} (installed: {there})")
    return Lacks(missing=tuple(missing), conflicts=tuple(conflicts), unread=tuple(unread))


def _fits(wanted: Requirement, there: str) -> bool:
    try:
        return wanted.specifier.contains(Version(there), prereleases=True)
    except InvalidVersion:
        return False
