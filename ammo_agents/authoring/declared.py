"""The ``[subspace]`` table of a folder's ``ammo.toml``: its world, its source, how its facts are worded, its AiPP mods (W15)."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from ammo_agents.authoring.dates import UnclearError, day_of
from ammo_agents.authoring.facts_file import PREDICATE, STARTS, predicate_of
from ammo_agents.authoring.refusal import instead, refused, shown
from ammo_agents.errors import BadInputError
from ammo_agents.ports import Action, CardField, Wording
from ammo_agents.records import SLOT, Source, SubspaceId, principles_of

KEYS = (
    "attribution",
    "origin",
    "principles",
    "source",
    "world",
    "wordings",
    "actions",
    "fields",
)
SOURCE_KEYS = ("name", "url", "licence", "verified_by")
WORLD_KEYS = ("start", "end", "spotlights")
WORDING_KEYS = ("titles", "frames", "words", "examples", "around", "keeps")
ACTION_KEYS = ("name", "label", "reward", "weight")
FIELD_KEYS = ("name", "label", "predicate", "quantity", "kind")
SLUG = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
LONGEST = 400
MOST = 64
"""Entries of one list."""
Kind = Literal["text", "number", "date"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a folder's manifest says about its subspace."""

    source: Source = field(default_factory=lambda: Source(name=""))
    """What rows of ``facts.csv`` leave out of their source."""
    start: dt.date | None = None
    """First day of the world; None = the first date of ``facts.csv``."""
    end: dt.date | None = None
    """Last day; None = four weeks, and two after the last date."""
    spotlights: int = 2
    """Entities with standing facts that come round on a day."""
    wordings: Mapping[str, Wording] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()
    fields: tuple[CardField, ...] = ()
    attribution: str = ""
    origin: Literal["data", "simulation"] = "data"
    principles: tuple[str, ...] = ()


def declared(table: Mapping[str, Any], space: SubspaceId, path: Path) -> Declared:
    """Return what the table ``[subspace]`` of the manifest at `path` says.

    Raises:
        BadInputError: a key nobody knows, with the nearest one, or a value of another kind than the key has.
    """
    top = Table(path, "subspace", table)
    top.known(KEYS)
    source, world = top.table("source"), top.table("world")
    source.known(SOURCE_KEYS)
    world.known(WORLD_KEYS)
    origin = top.text("origin") or "data"
    if origin not in {"data", "simulation"}:
        raise top.wrong("origin", "must be data or simulation")
    start, end = world.day("start"), world.day("end")
    if start and end and end < start:
        raise world.wrong("end", f"must not be before start ({start})")
    return Declared(
        source=Source(**{key: source.text(key) for key in SOURCE_KEYS}),
        start=start,
        end=end,
        spotlights=world.whole("spotlights", 2, range(21)),
        wordings=_wordings(top.table("wordings"), space),
        actions=tuple(_action(one) for one in top.tables("actions")),
        fields=tuple(_field(one, space) for one in top.tables("fields")),
        attribution=top.text("attribution"),
        origin="simulation" if origin == "simulation" else "data",
        principles=_principles(top),
    )


def _principles(top: Table) -> tuple[str, ...]:
    """Return the principles; which of those in free words can be weighed is known where plugins are."""
    texts = top.texts("principles")
    try:
        principles_of(texts, owner="principles", free=lambda _: True)
    except BadInputError as error:
        raise top.wrong("principles", f"cannot be checked: {error.message}") from error
    return texts


