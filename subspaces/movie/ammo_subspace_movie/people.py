"""Who and what the films here have in common: directors, actors, genres and decades, as entities with edges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

from ammo_agents.records import EntityId
from ammo_subspace_movie.films import MOVIE, Film, by_id, films, slug_of

LEAST_DIRECTED, LEAST_PLAYED = 2, 10
"""Films here from which a director or an actor is an entity of the graph."""


def genre_id(genre: str) -> EntityId:
    """Return the id of a genre: ``movie/science-fiction``."""
    return EntityId(f"{MOVIE}/{slug_of(genre)}")


def decade_of(film: Film) -> int:
    """Return the first year of the decade of a film: 1990."""
    return film.said_year // 10 * 10


def era_id(decade: int) -> EntityId:
    """Return the id of a decade: ``movie/1990s``."""
    return EntityId(f"{MOVIE}/{decade}s")


@cache
def persons() -> Mapping[str, EntityId]:
    """Return the directors and actors with enough films here, name → id; one entity for who is both."""
    directed = Counter(d for film in films() for d in film.directors)
    played = Counter(a for film in films() for a in film.cast)
    names = [n for n, count in directed.items() if count >= LEAST_DIRECTED]
    names += [n for n, count in played.items() if count >= LEAST_PLAYED]
    found: dict[str, EntityId] = {}
    taken: set[str] = set()
    for name in dict.fromkeys(names):
        slug = slug_of(name)
        if slug and slug not in taken:
            taken.add(slug)
            found[name] = EntityId(f"{MOVIE}/{slug}")
    return found


def ids_of(names: Sequence[str]) -> tuple[EntityId, ...]:
    """Return the entities of those names that have one."""
    return tuple(persons()[name] for name in names if name in persons())


@cache
def predecessors() -> Mapping[EntityId, Film]:
    """Return film → the film here that its article calls it a sequel to, found by title and that very year."""
    from_title = {
        (film.title, year): film for film in films() for year in {film.said_year, film.year}
    }
    found = {}
    for film in by_id().values():
        before = from_title.get(film.sequel) if film.sequel else None
        if before is not None and before.said_year < film.said_year:
            found[film.id] = before
    return found
