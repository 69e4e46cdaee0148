"""What counting over the graph says about one film: who made it with whom, how often, and after how long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from ammo_agents.records import EntityId, Fact, Quantity
from ammo_subspace_movie import display
from ammo_subspace_movie.films import Film
from ammo_subspace_movie.people import genre_id, ids_of
from ammo_subspace_movie.shelf import Shelf, most, previous, rarest
from ammo_subspace_movie.tell import tell

MANY_DIRECTED, MANY_PLAYED, MANY_TOGETHER = 5, 15, 3
"""Counts from which a tie is told."""
FEW_BLENDED = 24
"""Films that share a pair of genres up to which the pair is told."""
LONG = 4
"""Years without a film here after which a director's next one is told."""


def ties(shelf: Shelf, film: Film, day: dt.date) -> list[Fact]:
    """Return what a film shares with the films here on a day, most surprising first."""
    makers = (directed, played, together, since, blend)
    found = [fact for maker in makers if (fact := maker(shelf, film, day)) is not None]
    return sorted(found, key=lambda f: (-f.surprise, f.predicate))


def directed(shelf: Shelf, film: Film, day: dt.date) -> Fact | None:
    """Return how many films here are by its director."""
    count, key = most(shelf, film, "director", day)
    if key is None or count < MANY_DIRECTED or len(film.directors) > 1:
        return None
    said = (display.count("count", count, "films"), display.name("director", str(key[1])))
    return _told(
        "movie.director_count",
        film,
        day,
        said,
        shelf.surprise("director", count),
        ids_of([str(key[1])]),
    )


def played(shelf: Shelf, film: Film, day: dt.date) -> Fact | None:
    """Return how many films here have its best-known actor."""
    count, key = most(shelf, film, "actor", day)
    if key is None or count < MANY_PLAYED:
        return None
    said = (display.count("count", count, "films"), display.name("actor", str(key[1])))
    surprise = shelf.surprise("actor", count)
    return _told("movie.actor_count", film, day, said, surprise, ids_of([str(key[1])]))


def together(shelf: Shelf, film: Film, day: dt.date) -> Fact | None:
    """Return how many films here its director made with the same actor."""
    count, key = most(shelf, film, "together", day)
    if key is None or count < MANY_TOGETHER or len(film.directors) > 1:
        return None
    director, actor = str(key[1]), str(key[2])
    said = (
        display.count("count", count, "films"),
        display.name("director", director),
        display.name("actor", actor),
    )
    surprise = shelf.surprise("together", count)
    return _told("movie.together", film, day, said, surprise, ids_of([director, actor]))


def since(shelf: Shelf, film: Film, day: dt.date) -> Fact | None:
    """Return which film its director made last before it, after some years."""
    before = previous(shelf, film, day)
    if before is None or film.said_year - before.said_year < LONG:
        return None
    said = (
        display.name("director", film.directors[0]),
        display.name("before", before.title),
        display.year("then", before.said_year),
    )
    surprise = shelf.surprise("since", film.said_year - before.said_year)
    mentions = (*ids_of(film.directors), before.id)
    return _told("movie.since", film, day, said, surprise, mentions)


def blend(shelf: Shelf, film: Film, day: dt.date) -> Fact | None:
    """Return the rarest pair of genres it is listed under."""
    count, key = rarest(shelf, film, day)
    if key is None or not 2 <= count <= FEW_BLENDED:
        return None
    genre, other = str(key[1]), str(key[2])
    said = (
        display.count("count", count, "films"),
        display.name("genre", genre),
        display.name("other", other),
    )
    mentions = (genre_id(genre), genre_id(other))
    return _told("movie.blend", film, day, said, shelf.surprise("blend", -count), mentions)


def _told(
    predicate: str,
    film: Film,
    day: dt.date,
    said: Sequence[Quantity],
    surprise: float,
    mentions: Sequence[EntityId],
) -> Fact:
    which = (display.name("name", film.title), display.year("year", film.said_year))
    return tell(predicate, film.id, day, (*which, *said), surprise=surprise, mentions=mentions)
