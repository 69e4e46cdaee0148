"""Inspects a wheel before anything of it is written: is it one plugin, whole, and what does it ask for."""

from __future__ import annotations

import configparser
import hashlib
import platform
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import sys_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from ammo_agents.errors import PluginError
from ammo_agents.installing import archive
from ammo_agents.installing.archive import AUTHOR, Contents
from ammo_agents.installing.environment import Environment, Lacks, lacks
from ammo_agents.installing.refusal import Refusal, Rule
from ammo_agents.plugins import manifest as manifests
from ammo_agents.plugins.found import GROUP
from ammo_agents.plugins.manifest import SLUG, Manifest

STARTERS = {"sitecustomize", "usercustomize"}
"""Modules that Python imports by itself."""
MOST_BYTES = 200 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """A wheel that keeps to every rule but, perhaps, `lacks`."""

    path: Path
    sha256: str
    """Of the wheel itself."""
    distribution: str
    version: str
    module: str
    """What its entry point names, dotted."""
    manifest: Manifest
    files: dict[str, str]
    """Path → sha256 of every file."""
    native: tuple[str, ...]
    lacks: Lacks

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.manifest.name


@dataclass(slots=True)
class _Wheel:
    """What the checks look at, each after the one before it."""

    path: Path
    contents: Contents
    environment: Environment
    allow_native: bool
    distribution: str = ""
    version: str = ""
    module: str = ""
    point: str = ""
    manifest: Manifest | None = None
    metadata: Message | None = None

    @property
    def top(self) -> str:
        """The one import name."""
        return self.module.partition(".")[0]

    def text(self, name: str) -> bytes:
        """Return a file of dist-info; empty if there is none."""
        return self.contents.texts.get(f"{self.contents.dist_info}/{name}", b"")


