"""What is installed, in the terminal: read without importing any of it, so it needs no running AMMO."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ammo_agents.cli.options import FLAGS
from ammo_agents.errors import NotFoundError, RefusedError
from ammo_agents.plugins import listing
from ammo_agents.plugins import lock as locks
from ammo_agents.plugins.found import Found
from ammo_agents.plugins.lock import Locked
from ammo_agents.plugins.trust import Trust, locked
from ammo_agents.settings import Settings, load

Plain = dict[str, Any]
COLUMNS = {
    "subspaces": ("id", "title", "cards", "day", "state", "plugin", "version"),
    "plugins": ("name", "version", "place", "state", "offers", "asks"),
}
"""Columns of a list; written without rich, whose import would take longer than the list."""


def subspaces(*, as_json: bool) -> None:
    """Show every subspace that is installed."""
    _show("subspaces", listing.subspaces(_settings()), as_json=as_json)


def at_once(what: str, *, as_json: bool) -> None:
    """Show the list of subspaces or of plugins, for a command line without any other flag."""
    if what == "subspace":
        subspaces(as_json=as_json)
    else:
        plugins(as_json=as_json, load_them=False)


def plugins(*, as_json: bool, load_them: bool) -> None:
    """Show every plugin; `load_them` imports each of them first and says what fails now."""
    settings = _settings()
    if load_them:
        from ammo_agents.hooks import load_plugins  # noqa: PLC0415 - a list alone stays light

        load_plugins(settings)
    _show("plugins", listing.plugins(settings), as_json=as_json)


def plugin(name: str, *, as_json: bool) -> None:
    """Show what one plugin is, offers, asks for and was granted."""
    settings = _settings()
    _show("plugin", listing.plugin(settings, _named(settings, name)), as_json=as_json)


def trust(name: str, *, as_json: bool, yes: bool) -> None:
    """Say yes to a plugin as it lies there now: every file's hash, and what it asks for."""
    settings = _settings()
    one = _named(settings, name)
    known = Trust.of(settings).lock.get(name)
    fresh = locked(one, origin=known.origin if known and known.origin else one.place)
    asks = list(fresh.capabilities.words())
    if not yes:
        _ask(one, fresh, known, as_json=as_json)
    locks.change(locks.lock_path(settings), lambda lock: lock.holding(fresh))
    answer = {
        "trusted": name,
        "version": fresh.version,
        "files": len(fresh.files),
        "granted": asks,
        "lock": str(locks.lock_path(settings)),
        "note": "Trusted code can do all that you can do. It is loaded at the next start of AMMO.",
    }
    _show("trust", answer, as_json=as_json)


def untrust(name: str, *, as_json: bool) -> None:
    """Take a yes back; raises `NotFoundError` where there is none."""
    settings = _settings()
    path = locks.lock_path(settings)
    known = locks.read(path)
    if known.get(name) is None:
        held = ", ".join(known.plugins) or "none"
        raise NotFoundError(
            f"{path} holds no yes to {name!r} (it holds: {held})", hint="See: ammo plugin list"
        )
    locks.change(path, lambda lock: lock.without(name))
    one = next((one for one in listing.everything(settings) if one.name == name), None)
    goes_on = one is not None and not one.fault
    note = (
        "It is still loaded: it was installed with pip, which is trust enough unless AMMO_PLUGIN_POLICY=strict. "
        f"To switch it off: ammo plugin disable {name}"
        if goes_on
        else "It is not loaded at the next start of AMMO."
    )
    _show("untrust", {"untrusted": name, "lock": str(path), "note": note}, as_json=as_json)


def names(incomplete: str) -> list[tuple[str, str]]:
    """Return names and titles of plugins that begin with what was typed."""
    return [
        (one.name, one.manifest.title if one.manifest else one.module)
        for one in listing.everything(_settings())
        if one.name.startswith(incomplete)
    ]


def _settings() -> Settings:
    return load(FLAGS).settings


def _named(settings: Settings, name: str) -> Found:
    found = listing.everything(settings)
    same = [one for one in found if one.name == name]
    if not same:
        near = difflib.get_close_matches(name, [one.name for one in found], n=1)
        known = ", ".join(one.name for one in found) or "none"
        raise NotFoundError(
            f"no plugin {name!r} is installed (installed: {known})",
            hint=f"Did you mean {near[0]}?" if near else f"ammo plugin install {name}",
        )
    return same[0]


def _ask(one: Found, fresh: Locked, known: Locked | None, *, as_json: bool) -> None:
    """Show what a yes means and wait for one."""
    lines = [f"{one.name} {one.version} at {one.root}: {len(fresh.files)} files"]
    if known is not None and known.files and one.root is not None:
        changed = locks.differences(known, version=one.version, module=one.module, root=one.root)
        lines += [f"  since your last yes: {line}" for line in changed]
        more = fresh.capabilities.beyond(known.capabilities)
        lines += [f"  asks for more: {line}" for line in more]
    lines += [f"  asks for {line}" for line in fresh.capabilities.words()] or ["  asks for nothing"]
    lines.append("Trusted code can do all that you can do: read your files, use your keys.")
    sys.stderr.write("\n".join(lines) + "\n")
    if as_json or not sys.stdin.isatty():
        raise RefusedError(
            f"nobody is here to say yes to {one.name!r}", hint="Look at it, then add --yes."
        )
    sys.stderr.write(f"Trust {one.name}? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise RefusedError(f"{one.name!r} is not trusted", hint="Nothing was written.")


def _show(verb: str, answer: Plain, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
    elif verb in COLUMNS:
        sys.stdout.write(_table(answer[verb], COLUMNS[verb]))
    else:
        sys.stdout.writelines(f"{name}: {_told(value)}\n" for name, value in answer.items())


def _table(rows: Sequence[Plain], columns: Sequence[str]) -> str:
    """Return rows as aligned columns, and below a disabled one its reason and the way out."""
    if not rows:
        return "Nothing is installed. Look for some: ammo subspace search\n"
    cells = [columns, *([_told(row[column]) for column in columns] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) for line in cells]
    for number, row in reversed(list(enumerate(rows, start=1))):
        if row["reason"]:
            fix = f" ({_told(row['fix'])})" if row["fix"] else ""
            lines.insert(number + 1, f"  ! {_told(row['reason'])}{fix}")
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _told(value: object) -> str:
    """Return a value in one line, without control characters: it may be a stranger's text."""
    match value:
        case None:
            return "no"
        case bool():
            return "yes" if value else "no"
        case Mapping():
            return "; ".join(f"{k} {_told(v)}" for k, v in value.items())
        case list() | tuple():
            return ", ".join(_told(one) for one in value)
        case _:
            return "".join(c for c in str(value) if c.isprintable())
