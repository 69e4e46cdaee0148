"""When films join the world: on the day they were released, or where that is not known, in the order of their year's list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache

from ammo_agents.records import EntityId
from ammo_subspace_movie.films import FIRST_NEW, Film, films

FIRST, LAST = dt.date(FIRST_NEW, 1, 1), dt.date(2023, 4, 19)
"""The replayed days; the openings were collected on the last of them."""


@cache
def arrivals() -> Mapping[EntityId, dt.date]:
    """Return the day on which each new film joins.

    The lists that the data come from follow the calendar, so a film without a certain day joins
    where its place in the list lies between the first and the last day of its year.
    """
    by_year: dict[int, list[Film]] = {}
    for film in films():
        if film.new:
            by_year.setdefault(film.year, []).append(film)
    found: dict[EntityId, dt.date] = {}
    for year, listed in sorted(by_year.items()):
        first, end = dt.date(year, 1, 1), min(dt.date(year, 12, 31), LAST)
        days = (end - first).days + 1
        for n, film in enumerate(listed):
            found[film.id] = certain(film) or first + dt.timedelta(days=n * days // len(listed))
    return found


def certain(film: Film) -> dt.date | None:
    """Return the day of release of a new film, if it lies within the replayed days."""
    day = film.released
    return day if day is not None and FIRST <= day <= LAST else None
