"""Finds what is to be checked: an installed plugin, a Python project, a declarative folder or a wheel; imports nothing."""

from __future__ import annotations

import re
import tomllib
import zipfile
from dataclasses import dataclass, field, replace
from email.parser import BytesParser
from importlib import metadata
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlparse

from ammo_agents.errors import BadInputError, NotFoundError, PluginError
from ammo_agents.installing import archive
from ammo_agents.installing.refusal import Refusal
from ammo_agents.plugins import manifest as manifests
from ammo_agents.plugins.found import GROUP, Found, found
from ammo_agents.plugins.manifest import Manifest
from ammo_agents.settings import Settings, folders

Sort = Literal["code", "folder"]
LEFT_OUT = frozenset({"__pycache__", ".git", ".venv", "build", "dist", ".mypy_cache", ".pytest_cache", ".ruff_cache"})  # fmt: skip
POINTS = re.compile(r"^\s*([^#=\s][^=]*?)\s*=\s*([^\s#]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One plugin as it lies there."""

    name: str
    where: str
    """What a report calls its place."""
    sort: Sort = "code"
    module: str = ""
    """What its entry point names; empty for a folder without code."""
    root: Path | None = None
    """Its package, its single module, or its folder."""
    paths: tuple[Path, ...] = ()
    """What a child process puts before its own path to import it."""
    files: tuple[Path, ...] = ()
    """Every file it would install."""
    manifest: Manifest | None = None
    fault: str = ""
    """Why its manifest cannot be used."""
    points: tuple[tuple[str, str], ...] = ()
    """Its entry points of the group: name and module."""
    project: Path | None = None
    """The folder it is developed in, with its tests."""
    readme: str = ""
    licence: str = ""
    distribution: str = ""
    shadows: str = ""
    """What the finder of installed plugins says against its names."""
    unsound: tuple[str, ...] = ()
    """What is wrong with its archive; then nothing else can be looked at."""
    installed: bool = False
    temporary: Any = field(default=None, compare=False)
    """Keeps what was unpacked until the check is done."""

    @property
    def top(self) -> str:
        """The name it imports as."""
        return self.module.partition(".")[0]


def find(said: str, settings: Settings, *, scratch: Path) -> Target:
    """Return what `said` names: a plugin's name, a folder or a wheel, which is unpacked into `scratch`; blocks.

    Raises:
        NotFoundError: nothing of this name is installed, and no such folder or file is there.
        BadInputError: a folder that is no plugin, or names several.
    """
    path = Path(said).expanduser()
    looks_like_path = "/" in said or said in {".", ".."} or said.endswith(".whl")
    if not looks_like_path:
        known = _installed(said, settings)
        if known is not None:
            return known
    if path.suffix == ".whl" and path.is_file():
        return of_wheel(path, scratch)
    if path.is_dir():
        return of_folder(path)
    names = ", ".join(one.name for one in found(settings)) or "none"
    raise NotFoundError(
        f"{said!r} is no installed plugin, no folder and no wheel",
        hint=f"Installed: {names}. Or give a path: ammo check ./{Path(said).name}",
    )


def of_folder(path: Path) -> Target:
    """Return the plugin that a folder holds: a Python project, or tables and Markdown.

    Raises:
        BadInputError: it is neither, or its project names several plugins.
    """
    path = path.absolute()
    if (path / "pyproject.toml").is_file():
        return _project(path)
    if (path / manifests.FILE).is_file() and not (path / "__init__.py").exists():
        return _declarative(path)
    raise BadInputError(
        f"{path} is no plugin: it has neither pyproject.toml nor {manifests.FILE}",
        hint="Begin one: ammo subspace new NAME",
    )


def _declarative(path: Path) -> Target:
    target = Target(name=path.name, where=str(path), sort="folder", root=path, files=_files(path))
    target = _with_manifest(target, path)
    name = target.manifest.name if target.manifest else path.name
    licence = "stated by its sources" if target.manifest else ""
    return replace(target, name=name, readme=_text(path / "README.md"), licence=licence)


def _project(path: Path) -> Target:
    try:
        table = tomllib.loads((path / "pyproject.toml").read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadInputError(f"{path / 'pyproject.toml'} cannot be read: {error}", hint="Correct the file.") from error  # fmt: skip
    project = table.get("project", {})
    points = project.get("entry-points", {}).get(GROUP, {})
    rows = tuple((str(n), str(m).partition(":")[0]) for n, m in points.items())
    if not rows:
        raise BadInputError(
            f"{path / 'pyproject.toml'} names no plugin: no [project.entry-points.{GROUP}]",
            hint=f'[project.entry-points.{GROUP}] recipes = "ammo_subspace_recipes.plugin"',
        )
    name, module = rows[0]
    source = next((s for s in (path, path / "src") if _module_at(s, module)), path)
    root = _module_at(source, module)
    target = Target(
        name=name,
        where=str(path),
        module=module,
        root=root,
        paths=(source,),
        files=(*_files(root), *sorted(source.glob("*.pth"))) if root else (),
        points=rows,
        project=path,
        readme=_text(path / str(_readme_of(project))),
        licence=_licence_of(project),
        distribution=str(project.get("name", name)),
    )
    return _with_manifest(target, root) if root else target


def of_wheel(path: Path, scratch: Path) -> Target:
    """Return the plugin in a wheel, unpacked into `scratch` once every name in it is sound; blocks."""
    name = path.name.partition("-")[0]
    sound = archive.read(path)
    if isinstance(sound, Refusal):
        said = f"{sound.culprit}: {sound.reason}"
        return Target(name=name, where=path.name, unsound=(said,))
    with zipfile.ZipFile(path) as wheel:
        wheel.extractall(scratch)
    info = scratch / sound.dist_info
    rows = _points(_text(info / "entry_points.txt"))
    if not rows:
        raise BadInputError(f"{path.name} names no plugin: no entry point of the group {GROUP!r}", hint="Build it from a project that has one.")  # fmt: skip
    meta = BytesParser().parsebytes((info / "METADATA").read_bytes())
    root = _module_at(scratch, rows[0][1])
    target = Target(
        name=rows[0][0],
        where=path.name,
        module=rows[0][1],
        root=root,
        paths=(scratch,),
        files=_files(scratch),
        points=rows,
        readme=str(meta.get_payload()),
        licence=_licence_in(meta),
        distribution=str(meta.get("Name", name)),
    )
    return _with_manifest(target, root) if root else target


def _installed(name: str, settings: Settings) -> Target | None:
    rows = [one for one in found(settings) if one.name == name]
    rows = rows or [o for o in found(settings) if o.manifest and name in o.manifest.offered("subspaces")]  # fmt: skip
    if not rows:
        folder = folders(settings).data / "subspaces" / name
        return _declarative(folder) if (folder / manifests.FILE).is_file() else None
    return _of_found(rows[0], tuple((o.name, o.module) for o in rows))


def _of_found(one: Found, points: tuple[tuple[str, str], ...]) -> Target:
    dist = _distribution(one)
    project = _project_of(dist)
    root = one.root
    if one.place == "home" and root is not None:
        root = _module_at(root, one.module) or root
    target = Target(
        name=one.name,
        where=f"{one.distribution or one.module} {one.version}".strip(),
        module=one.module,
        root=root,
        paths=(one.root,) if one.place == "home" and one.root else (),
        files=_files(root) if root else (),
        manifest=one.manifest,
        points=points,
        project=project,
        readme=_readme_in(dist, project),
        licence=_licence_in(dist.metadata) if dist else "",
        distribution=one.distribution,
        shadows=one.fault,
        installed=True,
    )
    return target if one.manifest or root is None else _with_manifest(target, root)


def _distribution(one: Found) -> metadata.Distribution | None:
    at_home = one.place == "home" and one.root is not None
    every = metadata.distributions(path=[str(one.root)]) if at_home else metadata.distributions()
    return next((d for d in every if d.name == one.distribution), None)


def _project_of(dist: metadata.Distribution | None) -> Path | None:
    """Return the folder of a project that is installed as it is edited; None for all others."""
    said = dist.read_text("direct_url.json") if dist else None
    matched = re.search(r'"url":\s*"(file:[^"]+)"', said or "")
    if matched is None:
        return None
    folder = Path(unquote(urlparse(matched[1]).path))
    return folder if (folder / "pyproject.toml").is_file() else None


def _with_manifest(target: Target, root: Path) -> Target:
    places = [root] if root.is_dir() else [root.parent]
    if not any((place / manifests.FILE).is_file() for place in places):
        return target
    try:
        return replace(target, manifest=manifests.read(places[0]))
    except PluginError as error:
        return replace(target, fault=error.message)


def _module_at(source: Path, module: str) -> Path | None:
    top = module.partition(".")[0]
    for place in (source / top, source / f"{top}.py"):
        if place.exists():
            return place
    return None


def _files(root: Path) -> tuple[Path, ...]:
    if root.is_file():
        return (root,)
    return tuple(
        p
        for p in sorted(root.rglob("*"))
        if (p.is_file() or p.is_symlink()) and not LEFT_OUT & set(p.relative_to(root).parts)
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    except OSError:
        return ""


def _points(text: str) -> tuple[tuple[str, str], ...]:
    _, _, section = text.partition(f"[{GROUP}]")
    rows = [POINTS.match(line) for line in section.partition("\n[")[0].splitlines()]
    return tuple((m[1], m[2].partition(":")[0]) for m in rows if m)


def _readme_of(project: dict[str, Any]) -> object:
    said = project.get("readme", "README.md")
    return said.get("file", "README.md") if isinstance(said, dict) else said


def _readme_in(dist: metadata.Distribution | None, project: Path | None) -> str:
    if project is not None:
        return _text(project / "README.md")
    body = dist.metadata.get_payload() if dist else ""  # type: ignore[attr-defined]
    return str(body or "")


def _licence_of(project: dict[str, Any]) -> str:
    said = project.get("license", "")
    return str(said.get("text") or said.get("file") or "") if isinstance(said, dict) else str(said)


def _licence_in(meta: Any) -> str:
    said = meta.get("License-Expression") or meta.get("License") or ""
    rows = [c for c in meta.get_all("Classifier") or [] if c.startswith("License ::")]
    return str(said or (rows[0] if rows else ""))