def digest(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def inspect(
    path: Path, environment: Environment, *, allow_native: bool = False, sha256: str = ""
) -> Inspected | Refusal:
    """Return what a wheel is, or the first rule it breaks; nothing is unpacked, nothing imported.

    Args:
        path: a file ``*.whl``.
        environment: what it would live among.
        allow_native: somebody said that compiled code may be in it.
        sha256: hash that it must have; empty = any.
    """
    if refusal := _file(path, sha256):
        return refusal
    contents = archive.read(path)
    if isinstance(contents, Refusal):
        return contents
    wheel = _Wheel(path, contents, environment, allow_native)
    for check in CHECKS:
        if refusal := check(wheel):
            return refusal
    assert wheel.manifest is not None
    assert wheel.metadata is not None
    return Inspected(
        path=path,
        sha256=digest(path),
        distribution=wheel.distribution,
        version=wheel.version,
        module=wheel.module,
        manifest=wheel.manifest,
        files=contents.files,
        native=contents.native,
        lacks=lacks(wheel.metadata.get_all("Requires-Dist") or [], environment),
    )


def unmet(inspected: Inspected, *, with_deps: bool = False) -> Refusal | None:
    """Return why the environment cannot carry a wheel; `with_deps`: what is missing will be brought."""
    needs = inspected.lacks
    if needs.conflicts or needs.unread:
        culprit = (*needs.conflicts, *needs.unread)[0]
        reason = (
            "contradicts what is installed"
            if needs.conflicts
            else "is no requirement AMMO can meet"
        )
        return Refusal(
            rule=Rule.REQUIRES,
            culprit=f"{inspected.name} needs {culprit}",
            reason=reason,
            way_out="Use a version of the plugin that fits, or an environment of its own for it.",
        )
    if needs.missing and not with_deps:
        line = " ".join(f"'{one}'" for one in needs.missing)
        return Refusal(
            rule=Rule.REQUIRES,
            culprit=f"{inspected.name} needs {', '.join(needs.missing)}",
            reason="is not installed here",
            way_out=f"pip install {line}, or say --with-deps to bring it into the plugin's own folder",
        )
    return None


def _file(path: Path, sha256: str) -> Refusal | None:
    try:
        if path.stat().st_size > MOST_BYTES:
            return _no_wheel(path.name, f"is larger than {MOST_BYTES:,} bytes")
        _, _, _, tags = parse_wheel_filename(path.name)
        found = digest(path)
    except InvalidWheelFilename as error:
        return _no_wheel(path.name, f"is no wheel's name: {error}")
    except OSError as error:
        return _no_wheel(str(path), f"cannot be read: {error.strerror or error}")
    if sha256 and found != sha256:
        return Refusal(
            rule=Rule.HASH,
            culprit=path.name,
            reason=f"has sha256 {found}, wanted was {sha256}",
            way_out="Fetch it again; if that does not help, tell whoever publishes the index.",
        )
    if not tags & set(sys_tags()):
        named = ", ".join(sorted(map(str, tags))[:3])
        return _no_wheel(
            path.name,
            f"is for {named}, this is Python {platform.python_version()} on another platform",
        )
    return None


def _no_wheel(culprit: str, reason: str) -> Refusal:
    return Refusal(rule=Rule.WHEEL, culprit=culprit, reason=reason, way_out=AUTHOR)


def _named(wheel: _Wheel) -> Refusal | None:
    """METADATA, the wheel's name and its dist-info speak of one distribution, for this Python."""
    name, version, _, _ = parse_wheel_filename(wheel.path.name)
    meta = BytesParser().parsebytes(wheel.text("METADATA"))
    wheel.metadata, wheel.distribution, wheel.version = meta, str(name), str(version)
    info = wheel.contents.dist_info.removesuffix(".dist-info")
    other = canonicalize_name(meta.get("Name", "")) != name or meta.get("Version") != str(version)
    if other or canonicalize_name(info.rpartition("-")[0]) != name:
        said = f"{meta.get('Name', 'nothing')} {meta.get('Version', '')}".strip()
        return _no_wheel(
            wheel.path.name, f"holds {said} in {info}: another distribution than its name says"
        )
    if not wheel.text("WHEEL").startswith(b"Wheel-Version: 1."):
        return _no_wheel(f"{wheel.contents.dist_info}/WHEEL", "is missing or of an unknown version")
    try:
        fits = SpecifierSet(meta.get("Requires-Python", "")).contains(platform.python_version())
    except InvalidSpecifier:
        fits = False
    if not fits:
        wanted = meta.get("Requires-Python", "")
        return _no_wheel(
            wheel.distribution, f"needs Python {wanted}, this is {platform.python_version()}"
        )
    return None


def _quiet(wheel: _Wheel) -> Refusal | None:
    """Nothing in it runs without being imported."""
    for name in wheel.contents.files:
        stem = name.partition("/")[0].removesuffix(".py")
        if name.endswith((".pth", "_virtualenv.py")) or stem in STARTERS:
            return Refusal(
                rule=Rule.STARTUP,
                culprit=name,
                reason="would be run by Python at every start, without being imported",
                way_out=AUTHOR,
            )
        if name.endswith((".pyc", ".pyo")):
            return Refusal(
                rule=Rule.BYTECODE,
                culprit=name,
                reason="is bytecode, which nobody can read before it runs",
                way_out="Leave __pycache__ out of the wheel.",
            )
    return None


def _entered(wheel: _Wheel) -> Refusal | None:
    """It has one entry point of the group ``ammo``, and none that belongs to somebody else."""
    parser = configparser.ConfigParser(delimiters=("=",), strict=True, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(wheel.text("entry_points.txt").decode("utf-8"))
    except (configparser.Error, UnicodeDecodeError) as error:
        return _no_entry("entry_points.txt", f"cannot be read: {str(error).splitlines()[0]}")
    points = {
        (group, name): value for group in parser.sections() for name, value in parser.items(group)
    }
    for group, name in points:
        owner = wheel.environment.points.get((group, name), "")
        if owner and owner != canonicalize_name(wheel.distribution):
            return Refusal(
                rule=Rule.NAMESAKE,
                culprit=f"entry point {name!r} of {group!r}",
                reason=f"belongs to {owner}, which is installed",
                way_out=f"Uninstall one of the two: pip uninstall {owner}",
            )
    own = [(name, value) for (group, name), value in points.items() if group == GROUP]
    if len(own) != 1:
        said = ", ".join(name for name, _ in own) or "none"
        return _no_entry(
            wheel.distribution, f"has {len(own)} entry points of the group {GROUP!r} ({said})"
        )
    wheel.point, wheel.module = own[0][0], own[0][1].partition(":")[0].partition("[")[0].strip()
    if not SLUG.match(wheel.point):
        return _no_entry(repr(wheel.point), "is no slug: small letters, digits, - and _")
    path = wheel.module.replace(".", "/")
    if not {f"{path}.py", f"{path}/__init__.py"} & wheel.contents.files.keys():
        return _no_entry(wheel.module, "is named by the entry point and is not in the wheel")
    return None


def _no_entry(culprit: str, reason: str) -> Refusal:
    return Refusal(
        rule=Rule.ENTRY,
        culprit=culprit,
        reason=reason,
        way_out='A plugin has exactly one: [project.entry-points.ammo] NAME = "PACKAGE". See docs/hooks.md.',
    )


def _own(wheel: _Wheel) -> Refusal | None:
    """It brings one package, under a name nobody else has."""
    owner = wheel.environment.owner_of(wheel.top, but=wheel.distribution)
    if owner:
        return Refusal(
            rule=Rule.NAMESAKE,
            culprit=f"import name {wheel.top!r}",
            reason=f"belongs to {owner}",
            way_out="Rename the package; ammo_subspace_NAME is a good form.",
        )
    single = {f"{wheel.top}.py"}
    for name in sorted(wheel.contents.files):
        first = name.partition("/")[0]
        if first not in {wheel.top, wheel.contents.dist_info} | single:
            return Refusal(
                rule=Rule.OUTSIDE,
                culprit=name,
                reason=f"lies outside of {wheel.top}/ and {wheel.contents.dist_info}/",
                way_out=f"Put everything below {wheel.top}/, and leave tests and scripts out of the wheel.",
            )
    return None


def _native(wheel: _Wheel) -> Refusal | None:
    """Compiled code is there only where it was allowed."""
    suffixes = (".so", ".pyd", ".dylib", ".dll", ".exe", ".a", ".node")
    named = [n for n in wheel.contents.files if n.endswith(suffixes) or ".so." in n]
    found = sorted({*named, *wheel.contents.native})
    if found and not wheel.allow_native:
        return Refusal(
            rule=Rule.NATIVE,
            culprit=found[0],
            reason=f"is compiled code ({len(found)} such file{'s' if len(found) > 1 else ''})",
            way_out="If you trust its author: --allow-native",
        )
    return None


def _declared(wheel: _Wheel) -> Refusal | None:
    """Its package holds a manifest that is of this plugin."""
    where = f"{wheel.top}/{manifests.FILE}"
    text = wheel.contents.texts.get(where)
    if text is None:
        return Refusal(
            rule=Rule.MANIFEST,
            culprit=where,
            reason="is not in the wheel",
            way_out=f"Ship {manifests.FILE} as package data (docs/hooks.md), or trust it by hand: pip install {wheel.distribution}",
        )
    try:
        wheel.manifest = manifests.parse(text, where)
    except PluginError as error:
        return Refusal(
            rule=Rule.MANIFEST,
            culprit=where,
            reason=error.message.removeprefix(where).lstrip(": "),
            way_out=error.hint,
        )
    if wheel.manifest.name != wheel.point:
        return Refusal(
            rule=Rule.MANIFEST,
            culprit=where,
            reason=f"is of {wheel.manifest.name!r}, the entry point is named {wheel.point!r}",
            way_out="Give both the same name.",
        )
    if wheel.contents.native and not wheel.manifest.capabilities.native:
        return Refusal(
            rule=Rule.NATIVE,
            culprit=wheel.contents.native[0],
            reason="is compiled code, and the manifest does not declare it",
            way_out="Its author adds native = true under [capabilities].",
        )
    return None


CHECKS: tuple[Callable[[_Wheel], Refusal | None], ...] = (
    _named,
    _quiet,
    _entered,
    _own,
    _native,
    _declared,
)
