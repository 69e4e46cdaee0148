"""The films of this subspace: what is certain about each, its text, and how one is found by title and year."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from ammo_agents.records import EntityId, Source, SubspaceId

MOVIE = SubspaceId("movie")
FIRST_NEW = 2018
"""Films listed from this year on arrive while the world is replayed; older ones have always been there."""
LICENCE = "CC BY-SA 4.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """One film, as the opening of its Wikipedia article states it."""

    slug: str
    title: str
    year: int
    """The year it is listed under; it may be one after the year of a first showing abroad."""
    said_year: int
    """The year the article's first sentence gives: the one that statements use."""
    genres: tuple[str, ...]
    directors: tuple[str, ...]
    """One or two names."""
    cast: tuple[str, ...]
    """Actors of the cast list whom the opening names, in the list's order."""
    released: dt.date | None
    """A day on which it was released, where the opening says one day."""
    premise: str
    """What the story is about: the rest of a sentence without its full stop; empty = not said plainly."""
    note: str
    """One more thing said of it: the rest of a sentence whose subject it is; may be empty."""
    source: tuple[str, str] | None
    """(kind, author) of the work it is based on: ``("novel", "Winston Groom")``."""
    money: tuple[str, str] | None
    """(gross, budget) as written: ``("$197 million", "$38 million")``."""
    sequel: tuple[str, int] | None
    """(title, year) of the film it is a sequel to."""
    debut: bool
    """The article calls it the debut of its director."""
    opening: str
    """The article's opening, whole."""
    article: str
    """The article's name."""

    @classmethod
    def of(cls, record: Mapping[str, Any], *, slug: str) -> Film:
        """Return the film of one line of the data."""
        day = record.get("released")
        return cls(
            slug=slug,
            title=record["title"],
            year=record["year"],
            said_year=record["said_year"],
            genres=tuple(record["genres"]),
            directors=tuple(record["directors"]),
            cast=tuple(record.get("cast", ())),
            released=dt.date.fromisoformat(day) if day else None,
            premise=record.get("premise", ""),
            note=record.get("note", ""),
            source=_pair(record.get("source")),
            money=_pair(record.get("money")),
            sequel=_pair(record.get("sequel")),
            debut=bool(record.get("debut")),
            opening=record["text"],
            article=record["article"],
        )

    @property
    def id(self) -> EntityId:
        """Return its entity id: ``movie/heat-1995``."""
        return EntityId(f"{MOVIE}/{self.slug}")

    @property
    def new(self) -> bool:
        """Whether it arrives while the world is replayed."""
        return self.year >= FIRST_NEW

    @property
    def text(self) -> str:
        """Return its plain text for placing it in a space: title, year, genres and the opening."""
        return f"{self.title} ({self.year}). Genres: {', '.join(self.genres)}. {self.opening}"

    @property
    def origin(self) -> Source:
        """Return where its statements come from."""
        return Source(
            name=f"Wikipedia contributors, “{self.article}”",
            url=f"https://en.wikipedia.org/wiki/{self.article.replace(' ', '_')}",
            licence=LICENCE,
            verified_by="read out of the opening of the article by ammo_subspace_movie",
        )


@cache
def films() -> tuple[Film, ...]:
    """Return every film in the order of the data; reads a packed file once (blocks for some 50 ms)."""
    packed = resources.files("ammo_subspace_movie").joinpath("data", "films.jsonl.gz").read_bytes()
    records = [json.loads(line) for line in gzip.decompress(packed).decode("utf-8").splitlines()]
    taken: Counter[str] = Counter()
    found = []
    for record in records:
        slug = slug_of(record["title"], record["year"])
        taken[slug] += 1
        slug = slug if taken[slug] == 1 else f"{slug}-{taken[slug]}"
        found.append(Film.of(record, slug=slug))
    return tuple(found)


@cache
def by_id() -> Mapping[EntityId, Film]:
    """Return every film by its entity id."""
    return {film.id: film for film in films()}


def find(title: str, year: int | None = None) -> Film | None:
    """Return the film of this title, or None.

    Titles are compared by their words alone: case, signs, accents and articles (``Heat``, ``Matrix, The``)
    do not matter, nor does what stands in brackets. The nearest year within one wins; without a
    year a title must be the only one of its kind.
    """
    known = _by_title().get(plain(title), ())
    if year is None:
        return known[0] if len(known) == 1 else None
    near = sorted(known, key=lambda film: (abs(film.year - year), film.year))
    return near[0] if near and abs(near[0].year - year) <= 1 else None


def plain(title: str) -> str:
    """Return a title for comparing: lower-case words without signs, accents, brackets and articles."""
    bare = re.sub(r"\([^)]*\)", " ", title) or title
    letters = unicodedata.normalize("NFKD", bare.lower().replace("&", " and "))
    words = re.findall(
        r"[^\W_]+", "".join(c for c in letters if not unicodedata.combining(c)).replace("'", "")
    )
    kept = [word for word in words if word not in {"the", "a", "an"}]
    return " ".join(kept or words)


def slug_of(title: str, year: int | None = None) -> str:
    """Return a slug of lower-case letters, digits and hyphens: ``heat-1995``."""
    letters = unicodedata.normalize(
        "NFKD", title.replace("&", " and ").replace("'", "").replace("’", "")
    )
    head = re.sub(r"[^a-z0-9]+", "-", letters.encode("ascii", "ignore").decode().lower()).strip("-")
    return "-".join(part for part in (head, str(year or "")) if part)


@cache
def _by_title() -> Mapping[str, Sequence[Film]]:
    found: dict[str, list[Film]] = {}
    for film in films():
        found.setdefault(plain(film.title), []).append(film)
    return found


def _pair(value: Sequence[Any] | None) -> Any:
    return None if value is None else (value[0], value[1])
