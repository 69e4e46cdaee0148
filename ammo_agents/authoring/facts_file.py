"""``facts.csv``: plain sentences with their sources become facts with slots; none comes in without a source (W2)."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ammo_agents.authoring.dates import UnclearError, day_of
from ammo_agents.authoring.graph_file import SOURCE_COLUMNS, entity_of, source_of
from ammo_agents.authoring.refusal import shown
from ammo_agents.authoring.sentence import Stated, filled, stated
from ammo_agents.authoring.table import Row, parts, rows
from ammo_agents.records import Entity, EntityId, Fact, Source, SubspaceId, fact_id

COLUMNS = (
    "entity",
    "predicate",
    "statement",
    "frame",
    "quantities",
    "date",
    "surprise",
    "direction",
    "mentions",
    *SOURCE_COLUMNS,
)
PREDICATE = re.compile(r"[a-z0-9_]+([.-][a-z0-9_]+)*")
STARTS = (dt.date(1, 1, 2), dt.date(9998, 12, 31))
WORLD = dt.date(2025, 1, 1)
"""The first day of a world in which nothing has a date and whose manifest names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What ``facts.csv`` states."""

    standing: tuple[Fact, ...] = ()
    """Without a date: they always hold, and bear the first day of the world."""
    dated: tuple[Fact, ...] = ()
    """By day, most surprising first within a day."""
    start: dt.date = WORLD
    """The first day of the world."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a folder's facts are read against."""

    space: SubspaceId
    entities: Mapping[EntityId, Entity]
    source: Source
    """What rows leave out of their source."""
    start: dt.date | None = None
    """The manifest's first day; None = the first date there is."""


def facts(path: Path, setting: Setting) -> Facts:
    """Return the facts of ``facts.csv``.

    Raises:
        BadInputError: as `table.rows`; a row without a source or without who verified it, with an
            entity nobody declared, a sentence that can be read in two ways, or stated twice.
    """
    names = Names(setting.entities)
    told = [_told(row, setting, names) for row in rows(path, columns=COLUMNS, needed=("entity",))]
    days = [day for _, day, _ in told if day is not None]
    start = setting.start or min(days, default=WORLD)
    found: dict[str, Fact] = {}
    for row, day, draft in told:
        fact = _fact(draft, day or start)
        if fact.id in found:
            raise row.wrong("statement", "the same fact is there already", "Take this row out.")
        found[fact.id] = fact
    dated = [found[id] for id, (_, day, _) in zip(found, told, strict=True) if day is not None]
    standing = [found[id] for id, (_, day, _) in zip(found, told, strict=True) if day is None]
    return Facts(
        standing=tuple(standing),
        dated=tuple(sorted(dated, key=lambda f: (f.date, -f.surprise, f.predicate, f.id))),
        start=start,
    )


class Names:
    """The names of a folder's entities, found in a sentence by the word that fewest names share."""

    def __init__(self, entities: Mapping[EntityId, Entity]) -> None:
        words = {e.id: re.findall(r"\w+", e.name) for e in entities.values()}
        shared = Counter(word for found in words.values() for word in set(found))
        self._by_word: dict[str, list[tuple[str, EntityId]]] = {}
        for id, found in words.items():
            if found:
                rarest = min(found, key=lambda word: shared[word])
                self._by_word.setdefault(rarest, []).append((entities[id].name, id))

    def written(self, sentence: str) -> dict[str, EntityId]:
        """Return the names that a sentence writes out."""
        return {
            name: id
            for word in dict.fromkeys(re.findall(r"\w+", sentence))
            for name, id in self._by_word.get(word, ())
            if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sentence)
        }


def predicate_of(space: SubspaceId, said: str) -> str:
    """Return a predicate in full: ``time`` → ``recipes.time``; empty → ``recipes.fact``."""
    said = said.lower()
    if said.startswith(f"{space}."):
        return said
    return f"{space}.{said or 'fact'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A fact but for its day and its id."""

    space: SubspaceId
    entity: EntityId
    predicate: str
    said: Stated
    source: Source
    surprise: float
    direction: Literal["up", "down"] | None
    mentions: tuple[EntityId, ...]


