"""What this plugin offers: the Edu subspace."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

from ammo_agents.hooks import hookimpl
from ammo_agents.ports import Action, CardField, FeedOptions, Subspace, Triggers
from ammo_agents.records import EntityId, GoalBuddy, Knowledge, SubspaceId
from ammo_subspace_edu.wordings import WORDINGS


def knowledge() -> Knowledge:
    """Return the graph; what reads files is imported when somebody asks."""
    from ammo_subspace_edu import graph  # noqa: PLC0415 - the plugin list must stay cheap

    return graph.knowledge()


def buddies(known: Knowledge) -> Sequence[GoalBuddy]:
    """Return the Goal Buddies that the graph gives."""
    from ammo_subspace_edu import graph  # noqa: PLC0415 - the plugin list must stay cheap

    return graph.buddies(known)


def triggers(options: FeedOptions) -> Triggers:
    """Return the replayed world. There is no live one.

    Raises:
        BadInputError: a start outside the data, or an unknown slug.
    """
    from ammo_subspace_edu import replay  # noqa: PLC0415 - the plugin list must stay cheap

    return replay.EduReplay(options)


def match(title: str, _year: int | None) -> EntityId | None:
    """Return the course, or else the topic, that others call by this title; a course has no year."""
    from ammo_subspace_edu import matching  # noqa: PLC0415 - the plugin list must stay cheap

    return matching.find(title)


def seed() -> bytes:
    """Return the seed pack: cards of real buddies on real facts (`tests/seeds` reads every one of them)."""
    return resources.files("ammo_subspace_edu").joinpath("seed", "pack.zip").read_bytes()


ACTIONS = (
    # Who enrols spends weeks on it: as strong a yes as a Save.
    Action(name="enrol", label="Enrol", reward=1.0, weight=2.0),
    # Too easy and too hard speak about the level and leave the topic liked: who finds a course on databases too
    # easy wants databases still, only further on. An act moves the preference along the whole card, so both stay
    # just on the liking side of a half, where a rating says little, and weigh a quarter of a Like: they change the
    # taste hardly at all. Too easy is the warmer one, because what builds on the course is near the card; too hard
    # is even, because the person may come back after its prerequisites. Not measured.
    Action(name="too-easy", label="Too easy", reward=0.6, weight=0.25),
    Action(name="too-hard", label="Too hard", reward=0.5, weight=0.25),
)
"""The AiPP mods (W15)."""

FIELDS = (
    CardField(name="duration", label="Length", predicate="edu.length*", quantity="weeks"),
    CardField(name="effort", label="A week, at most", predicate="edu.*", quantity="effort"),
    CardField(name="prerequisites", label="Asks for", predicate="edu.asks", quantity="needs"),
    CardField(name="before", label="Before it", predicate="edu.needs", quantity="other"),
    CardField(name="hours", label="In all, at most", predicate="edu.hours*", quantity="total"),
)
"""What a card shows beside its sentences."""

edu = Subspace(
    id=SubspaceId("edu"),
    title="Edu",
    summary="Courses: what comes before them, what they lead to, how many hours they take, and how curricula change.",
    knowledge=knowledge,
    triggers=triggers,
    buddies=buddies,
    wordings=WORDINGS,
    actions=ACTIONS,
    fields=FIELDS,
    match=match,
    seed=seed,
    attribution=(
        "Curricula: Open Source Society University. Computer Science and Mathematics under the MIT License, "
        "Data Science under CC BY-SA 4.0."
    ),
)


@hookimpl
def ammo_subspaces() -> list[Subspace]:
    """Offer the Edu subspace."""
    return [edu]
