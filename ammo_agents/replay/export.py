"""Reads what ``ammo data export`` writes: acts on cards become ratings of the entities behind them."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ammo_agents.errors import BadInputError
from ammo_agents.replay.log import HIGHEST, LOWEST, Item, Rated, RatingsLog, build, checked_rating

ACTS, CARDS = "feedback.jsonl", "creations.jsonl"


def archives_in(place: Path) -> list[Path]:
    """Return the exports at `place`: a zip, a folder with the unpacked files, or all zips in a folder."""
    if place.is_file():
        return [place] if zipfile.is_zipfile(place) else []
    if (place / ACTS).is_file():
        return [place]
    return [p for p in sorted(place.glob("*.zip")) if zipfile.is_zipfile(p) and _is_export(p)]


def read(archives: Sequence[Path]) -> RatingsLog:
    """Return the log of one or several people's exports; an item is an entity, its text that of its cards.

    A reward y becomes the rating .5 + 4.5 y; acts that say nothing about taste and undone ones are left out.

    Raises:
        BadInputError: an archive that is none, or a line that cannot be used; it names file and line.
    """
    cards: dict[str, dict[str, Any]] = {}
    acts: list[tuple[str, dict[str, Any]]] = []
    for archive in archives:
        cards |= {str(_of(row, "id", where)): row for where, row in _rows(archive, CARDS)}
        acts += [*_rows(archive, ACTS)]
    rated = [line for line in (_rated(where, act, cards) for where, act in acts) if line]
    left_out = len(acts) - len(rated)
    notes = [f"{left_out} acts say nothing about taste or were undone"] if left_out else []
    return build(_items(cards), rated, notes)


def _items(cards: Mapping[str, Mapping[str, Any]]) -> list[Item]:
    texts: dict[str, list[str]] = {}
    for card in sorted(cards):
        record = cards[card]["json"]
        texts.setdefault(str(record["entity"]), []).append(str(record["title"]["text"]))
    return [
        Item(
            id=entity,
            title=entity,
            brief=entity.partition("/")[2].replace("-", " ") or entity,
            text=". ".join(dict.fromkeys([entity.partition("/")[2].replace("-", " "), *titles])),
        )
        for entity, titles in texts.items()
    ]


def _rated(where: str, row: Mapping[str, Any], cards: Mapping[str, Any]) -> Rated | None:
    """Return one act as a rating; None when it says nothing about taste."""
    act = _of(row, "json", where)
    if row.get("undone") is not None or not _of(act, "weight", where):
        return None
    card = str(_of(act, "creation", where))
    if card not in cards:
        raise BadInputError(
            f"{where} speaks of the card {card}, which {CARDS} does not hold",
            hint="Export again; both files belong together.",
        )
    try:
        reward = float(_of(act, "reward", where))
        time = dt.datetime.fromisoformat(str(_of(act, "at", where))).timestamp()
    except (ValueError, TypeError) as error:
        raise BadInputError(f"{where} is no act: {error}", hint="Export again.") from error
    return Rated(
        person=str(_of(act, "person", where)),
        item=str(cards[card]["json"]["entity"]),
        rating=checked_rating(LOWEST + (HIGHEST - LOWEST) * reward, where),
        time=time,
        where=where,
    )


def _of(row: Any, name: str, where: str) -> Any:
    if not isinstance(row, Mapping) or name not in row:
        raise BadInputError(f"{where} has no {name!r}", hint="Export again with: ammo data export")
    return row[name]


def _rows(archive: Path, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield ``file, line n`` and the row of each line of one table."""
    try:
        if archive.is_dir():
            content = (archive / name).read_bytes()
        else:
            with zipfile.ZipFile(archive) as opened:
                content = opened.read(name)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise BadInputError(
            f"{archive} holds no {name}: {error}", hint="Name what ammo data export wrote."
        ) from error
    for number, line in enumerate(content.splitlines(), start=1):
        where = f"{archive.name}/{name}, line {number}"
        try:
            yield where, json.loads(line)
        except ValueError as error:
            raise BadInputError(f"{where} is no JSON: {error}", hint="Export again.") from error


def _is_export(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return ACTS in archive.namelist()
