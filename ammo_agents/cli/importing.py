"""``ammo import``: a file of likes read back before it counts."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import Any

import typer

from ammo_agents.cli import session
from ammo_agents.cli.options import FLAGS
from ammo_agents.errors import BadInputError
from ammo_agents.settings import Loaded, load

Plain = dict[str, Any]


def import_file(
    file: Path | None, *, yes: bool, undo: str, subspace: str | None, as_json: bool
) -> None:
    """Show what a file says; keep it after a yes (or `yes`). `undo` takes a kept one back."""
    loaded = load({**FLAGS, "subspace": subspace})
    if undo:
        _show(_call(loaded, "undo_import", file=undo), as_json=as_json)
        return
    given = {"content": _content(file), "subspace": subspace}
    if not yes:
        found = _call(loaded, "read_import", **given)
        _show(found, as_json=as_json)
        if as_json or not sys.stdin.isatty() or not found["wishes"]:
            return
        if not typer.confirm("Keep these wishes?", default=True):
            return
    name = "" if file is None else file.name
    _show(_call(loaded, "keep_import", name=name, **given), as_json=as_json)


def _content(file: Path | None) -> str:
    if file is None:
        raise BadInputError("which file?", hint="ammo import subscriptions.opml")
    try:
        return base64.b64encode(file.read_bytes()).decode()
    except OSError as error:
        raise BadInputError(
            f"{file} cannot be read: {error.strerror}", hint="Give the path of a file."
        ) from error


def _call(loaded: Loaded, verb: str, **arguments: object) -> Plain:
    given = {name: value for name, value in arguments.items() if value is not None}
    return asyncio.run(session.answered(loaded, verb, given))


def _show(answer: Plain, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
        return
    for one in answer.get("wishes", []):
        words = f"{one['direction']} {one['topic']}  ({one['items']} items, near {one['near']})"
        sys.stdout.write(words + "\n")
    sys.stdout.write(_last(answer) + "\n")


def _last(answer: Plain) -> str:
    if answer.get("state") == "undone":
        return f"{answer['taken_back']} wishes taken back. As if the file had never been read."
    left = f"{answer['elsewhere']} items lie far from {answer['subspace']}, {answer['skipped_count']} could not be read."
    if answer.get("acts"):
        return f"Kept. {left} Take it back: ammo import --undo {answer['file']}"
    return f"Nothing is kept yet. {left} Keep it: ammo import FILE --yes"
