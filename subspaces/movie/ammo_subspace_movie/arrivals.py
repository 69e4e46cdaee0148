"""When films join the world: on the day they were released, or where that is not known, in the order of their year's list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from ammo_agents.records import EntityId
from ammo_subspace_movie.films import FIRST_NEW, Film, films

FIRST, LAST = dt.date(FIRST_NEW, 1, 1), dt.date(2023, 4, 19)
"""The replayed days; the openings were collected on the last of them."""


@cache
def arrivals() -> Mapping[EntityId, dt.date]:
    """Return the day on which each new film joins.

    The lists that the data come from follow the calendar, so a film without a certain day joins
    where its place in the list lies between those of its neighbours that have one.
    """
    by_year: dict[int, list[Film]] = {}
    for film in films():
        if film.new:
            by_year.setdefault(film.year, []).append(film)
    found: dict[EntityId, dt.date] = {}
    for year, listed in sorted(by_year.items()):
        days = [certain(film) for film in listed]
        for film, own, day in zip(listed, days, between(year, days), strict=True):
            found[film.id] = own or day
    return found


def certain(film: Film) -> dt.date | None:
    """Return the day of release of a new film, if it lies within the replayed days."""
    day = film.released
    return day if day is not None and FIRST <= day <= LAST else None


def between(year: int, days: Sequence[dt.date | None]) -> list[dt.date]:
    """Return a day for each place of a year's list, from the known days that follow the calendar."""
    first, end = dt.date(year, 1, 1), min(dt.date(year, 12, 31), LAST)
    known = [
        (n, day.toordinal()) for n, day in enumerate(days) if day is not None and day.year == year
    ]
    rising = [
        (n, day)
        for n, day in known
        if sum(other <= day for m, other in known if m < n) >= 0.9 * sum(m < n for m, _ in known)
        and sum(other >= day for m, other in known if m > n) >= 0.9 * sum(m > n for m, _ in known)
    ]
    places = [-1, *(n for n, _ in rising), len(days)]
    ordinals = np.maximum.accumulate([first.toordinal(), *(d for _, d in rising), end.toordinal()])
    where = np.interp(np.arange(len(days)), places, ordinals)
    return [dt.date.fromordinal(int(day)) for day in where]
