"""What this plugin offers: the Movie subspace."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

from ammo_agents.hooks import hookimpl
from ammo_agents.ports import Action, CardField, FeedOptions, Subspace, Triggers
from ammo_agents.records import EntityId, GoalBuddy, Knowledge, SubspaceId
from ammo_subspace_movie.wordings import WORDINGS


def knowledge() -> Knowledge:
    """Return the graph; what reads files is imported when somebody asks."""
    from ammo_subspace_movie import graph  # noqa: PLC0415 - the plugin list must stay cheap

    return graph.knowledge()


def buddies(known: Knowledge) -> Sequence[GoalBuddy]:
    """Return the Goal Buddies that the graph gives."""
    from ammo_subspace_movie import graph  # noqa: PLC0415 - the plugin list must stay cheap

    return graph.buddies(known)


def triggers(options: FeedOptions) -> Triggers:
    """Return the replayed world; blocks for about a second. There is no live one.

    Raises:
        BadInputError: a start outside the data, or an unknown slug.
    """
    from ammo_subspace_movie import replay  # noqa: PLC0415 - the plugin list must stay cheap

    return replay.MovieReplay(options)


def match(title: str, year: int | None) -> EntityId | None:
    """Return the film that a ratings log calls by this title and year."""
    from ammo_subspace_movie import films  # noqa: PLC0415 - the plugin list must stay cheap

    found = films.find(title, year)
    return None if found is None else found.id


def seed() -> bytes:
    """Return the seed pack: cards of real buddies on real facts (`tests/seeds` reads every one of them)."""
    return resources.files("ammo_subspace_movie").joinpath("seed", "pack.zip").read_bytes()


STARS = (1, 2, 3, 4, 5)
ACTIONS = (
    # Who watches has chosen the film, but says nothing about having liked it: half a Like, not measured.
    Action(name="watched", label="Watched", reward=1.0, weight=0.5),
    Action(name="want", label="Want to watch", reward=1.0, weight=1.0),
    *(
        Action(
            name=f"rate{stars}",
            label=f"{stars} star{'s' if stars > 1 else ''}",
            reward=(stars - 0.5) / 4.5,
            weight=2.0,
        )
        for stars in STARS
    ),
)
"""The AiPP mods (W15): a rating r in [½, 5] says y = (r - ½) / 4½, and weighs as much as a Save."""

FIELDS = (
    CardField(name="year", label="Year", predicate="movie.*", quantity="year", kind="number"),
    CardField(name="director", label="Directed by", predicate="movie.*", quantity="director"),
    CardField(
        name="budget", label="Budget", predicate="movie.money", quantity="budget", kind="number"
    ),
)
"""What a card shows beside its sentences."""

movie = Subspace(
    id=SubspaceId("movie"),
    title="Movie",
    summary="Films: who made them with whom, what joins, what comes round again, and how they hang together.",
    knowledge=knowledge,
    triggers=triggers,
    buddies=buddies,
    wordings=WORDINGS,
    actions=ACTIONS,
    fields=FIELDS,
    match=match,
    seed=seed,
    attribution="Film articles: Wikipedia contributors, CC BY-SA 4.0.",
)


@hookimpl
def ammo_subspaces() -> list[Subspace]:
    """Offer the Movie subspace."""
    return [movie]
