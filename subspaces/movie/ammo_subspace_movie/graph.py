"""The knowledge base: films, the people, genres and decades they share, typed edges, and who speaks of what."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from ammo_agents.records import BuddyId, Edge, Entity, EntityId, GoalBuddy, Knowledge
from ammo_subspace_movie.facts import headline
from ammo_subspace_movie.films import MOVIE, Film, films
from ammo_subspace_movie.people import (
    decade_of,
    era_id,
    genre_id,
    ids_of,
    persons,
    predecessors,
)

GENRE_FILMS, DIRECTOR_FILMS, ERA_FILMS = 60, 12, 20
"""Films here from which a genre, a director and a decade have a Goal Buddy."""
NEIGHBOURS = 48
"""The nearest entities a buddy keeps in mind."""
WEIGHTS = {"sequel_to": 1.0, "directed_by": 0.9, "has_in_cast": 0.7, "from_the": 0.2}
"""How near the two ends of an edge are, in (0, 1]; a genre is nearer the fewer films share it."""


def knowledge() -> Knowledge:
    """Return the whole graph; its standing facts say of each older film who made it and when."""
    listed = films()
    genres = Counter(genre for film in listed for genre in film.genres)
    decades = Counter(decade_of(film) for film in listed)
    entities = (
        *(_genre(name, count) for name, count in sorted(genres.items())),
        *(_era(first, count) for first, count in sorted(decades.items())),
        *_persons(listed),
        *(_film(film) for film in listed),
    )
    nearness = {name: round(0.6 - 0.5 * count / len(listed), 3) for name, count in genres.items()}
    edges = tuple(edge for film in listed for edge in _edges(film, nearness))
    facts = tuple(headline(film) for film in listed if not film.new)
    return Knowledge(entities=entities, edges=edges, facts=facts)


def buddies(known: Knowledge) -> Sequence[GoalBuddy]:
    """Return a Goal Buddy for each genre, director and decade with enough films, born from the graph."""
    near: dict[EntityId, dict[EntityId, float]] = defaultdict(dict)
    films_of: Counter[tuple[EntityId, str]] = Counter()
    for edge in known.edges:
        films_of[edge.target, edge.kind] += 1
        for one, other in ((edge.source, edge.target), (edge.target, edge.source)):
            near[one][other] = max(edge.weight, near[one].get(other, 0.0))
    least = {"listed_under": GENRE_FILMS, "directed_by": DIRECTOR_FILMS, "from_the": ERA_FILMS}
    born = {id for (id, kind), count in films_of.items() if count >= least.get(kind, count + 1)}
    return [
        GoalBuddy(
            id=BuddyId(entity.id),
            subspace=MOVIE,
            entity=entity.id,
            name=f"{entity.name} Buddy",
            voice="Short, warm sentences; who made what with whom, and no verdicts.",
            neighbours=tuple(
                sorted(near[entity.id], key=lambda id: (-near[entity.id][id], id))[:NEIGHBOURS]
            ),
        )
        for entity in known.entities
        if entity.id in born
    ]


def _film(film: Film) -> Entity:
    return Entity(
        id=film.id,
        subspace=MOVIE,
        name=film.title,
        aliases=(f"{film.title} ({film.year})",),
        kind="film",
        summary=film.text,
        keywords=film.genres,
        source=film.origin,
    )


def _genre(name: str, count: int) -> Entity:
    return Entity(
        id=genre_id(name),
        subspace=MOVIE,
        name=name,
        kind="genre",
        summary=f"{name} films: {count:,} of the films here are listed under this genre.",
        keywords=(name.lower(),),
    )


def _era(first: int, count: int) -> Entity:
    return Entity(
        id=era_id(first),
        subspace=MOVIE,
        name=f"{first}s",
        aliases=(f"films of the {first}s",),
        kind="era",
        summary=f"Films of the {first}s: {count:,} of the films here.",
    )


def _persons(listed: Sequence[Film]) -> Iterable[Entity]:
    directed: dict[str, list[str]] = defaultdict(list)
    played: dict[str, list[str]] = defaultdict(list)
    for film in sorted(listed, key=lambda f: (f.said_year, f.id)):
        for name in film.directors:
            directed[name].append(film.title)
        for name in film.cast:
            played[name].append(film.title)
    for name, id in persons().items():
        told = [
            f"{verb} {', '.join(dict.fromkeys(titles[name]))}."
            for verb, titles in (("Directed", directed), ("In the cast of", played))
            if titles.get(name)
        ]
        yield Entity(id=id, subspace=MOVIE, name=name, kind="person", summary=" ".join(told))


def _edges(film: Film, nearness: dict[str, float]) -> Iterable[Edge]:
    def edge(kind: str, target: EntityId, weight: float) -> Edge:
        return Edge(source=film.id, kind=kind, target=target, weight=weight)

    for genre in film.genres:
        yield edge("listed_under", genre_id(genre), nearness[genre])
    yield edge("from_the", era_id(decade_of(film)), WEIGHTS["from_the"])
    for kind, names in (("directed_by", film.directors), ("has_in_cast", film.cast)):
        for id in ids_of(names):
            yield edge(kind, id, WEIGHTS[kind])
    if film.id in predecessors():
        yield edge("sequel_to", predecessors()[film.id].id, WEIGHTS["sequel_to"])
