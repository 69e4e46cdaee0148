"""Imported buddies lie apart until somebody has read and allowed them; a changed file falls back (S1, S2).

An imported buddy is a folder ``<data>/imported/<subspace>/<slug>/`` of ``buddy.md`` (what would be born),
``origin.json`` (where it came from, and the hash somebody said yes to) and ``card.json`` (the card as it came).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ammo_agents import durable
from ammo_agents.authoring import buddy_file
from ammo_agents.authoring.reading import bytes_of
from ammo_agents.authoring.refusal import refused
from ammo_agents.errors import AmmoError, BadInputError, NotFoundError
from ammo_agents.records import GoalBuddy, SubspaceId

IMPORTED = "imported"
BUDDY, ORIGIN, CARD = "buddy.md", "origin.json", "card.json"
LARGEST = 64 * 1024
"""Bytes of ``origin.json``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """One imported buddy as it lies there now."""

    place: Path
    """Its folder."""
    space: SubspaceId
    slug: str
    sha256: str
    """Of ``buddy.md`` as it is."""
    allowed: str = ""
    """Of ``buddy.md`` as somebody said yes to it; empty = nobody has."""
    text: str = ""
    """The whole file, for who decides."""
    origin: Mapping[str, Any]
    """Where it came from: file, its sha256, format, creator, day."""
    buddy: GoalBuddy | None = None
    """None = the file cannot be used (`fault`)."""
    fault: str = ""

    @property
    def id(self) -> str:
        """``<subspace>/<slug>``."""
        return f"{self.space}/{self.slug}"

    @property
    def state(self) -> str:
        """Return ``allowed``, ``quarantined``, ``changed`` (since it was allowed) or ``broken``."""
        if self.fault:
            return "broken"
        if not self.allowed:
            return "quarantined"
        return "allowed" if self.allowed == self.sha256 else "changed"


def keep(
    data: Path, buddy: GoalBuddy, card: Mapping[str, Any], origin: Mapping[str, Any]
) -> Imported:
    """Keep an imported buddy in quarantine, whole or not at all; blocks.

    Raises:
        BadInputError: one of that name is there already, or its file could not be read back.
    """
    slug = buddy.id.partition("/")[2]
    place = data / IMPORTED / buddy.subspace / slug
    if place.exists():
        raise BadInputError(
            f"an imported buddy {buddy.id!r} is there already",
            hint=f"Take it away first (ammo buddy remove {slug} --subspace {buddy.subspace}), or import with --name.",
        )
    with durable.whole(place) as fresh:
        fresh.mkdir()
        buddy_file.write(buddy, fresh / BUDDY)
        _write(fresh / CARD, card)
        _write(fresh / ORIGIN, {**origin, "allowed": ""})
    return read(place, buddy.subspace)


def read(place: Path, space: SubspaceId) -> Imported:
    """Return one imported buddy; a file that cannot be used is there with its fault. Blocks."""
    base = Imported(place=place, space=space, slug=place.name, sha256="", origin={})
    try:
        content = bytes_of(place / BUDDY, most=buddy_file.LARGEST)
        base = replace(
            base,
            sha256=hashlib.sha256(content).hexdigest(),
            text=content.decode("utf-8", "replace"),
        )
        origin = _origin(place / ORIGIN)
        base = replace(base, origin=origin, allowed=str(origin.get("allowed", "")))
        buddy = buddy_file.read_bytes(content, place / BUDDY, space=space)
        if buddy.id != base.id:
            raise refused(
                place / BUDDY, f"id: {buddy.id!r} is not {base.id!r}", hint="Import the card again."
            )
    except AmmoError as error:
        return replace(base, fault=error.message)
    return replace(base, buddy=buddy)


def imported(data: Path) -> Iterator[Imported]:
    """Yield every imported buddy, by subspace and name; blocks."""
    root = data / IMPORTED
    for space in sorted(root.iterdir()) if root.is_dir() else ():
        for place in sorted(space.iterdir()) if space.is_dir() else ():
            if place.is_dir() and not place.name.startswith("."):
                yield read(place, SubspaceId(space.name))


def found(data: Path, name: str, space: str | None = None) -> Imported:
    """Return the imported buddy that a slug or id names; blocks.

    Raises:
        NotFoundError: there is none, or it could be several.
    """
    wanted = name.removeprefix("@").lower()
    every = list(imported(data))
    fits = [
        one for one in every if wanted in {one.slug, one.id} and space in {None, str(one.space)}
    ]
    if len(fits) == 1:
        return fits[0]
    known = ", ".join(one.id for one in (fits or every)) or "none"
    raise NotFoundError(
        f"{'several imported buddies are' if fits else 'no imported buddy is'} called {name!r}",
        hint=f"There are: {known}. Import one: ammo buddy import FILE",
    )


def allow(one: Imported, *, sha256: str = "") -> Imported:
    """Say yes to an imported buddy as it lies there now; blocks.

    `sha256` = the hash of what the caller showed to whoever decides; empty = what lies there.

    Raises:
        BadInputError: its file cannot be used, or is no longer what was shown.
    """
    now = read(one.place, one.space)
    if now.fault:
        raise BadInputError(now.fault, hint="Import the card again.")
    if (sha256 or one.sha256) != now.sha256:
        raise BadInputError(
            f"{one.id} has changed since it was shown",
            hint=f"Read it again: ammo buddy show {one.slug} --subspace {one.space}",
        )
    _write(now.place / ORIGIN, {**now.origin, "allowed": now.sha256})
    return read(now.place, now.space)


def remove(one: Imported) -> None:
    """Take an imported buddy away with everything that came with it; blocks."""
    durable.remove(one.place)


def _origin(path: Path) -> dict[str, Any]:
    try:
        table = json.loads(bytes_of(path, most=LARGEST))
    except (ValueError, RecursionError) as error:
        raise refused(path, f"is no JSON: {error}", hint="Import the card again.") from error
    if not isinstance(table, dict):
        raise refused(path, "is no table", hint="Import the card again.")
    return table


def _write(path: Path, table: Mapping[str, Any]) -> None:
    durable.write_text(path, json.dumps(table, ensure_ascii=True, indent=1) + "\n")
