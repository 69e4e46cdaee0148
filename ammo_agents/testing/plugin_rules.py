"""The rules about a plugin that are looked at without importing it; what they promise stands in `rules`."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from ammo_agents.plugins.found import Found
from ammo_agents.plugins.manifest import Capabilities
from ammo_agents.testing.report import need
from ammo_agents.testing.rules import BrokenRuleError, ExemptRuleError
from ammo_agents.testing.scan import Finding, Kind, scan
from ammo_agents.testing.targets import Target

NATIVE = (".so", ".pyd", ".dylib", ".dll", ".exe", ".a", ".node")
README_WORDS = 80
GIVEN_A_FOLDER = ("stores", "models", "channels", "gyms")
"""Kinds that AMMO gives a folder to write into."""
CHECKS_OF_THE_KIT = re.compile(r"check_(subspace|model|embedder|store|aipp)$|\w*Suite$")


@dataclass(slots=True)
class Look:
    """A target with what was read of it."""

    target: Target
    others: tuple[Found, ...] = ()
    """The other installed plugins."""
    _findings: list[Finding] | None = field(default=None)
    unread: list[str] = field(default_factory=list)
    """Modules that are no Python."""

    @property
    def granted(self) -> Capabilities:
        """What its manifest declares."""
        manifest = self.target.manifest
        return manifest.capabilities if manifest else Capabilities()

    def findings(self, kind: Kind) -> list[Finding]:
        """Return the places that need a capability of one kind; every module is read once."""
        if self._findings is None:
            self._findings = []
            for path in self.target.files:
                if path.suffix == ".py":
                    self._read(path)
        return [f for f in self._findings if f.kind == kind]

    def name_of(self, path: Path) -> str:
        """Return a file's name as a reason shows it."""
        base = self.target.root.parent if self.target.root else path.parent
        return str(path.relative_to(base)) if path.is_relative_to(base) else path.name

    def _read(self, path: Path) -> None:
        try:
            found = scan(path.read_text(encoding="utf-8"), self.name_of(path))
        except (SyntaxError, ValueError, RecursionError, OSError) as error:
            self.unread.append(f"{self.name_of(path)}: {type(error).__name__}: {error}")
        else:
            self._findings = [*(self._findings or []), *found]


def manifest_reads(look: Look) -> None:
    """ammo.toml can be read."""
    fault = look.target.fault
    if fault and "needs api" not in fault:
        raise BrokenRuleError(fault)
    if look.target.manifest is None and not fault:
        raise ExemptRuleError("it has no ammo.toml")


def api(look: Look) -> None:
    """Its api is spoken here."""
    if "needs api" in look.target.fault:
        raise BrokenRuleError(look.target.fault)
    if look.target.manifest is None:
        raise ExemptRuleError("it has no ammo.toml, so it asks for none")


def name_agrees(look: Look) -> None:
    """One name, one entry point."""
    need(_name_faults(look))


def _name_faults(look: Look) -> Iterable[str]:
    target = look.target
    manifest = target.manifest
    if target.points and manifest is not None and manifest.name not in {n for n, _ in target.points}:  # fmt: skip
        yield f"ammo.toml is of {manifest.name!r}, the entry point is named {target.points[0][0]!r}"
    if len(target.points) > 1:
        rows = ", ".join(f"{n} = {m!r}" for n, m in target.points)
        yield f"it has several entry points of the group: {rows}; a plugin has one"
    if target.sort == "folder" and manifest is not None and manifest.offered("subspaces") not in {(), (manifest.name,)}:  # fmt: skip
        yield f"ammo.toml is of {manifest.name!r} and offers {', '.join(manifest.offered('subspaces'))}"
    if target.sort == "code" and target.root is None:
        yield f"its entry point names {target.module!r}, and no such module lies in {target.where}"


def names_free(look: Look) -> None:
    """Nobody else's names."""
    need(_taken(look))


def _taken(look: Look) -> Iterable[str]:
    target = look.target
    if target.shadows and target.installed and not target.fault:
        yield target.shadows
    if target.top in sys.stdlib_module_names:
        yield f"its package {target.top!r} has the name of a module of Python's own"
    if target.top == "ammo_agents":
        yield "its package has the name 'ammo_agents', which is AMMO's own"
    if not target.installed and target.top and (owner := _owner(target)):
        yield f"its package {target.top!r} is a package of {owner}"
    for other in look.others:
        yield from _clashes(target, other)


def _owner(target: Target) -> str:
    owners = metadata.packages_distributions().get(target.top, [])
    mine = _normal(target.distribution)
    return next((o for o in owners if _normal(o) != mine), "")


