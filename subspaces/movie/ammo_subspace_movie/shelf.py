"""The films that are here on a day, and how many of them share a director, an actor or a genre."""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations, product

from ammo_subspace_movie.arrivals import arrivals
from ammo_subspace_movie.films import Film, films
from ammo_subspace_movie.people import decade_of
from ammo_subspace_movie.tell import BEGINNING

Key = tuple[Hashable, ...]


def arrival(film: Film) -> dt.date:
    """Return the day from which a film is here."""
    return arrivals().get(film.id, BEGINNING)


def keys_of(film: Film) -> Iterable[Key]:
    """Yield everything a film may share with others."""
    yield ("all",)
    yield "decade", decade_of(film)
    for genre in film.genres:
        yield "genre", genre
        yield "genre in decade", genre, decade_of(film)
    for pair in combinations(sorted(film.genres), 2):
        yield "genres", *pair
    for director in film.directors:
        yield "director", director
    for director, genre in product(film.directors, film.genres):
        yield "director in genre", director, genre
    for actor in film.cast:
        yield "actor", actor
    for director, actor in product(film.directors, film.cast):
        if director != actor:
            yield "together", director, actor


@dataclass(frozen=True, eq=False)
class Shelf:
    """Which films share what, by the day they came; nothing looks ahead of the day it is asked for."""

    shared: dict[Key, list[tuple[dt.date, Film]]] = field(default_factory=dict)
    """Key → (day, film), oldest first."""
    index: dict[tuple[Hashable, Hashable], list[Key]] = field(default_factory=dict)
    """(kind, part) → the keys of that kind that have that part; None = all of the kind."""
    ranks: dict[str, list[float]] = field(default_factory=dict)
    """Measure → its values over the films that have always been here, ascending."""

    def on(self, key: Key, day: dt.date) -> list[Film]:
        """Return the films that share `key` and are here on `day`, in the order they came."""
        listed = self.shared.get(key, [])
        return [film for _, film in listed[: bisect_right(listed, day, key=lambda pair: pair[0])]]

    def count(self, key: Key, day: dt.date) -> int:
        """Return how many films share `key` on `day`."""
        return bisect_right(self.shared.get(key, []), day, key=lambda pair: pair[0])

    def keys(self, kind: str, *, part: Hashable = None) -> list[Key]:
        """Return every key of a kind in a fixed order; with `part`, those that have it at any place."""
        return self.index.get((kind, part), [])

    def surprise(self, measure: str, value: float) -> float:
        """Return -ln((1 + k) / (1 + n)): k of the n older films here have at least this value."""
        values = self.ranks[measure]
        k = len(values) - bisect_left(values, value)
        return -math.log((1 + k) / (1 + len(values)))


def most(shelf: Shelf, film: Film, kind: str, day: dt.date) -> tuple[int, Key | None]:
    """Return the largest count among a film's keys of one kind, and that key."""
    counted = [(shelf.count(key, day), key) for key in keys_of(film) if key[0] == kind]
    return max(counted, key=lambda pair: (pair[0], repr(pair[1])), default=(0, None))


def rarest(shelf: Shelf, film: Film, day: dt.date) -> tuple[int, Key | None]:
    """Return the smallest count among a film's pairs of genres, and that pair."""
    counted = [(shelf.count(key, day), key) for key in keys_of(film) if key[0] == "genres"]
    return min(counted, key=lambda pair: (pair[0], repr(pair[1])), default=(0, None))


def previous(shelf: Shelf, film: Film, day: dt.date) -> Film | None:
    """Return the film here that the only director of `film` made last before it, if it is plainly earlier."""
    if len(film.directors) != 1:
        return None
    others = [f for f in shelf.on(("director", film.directors[0]), day) if f.id != film.id]
    if not others or any(f.said_year >= film.said_year for f in others):
        return None
    latest = [f for f in others if f.said_year == max(o.said_year for o in others)]
    return latest[0] if len(latest) == 1 else None


@cache
def shipped_shelf() -> Shelf:
    """Return the shelf of all films of the data; made once (about 0.2 s)."""
    shelf = Shelf()
    for film in sorted(films(), key=lambda f: (arrival(f), f.id)):
        for key in dict.fromkeys(keys_of(film)):
            shelf.shared.setdefault(key, []).append((arrival(film), film))
    for key in sorted(shelf.shared, key=repr):
        for part in (None, *dict.fromkeys(key[1:])):
            shelf.index.setdefault((key[0], part), []).append(key)
    old = [film for film in films() if not film.new]
    for kind in ("director", "actor", "together"):
        shelf.ranks[kind] = sorted(float(most(shelf, f, kind, BEGINNING)[0]) for f in old)
    shelf.ranks["blend"] = sorted(
        -float(count) if (count := rarest(shelf, f, BEGINNING)[0]) else -math.inf for f in old
    )
    before = [previous(shelf, f, BEGINNING) for f in old]
    shelf.ranks["since"] = sorted(
        float(f.said_year - b.said_year) if b else 0.0 for f, b in zip(old, before, strict=True)
    )
    return shelf