class Table:
    """One table of a manifest; every complaint names file and key, what stands there and what may."""

    def __init__(self, path: Path, name: str, values: Mapping[str, Any]) -> None:
        self.path, self.name, self.values = path, name, values

    def wrong(self, key: str, must: str) -> BadInputError:
        """Return the refusal of one value."""
        return refused(
            self.path,
            f"{self.name}.{key} is {shown(self.values.get(key))}, it {must}",
            hint="See docs/authoring.md: every key with what may stand there.",
        )

    def known(self, keys: Sequence[str]) -> None:
        """Refuse a key that is not among `keys`."""
        for key in self.values:
            if key not in keys:
                raise refused(
                    self.path,
                    f"{self.name} has no key {shown(key)}",
                    hint=instead(key, keys, noun="key"),
                )

    def text(self, key: str, *, needed: bool = False) -> str:
        """Return a text of one line; empty where it is left out."""
        value = self.values.get(key, "")
        if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
            raise self.wrong(key, f"must be a text of one line, at most {LONGEST} letters")
        if needed and not value.strip():
            raise self.wrong(key, "must be said")
        return value.strip()

    def slug(self, key: str) -> str:
        """Return a slug that must be there."""
        value = self.text(key, needed=True)
        if not SLUG.fullmatch(value):
            raise self.wrong(key, "must be a slug: small letters, digits, hyphens")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, each once; empty where it is left out."""
        return tuple(dict.fromkeys(self._list(key, str)))

    def _list(self, key: str, kind: type[Any]) -> list[Any]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or len(value) > MOST:
            raise self.wrong(key, f"must be a list of at most {MOST}")
        for one in value:
            short = not isinstance(one, str) or (0 < len(one) <= LONGEST and one.isprintable())
            if not isinstance(one, kind) or not short:
                raise self.wrong(key, f"holds {shown(one)}, which does not belong there")
        return value

    def number(self, key: str, standard: float) -> float:
        """Return a finite number; `standard` where it is left out."""
        value = self.values.get(key, standard)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(key, "must be a number")
        if not math.isfinite(value):
            raise self.wrong(key, "must be finite")
        return float(value)

    def whole(self, key: str, standard: int, among: range) -> int:
        """Return a whole number in a range; `standard` where it is left out."""
        value = self.values.get(key, standard)
        if isinstance(value, bool) or not isinstance(value, int) or value not in among:
            raise self.wrong(key, f"must be a whole number from {among[0]} to {among[-1]}")
        return value

    def day(self, key: str) -> dt.date | None:
        """Return a day, written as TOML writes it or as a text; None where it is left out."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, str):
            try:
                value = day_of(value)
            except UnclearError as error:
                raise self.wrong(key, f"is no day: {error.reason}. {error.way_out}") from error
        if type(value) is not dt.date or not STARTS[0] <= value <= STARTS[1]:
            raise self.wrong(key, "must be a day: 2024-03-05")
        return value

    def table(self, key: str) -> Table:
        """Return an inner table; empty where it is left out."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, f"must be a table: [{self.name}.{key}]")
        return Table(self.path, f"{self.name}.{key}", value)

    def tables(self, key: str) -> list[Table]:
        """Return the tables of a list of tables."""
        return [
            Table(self.path, f"{self.name}.{key}[{n}]", one)
            for n, one in enumerate(self._list(key, dict))
        ]


def _wordings(tables: Table, space: SubspaceId) -> dict[str, Wording]:
    found = {}
    for key in tables.values:
        predicate = predicate_of(space, key)
        if not PREDICATE.fullmatch(predicate):
            raise tables.wrong(key, "stands under a name that is no kind of fact: time")
        found[predicate] = _wording(tables.table(key))
    return found


def _wording(table: Table) -> Wording:
    table.known(WORDING_KEYS)
    lines = {key: table.texts(key) for key in ("titles", "frames", "words")}
    for key in ("titles", "frames"):
        for line in lines[key]:
            if re.search(r"\d", SLOT.sub("", line)):
                raise table.wrong(key, f"holds a digit outside the slots: {shown(line)}")
    around = table.table("around")
    return Wording(
        titles=lines["titles"],
        frames=lines["frames"],
        words=frozenset(word.lower() for word in lines["words"]),
        examples=tuple(_pair(one) for one in table.tables("examples")),
        around={slot: tuple(w.lower() for w in around.texts(slot)) for slot in around.values},
        keeps=tuple(
            frozenset(word.strip().lower() for word in one.split(","))
            for one in table.texts("keeps")
        ),
    )


def _pair(table: Table) -> tuple[str, str]:
    table.known(("from", "to"))
    return table.text("from", needed=True), table.text("to", needed=True)


def _action(table: Table) -> Action:
    table.known(ACTION_KEYS)
    reward, weight = table.number("reward", -1.0), table.number("weight", 1.0)
    if not 0 <= reward <= 1:
        raise table.wrong("reward", "must be a number from 0 to 1")
    if not 0 < weight <= 4:
        raise table.wrong("weight", "must be a number over 0, at most 4")
    return Action(
        name=table.slug("name"),
        label=table.text("label", needed=True),
        reward=reward,
        weight=weight,
    )


def _field(table: Table, space: SubspaceId) -> CardField:
    table.known(FIELD_KEYS)
    kind = table.text("kind") or "text"
    if kind not in get_args(Kind):
        raise table.wrong("kind", f"must be one of {', '.join(get_args(Kind))}")
    shape: Kind = "number" if kind == "number" else "date" if kind == "date" else "text"
    return CardField(
        name=table.slug("name"),
        label=table.text("label", needed=True),
        predicate=predicate_of(space, table.text("predicate", needed=True)),
        quantity=table.text("quantity", needed=True),
        kind=shape,
    )