def _clashes(target: Target, other: Found) -> Iterable[str]:
    if _normal(other.distribution) == _normal(target.distribution) or other.manifest is None:
        return
    if other.name == target.name:
        yield f"a plugin {other.name!r} is installed already, from {other.distribution}"
    for kind, names in target.manifest.offers.items() if target.manifest else ():
        for name in sorted(set(names) & set(other.manifest.offered(kind))):
            yield f"{kind}: {name!r} is offered already, by plugin {other.name!r}"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def no_pth(look: Look) -> None:
    """Nothing that Python runs by itself."""
    starters = {"sitecustomize.py", "usercustomize.py"}
    need(
        f"{look.name_of(p)}: Python runs it at every start"
        for p in look.target.files
        if p.suffix == ".pth" or p.name in starters
    )


def paths_inside(look: Look) -> None:
    """Everything lies in its own package."""
    target = look.target
    faults = list(target.unsound)
    root = target.root
    for path in target.files:
        if root is not None and root.is_dir() and not path.resolve().is_relative_to(root.resolve()):
            outer = path.relative_to(target.paths[0]).parts[0] if target.paths and path.is_relative_to(target.paths[0]) else ""  # fmt: skip
            if not outer.endswith(".dist-info") and path.suffix != ".pth":
                faults.append(f"{look.name_of(path)}: lies outside {root.name}/")
    need(faults)


def network_declared(look: Look) -> None:
    """Hosts are declared."""
    granted = look.granted
    found = look.findings("network")
    if not granted.network:
        need(f"{f}, and [capabilities] declares no host" for f in found)
    # A module that talks to a declared host may name others too: as sources, as pages for people.
    fine = {f.where.partition(":")[0] for f in found if f.host and granted.reaches(f.host)}
    need(
        f"{f}, which [capabilities] network does not list ({', '.join(granted.network)})"
        for f in found
        if f.host and not granted.reaches(f.host) and f.where.partition(":")[0] not in fine
    )


def files_declared(look: Look) -> None:
    """Files outside are declared."""
    if look.granted.files:
        return
    manifest = look.target.manifest
    found = look.findings("files")
    if not any(manifest.offered(kind) for kind in GIVEN_A_FOLDER if manifest):
        found += look.findings("writes")
    need(f"{f}, and [capabilities] declares no files" for f in found)


def programs_declared(look: Look) -> None:
    """Programs are declared."""
    if not look.granted.processes:
        need(f"{f}, and [capabilities] does not declare processes" for f in look.findings("programs"))  # fmt: skip


def native_declared(look: Look) -> None:
    """Compiled code is declared."""
    if not look.granted.native:
        found = [p for p in look.target.files if p.suffix in NATIVE or ".so." in p.name]
        need(f"{look.name_of(p)}: compiled code, and [capabilities] native is false" for p in found)


def manifest_there(look: Look) -> None:
    """There is a manifest."""
    if look.target.manifest is None:
        raise BrokenRuleError(look.target.fault or f"{look.target.name} has no ammo.toml in its package")  # fmt: skip


def licence(look: Look) -> None:
    """It states a licence."""
    if not look.target.licence.strip():
        raise BrokenRuleError(f"{look.target.where} states no licence")


def tests(look: Look) -> None:
    """Its tests use the kit."""
    if look.target.sort == "folder":
        raise ExemptRuleError("a folder without code has nothing that ammo check does not look at")
    if look.target.project is None:
        raise ExemptRuleError("tests do not travel in a wheel: check the project's folder")
    files = sorted(look.target.project.rglob("test_*.py"))
    if not files:
        raise BrokenRuleError(f"{look.target.project.name}/ holds no test_*.py")
    if not any(_uses_the_kit(path) for path in files):
        raise BrokenRuleError(f"none of its {len(files)} test files uses a suite or a check of ammo_agents.testing")  # fmt: skip


def _uses_the_kit(path: Path) -> bool:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError, OSError):
        return False
    imported = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and (n.module or "").startswith("ammo_agents.testing")]  # fmt: skip
    names = {a.name for node in imported for a in node.names}
    return any(CHECKS_OF_THE_KIT.match(name) for name in names)


def readme(look: Look) -> None:
    """Words, sources, licence."""
    words = look.target.readme.split()
    if len(words) < README_WORDS:
        raise BrokenRuleError(f"its README has {len(words)} words, {README_WORDS} say what it is")
    if not re.search(r"(?i)licen[cs]e|\bCC[ 0]|\b0BSD\b|public domain", look.target.readme):
        raise BrokenRuleError("its README says nothing about a licence")


CHECKS: Mapping[str, Callable[[Look], None]] = {
    "manifest-reads": manifest_reads,
    "api": api,
    "name-agrees": name_agrees,
    "names-free": names_free,
    "no-pth": no_pth,
    "paths-inside": paths_inside,
    "network-declared": network_declared,
    "files-declared": files_declared,
    "programs-declared": programs_declared,
    "native-declared": native_declared,
    "manifest": manifest_there,
    "licence": licence,
    "tests": tests,
    "readme": readme,
}
"""Rule id → how it is looked at; ``imports``, ``hooks`` and what follows from them is the child's, ``scorecard`` the last."""
