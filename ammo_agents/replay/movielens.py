"""Reads MovieLens folders: ``ratings.csv`` and ``movies.csv``; never the tags, which leak what people rated."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ammo_agents.errors import BadInputError
from ammo_agents.replay.log import Item, Rated, RatingsLog, build, checked_rating

RATINGS, MOVIES = "ratings.csv", "movies.csv"
ARTICLES = Path("wikipedia") / "movies_matched.jsonl"
NO_GENRE = "(no genres listed)"
YEAR = re.compile(r"\((\d{4})\)\s*$")


def folder_in(place: Path) -> Path | None:
    """Return the folder that holds the two files: `place`, or one below it; None = there is none."""
    places = [place, *sorted(p for p in place.iterdir() if p.is_dir())]
    found = [p for p in places if (p / RATINGS).is_file()]
    if len(found) > 1:
        raise BadInputError(
            f"{place} holds several logs: {', '.join(p.name for p in found)}",
            hint="Name one of the folders.",
        )
    return found[0] if found else None


def read(folder: Path) -> RatingsLog:
    """Return the log of a MovieLens folder, with article openings where they lie in it or beside it.

    Raises:
        BadInputError: a missing file or column, or a line that cannot be used; it names file and line.
    """
    places = [folder / ARTICLES, folder.parent / ARTICLES]
    articles = next((place for place in places if place.is_file()), None)
    openings = {} if articles is None else _openings(articles)
    items = list(_items(folder / MOVIES, openings))
    matched = sum(item.text != item.brief for item in items)
    notes = () if articles is None else (f"{matched} of {len(items)} items have an article",)
    return build(items, _rated(folder / RATINGS), notes)


def _items(path: Path, openings: Mapping[str, str]) -> Iterator[Item]:
    for _, row in lines(path, ("movieId", "title", "genres")):
        title = row["title"].strip()
        year = YEAR.search(title)
        genres = "" if row["genres"] == NO_GENRE else row["genres"].replace("|", ", ")
        brief = f"{title}. Genres: {genres}." if genres else f"{title}."
        yield Item(
            id=row["movieId"],
            title=title,
            year=int(year[1]) if year else None,
            brief=brief,
            text=f"{brief} {openings.get(row['movieId'], '')}".strip(),
        )


def _rated(path: Path) -> Iterator[Rated]:
    for where, row in lines(path, ("userId", "movieId", "rating", "timestamp")):
        yield Rated(
            person=row["userId"],
            item=row["movieId"],
            rating=checked_rating(_number(row["rating"], "rating", where), where),
            time=_number(row["timestamp"], "timestamp", where),
            where=where,
        )


def lines(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield ``file, line n`` and the row of each line of a CSV file with these columns.

    Raises:
        BadInputError: no file, no text, other columns, or a line with too few fields.
    """
    if not path.is_file():
        raise BadInputError(
            f"there is no {path.name} in {path.parent}",
            hint=f"It is needed, with the columns {', '.join(columns)}.",
        )
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            lacking = [c for c in columns if c not in (rows.fieldnames or ())]
            if lacking:
                raise BadInputError(
                    f"{path} has no column {', '.join(lacking)} (it has: {', '.join(rows.fieldnames or ())})",
                    hint=f"The first line must name {', '.join(columns)}.",
                )
            for row in rows:
                where = f"{path.name}, line {rows.line_num}"
                if any(not row[column] for column in columns):
                    raise BadInputError(
                        f"{where} is cut short", hint="Complete or remove the line."
                    )
                yield where, row
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInputError(
            f"{path} is no CSV in UTF-8: {error}", hint="Save it as such."
        ) from error


def _openings(path: Path) -> dict[str, str]:
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            article = json.loads(line)
            found[str(article["movieId"])] = str(article["extract"] or "")
        except (ValueError, KeyError, TypeError) as error:
            raise BadInputError(
                f"{path.name}, line {number} is no article: {error}",
                hint="Each line is JSON with movieId and extract.",
            ) from error
    return found


def _number(text: str, column: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise BadInputError(
            f"{where}: the {column} {text!r} is no number", hint="Correct or remove the line."
        ) from error
    if column == "timestamp" and not abs(value) < 1e15:  # also NaN
        raise BadInputError(
            f"{where}: the timestamp {text!r} is no time", hint="Correct or remove the line."
        )
    return value
