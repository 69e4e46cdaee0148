"""Begins a subspace: a project with code, or a folder of tables and Markdown, that passes `ammo check` as it is."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from ammo_agents.errors import BadInputError

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST = 40
TAKEN = frozenset({"ammo", "agents", "test", "tests"})
ENDING = ".txt"
"""What every file of the template ends in besides its own ending, so that no tool takes it for code of AMMO."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What was written."""

    name: str
    path: Path
    files: tuple[str, ...]
    declarative: bool

    def next_steps(self) -> tuple[str, ...]:
        """Return the commands that come next."""
        here = f"cd {self.path}"
        if self.declarative:
            return (here, "ammo check .", "ammo subspace dev .", "ammo subspace install .")
        return (here, "pip install -e '.[test]'", "ammo check .", "pytest", "ammo subspace dev .")

    def plain(self) -> dict[str, Any]:
        """Return it as JSON writes it."""
        return {
            "name": self.name,
            "path": str(self.path),
            "files": list(self.files),
            "declarative": self.declarative,
            "next": list(self.next_steps()),
        }


def begin(name: str, folder: Path | None = None, *, declarative: bool = False) -> Begun:
    """Write a new subspace and return what was written; nothing that is there is touched.

    Raises:
        BadInputError: a name that can be none, or a folder that is there and holds something.
    """
    _fit(name)
    target = (folder or Path(name if declarative else f"ammo-subspace-{name}")).expanduser()
    target = target.absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadInputError(
            f"{target} is there already, and nothing in it is overwritten",
            hint=f"Choose another place: ammo subspace new {name} --folder ELSEWHERE",
        )
    words = _words(name)
    root = resources.files("ammo_agents.authoring").joinpath("template")
    kind = root.joinpath("folder" if declarative else "code")
    written = []
    for place, text in _filled(kind, (), words):
        path = target.joinpath(*place)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        written.append("/".join(place))
    return Begun(name=name, path=target, files=tuple(sorted(written)), declarative=declarative)


def _fit(name: str) -> None:
    """Raise `BadInputError` unless `name` can be a subspace's id and a part of a Python name."""
    plain = len(name) <= LONGEST and NAME.fullmatch(name) is not None
    if not plain or keyword.iskeyword(name) or name in TAKEN:
        shown = ascii(name if len(name) <= LONGEST else f"{name[:LONGEST]}…")
        raise BadInputError(
            f"{shown} cannot be a subspace's name: small letters, digits and hyphens, a letter first, at most {LONGEST}",
            hint="For instance: ammo subspace new recipes",
        )


def _words(name: str) -> dict[str, str]:
    variable = name.replace("-", "_")
    return {
        "@@NAME@@": name,
        "@@TITLE@@": name.replace("-", " ").title(),
        "@@PACKAGE@@": f"ammo_subspace_{variable}",
        "@@VAR@@": variable,
        "@@CONST@@": variable.upper(),
    }


def _filled(
    folder: Traversable, above: tuple[str, ...], words: dict[str, str]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield (path, text) of every file below a folder of the template, with its names filled in."""
    for item in sorted(folder.iterdir(), key=lambda one: one.name):
        named = item.name.replace("dot-", ".", 1) if item.name.startswith("dot-") else item.name
        if item.is_dir():
            named = words["@@PACKAGE@@"] if named == "package" else named
            yield from _filled(item, (*above, named), words)
        elif item.name.endswith(ENDING):
            text = item.read_text(encoding="utf-8")
            yield (*above, _fill(named.removesuffix(ENDING), words)), _fill(text, words)


def _fill(text: str, words: dict[str, str]) -> str:
    for mark, word in words.items():
        text = text.replace(mark, word)
    return text