def _told(row: Row, setting: Setting, names: Names) -> tuple[Row, dt.date | None, _Draft]:
    entity = entity_of(row, "entity", setting.space, setting.entities)
    predicate = predicate_of(setting.space, row["predicate"])
    if not PREDICATE.fullmatch(predicate):
        raise row.wrong(
            "predicate", f"{shown(row['predicate'])} is no kind of fact", "Write one word: time"
        )
    draft = _Draft(
        space=setting.space,
        entity=entity,
        predicate=predicate,
        said=_said(row, names),
        source=_source(row, setting.source),
        surprise=_surprise(row),
        direction=_direction(row),
        mentions=_mentions(row, entity, setting, names),
    )
    return row, _day(row), draft


def _fact(draft: _Draft, day: dt.date) -> Fact:
    words = {q.name: q.text for q in draft.said.quantities}
    statement = re.sub(r"\{([a-z][a-z0-9_]*)\}", lambda m: words[m[1]], draft.said.frame)
    return Fact(
        id=fact_id(entity=draft.entity, predicate=draft.predicate, date=day, statement=statement),
        subspace=draft.space,
        entity=draft.entity,
        predicate=draft.predicate,
        frame=draft.said.frame,
        quantities=draft.said.quantities,
        date=day,
        source=draft.source,
        direction=draft.direction,
        surprise=draft.surprise,
        mentions=draft.mentions,
    )


def _said(row: Row, names: Names) -> Stated:
    """Return the sentence of a row, from ``statement`` or from ``frame`` and ``quantities``."""
    if bool(row["statement"]) == bool(row["frame"]):
        raise row.wrong(
            "statement",
            "a fact has a statement or a frame, one of the two",
            "Write a plain sentence into statement.",
        )
    column = "statement" if row["statement"] else "frame"
    try:
        if row["statement"]:
            return stated(row["statement"], names=names.written(row["statement"]))
        return filled(row["frame"], _quantities(row))
    except UnclearError as error:
        raise row.wrong(column, error.reason, error.way_out) from error


def _quantities(row: Row) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in parts(row["quantities"]):
        name, sign, words = (piece.strip() for piece in part.partition("="))
        if not sign or not words or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise row.wrong(
                "quantities",
                f"{shown(part)} is no slot with its words",
                "Write: high = 4.2 m; on = 3 May 2026",
            )
        if name in found:
            raise row.wrong("quantities", f"{name!r} is there twice", "Name each slot once.")
        found[name] = words
    return found


def _source(row: Row, standard: Source) -> Source:
    source = source_of(row, standard)
    if not source.name:
        raise row.wrong(
            "source",
            "this fact has no source",
            "Say where it comes from (a book, a page, an institution), or set [subspace.source] in ammo.toml.",
        )
    if not source.verified_by:
        raise row.wrong(
            "verified_by",
            "nobody stands behind this fact",
            "Name who checked it, here or as verified_by of [subspace.source] in ammo.toml.",
        )
    if source.url and not source.url.startswith(("https://", "http://")):
        raise row.wrong("url", f"{shown(source.url)} is no web address", "Write https://…")
    return source


def _surprise(row: Row) -> float:
    said = row["surprise"]
    if not said:
        return 0.0
    if not re.fullmatch(r"\d{1,2}(\.\d{1,6})?", said):
        raise row.wrong(
            "surprise", f"{shown(said)} is no number of nats", "Write 0 to 99; 0 is ordinary."
        )
    return float(said)


def _direction(row: Row) -> Literal["up", "down"] | None:
    match row["direction"].lower():
        case "":
            return None
        case "up":
            return "up"
        case "down":
            return "down"
        case _:
            said = shown(row["direction"])
            raise row.wrong("direction", f"{said} is no direction", "Write up, down or nothing.")


def _day(row: Row) -> dt.date | None:
    if not row["date"]:
        return None
    try:
        day = day_of(row["date"])
    except UnclearError as error:
        raise row.wrong("date", error.reason, error.way_out) from error
    if not STARTS[0] <= day <= STARTS[1]:
        raise row.wrong("date", f"{day} is out of the calendar", "Leave the date out.")
    return day


def _mentions(row: Row, entity: EntityId, setting: Setting, names: Names) -> tuple[EntityId, ...]:
    """Return the other entities that a sentence names: those listed, and those whose names it writes out."""
    listed = [
        entity_of(
            Row(row.path, row.line, {"mentions": part}), "mentions", setting.space, setting.entities
        )
        for part in parts(row["mentions"])
    ]
    written = names.written(row["statement"] or row["frame"]).values()
    return tuple(id for id in dict.fromkeys([*listed, *written]) if id != entity)
