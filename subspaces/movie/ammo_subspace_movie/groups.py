"""What counting says about a genre, a decade or a director, once a year; and genres on a run."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable

from ammo_agents.records import Fact
from ammo_subspace_movie import display
from ammo_subspace_movie.arrivals import FIRST
from ammo_subspace_movie.people import era_id, genre_id, ids_of, persons
from ammo_subspace_movie.shelf import Key, Shelf
from ammo_subspace_movie.tell import tell

ENOUGH = 12
"""Films of a genre or a decade from which it is told about."""
MANY = 4
"""Films from which a director's career, or a favourite actor's part in it, is told."""
WINDOW, YEAR = 30, 365
"""Days of a run, and of the history it is compared with."""
RARE = 3.4
"""Nats from which a run is told: one day in thirty."""


def yearly(shelf: Shelf, day: dt.date) -> list[Fact]:
    """Return every group's facts as of a day, in a fixed order."""
    found: list[Fact] = []
    for key in shelf.keys("genre"):
        if shelf.count(key, day) >= ENOUGH:
            found += genre(shelf, str(key[1]), day)
    for key in shelf.keys("decade"):
        if shelf.count(key, day) >= ENOUGH and isinstance(key[1], int):
            found += era(shelf, key[1], day)
    for key in shelf.keys("director"):
        name = str(key[1])
        if shelf.count(key, day) >= MANY and name in persons():
            found += person(shelf, name, day)
    return found


def genre(shelf: Shelf, name: str, day: dt.date) -> list[Fact]:
    """Return the size of a genre, its decade and its director."""
    made = (_size(shelf, name, day), _peak(shelf, name, day), _master(shelf, name, day))
    return [fact for fact in made if fact is not None]


def _size(shelf: Shelf, name: str, day: dt.date) -> Fact:
    total, whole = shelf.count(("genre", name), day), shelf.count(("all",), day)
    said = (
        display.bare("count", total, "films"),
        display.count("total", whole, "films"),
        display.name("genre", name),
    )
    surprise = min(2.0, -math.log(total / whole))
    return tell("movie.genre_size", genre_id(name), day, said, surprise=surprise)


def _peak(shelf: Shelf, name: str, day: dt.date) -> Fact | None:
    best = first(shelf, shelf.keys("genre in decade", part=name), day)
    if best is None:
        return None
    decade = int(str(best[1][2]))
    said = (
        display.bare("count", best[0], "films"),
        display.count("total", shelf.count(("genre", name), day), "films"),
        display.name("genre", name),
        display.decade("decade", decade),
    )
    mentions = (era_id(decade),)
    return tell("movie.genre_peak", genre_id(name), day, said, surprise=1.0, mentions=mentions)


def _master(shelf: Shelf, name: str, day: dt.date) -> Fact | None:
    best = first(shelf, shelf.keys("director in genre", part=name), day)
    if best is None or best[0] < MANY:
        return None
    director = str(best[1][1])
    said = (
        display.name("director", director),
        display.bare("count", best[0], "films"),
        display.count("total", shelf.count(("genre", name), day), "films"),
        display.name("genre", name),
    )
    mentions = ids_of([director])
    return tell("movie.genre_director", genre_id(name), day, said, surprise=1.5, mentions=mentions)


def era(shelf: Shelf, decade: int, day: dt.date) -> list[Fact]:
    """Return the genre that most films of a decade are listed under."""
    total = shelf.count(("decade", decade), day)
    best = first(shelf, shelf.keys("genre in decade", part=decade), day)
    if best is None:
        return []
    count, key = best
    name = str(key[1])
    said = (
        display.bare("count", count, "films"),
        display.count("total", total, "films"),
        display.decade("decade", decade),
        display.name("genre", name),
    )
    mentions = (genre_id(name),)
    return [tell("movie.era_genre", era_id(decade), day, said, surprise=1.0, mentions=mentions)]


def person(shelf: Shelf, name: str, day: dt.date) -> list[Fact]:
    """Return the first and last film of a director here, and the actor of most of them."""
    made = (_career(shelf, name, day), _favourite(shelf, name, day))
    return [fact for fact in made if fact is not None]


def _career(shelf: Shelf, name: str, day: dt.date) -> Fact | None:
    films = sorted(shelf.on(("director", name), day), key=lambda f: (f.said_year, f.id))
    (one, two), (before, last) = films[:2], films[-2:]
    if one.said_year == two.said_year or before.said_year == last.said_year:
        return None
    said = (
        display.name("director", name),
        display.count("count", len(films), "films"),
        display.name("first", one.title),
        display.year("start", one.said_year),
        display.name("last", last.title),
        display.year("end", last.said_year),
    )
    ends = (one.id, last.id)
    return tell("movie.career", persons()[name], day, said, surprise=1.5, mentions=ends)


def _favourite(shelf: Shelf, name: str, day: dt.date) -> Fact | None:
    keys = [key for key in shelf.keys("together", part=name) if key[1] == name]
    best = first(shelf, keys, day)
    if best is None or best[0] < MANY:
        return None
    actor = str(best[1][2])
    said = (
        display.name("director", name),
        display.count("count", best[0], "films"),
        display.name("actor", actor),
    )
    mentions = ids_of([actor])
    return tell("movie.favourite", persons()[name], day, said, surprise=2.0, mentions=mentions)


def first(shelf: Shelf, keys: Iterable[Key], day: dt.date) -> tuple[int, Key] | None:
    """Return the key that more films share than any other, and how many; None where two are level."""
    counted = sorted(((shelf.count(key, day), repr(key), key) for key in keys), reverse=True)
    if not counted or (len(counted) > 1 and counted[1][0] == counted[0][0]):
        return None
    return counted[0][0], counted[0][2]


def run(shelf: Shelf, name: str, day: dt.date) -> Fact | None:
    """Return that many films of a genre joined in thirty days, on the first day of such a run."""
    if run_surprise(shelf, name, day) < RARE:
        return None
    if any(run_surprise(shelf, name, day - dt.timedelta(days=n)) >= RARE for n in range(1, WINDOW)):
        return None
    count, usual = _rates(shelf, name, day)
    said = (
        display.count("count", count, "films"),
        display.name("genre", name),
        display.count("window", WINDOW, "days"),
        display.date("date", day),
        display.average("usual", usual, "films"),
    )
    return tell("movie.run", genre_id(name), day, said, surprise=run_surprise(shelf, name, day))


def run_surprise(shelf: Shelf, name: str, day: dt.date) -> float:
    """Return -ln P(at least so many) of a Poisson law with the mean of the year before, in nats."""
    count, usual = _rates(shelf, name, day)
    if count < 4 or not usual > 0:
        return 0.0
    below = sum(math.exp(-usual + n * math.log(usual) - math.lgamma(n + 1)) for n in range(count))
    return -math.log(max(1e-12, 1.0 - below))


def _rates(shelf: Shelf, name: str, day: dt.date) -> tuple[int, float]:
    """Return the films of the last thirty days, and the mean of thirty days over the year before them."""
    start = day - dt.timedelta(days=WINDOW)
    if (start - FIRST).days < YEAR:
        return 0, 0.0
    key: Key = ("genre", name)
    count = shelf.count(key, day) - shelf.count(key, start)
    past = shelf.count(key, start) - shelf.count(key, start - dt.timedelta(days=YEAR))
    return count, past * WINDOW / YEAR
