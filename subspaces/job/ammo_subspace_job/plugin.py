"""What this plugin offers: the Job subspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources

from ammo_agents.hooks import hookimpl
from ammo_agents.ports import Action, CardField, FeedOptions, Subspace, Triggers
from ammo_agents.records import Edge, EntityId, GoalBuddy, Knowledge, SubspaceId
from ammo_subspace_job.wordings import WORDINGS


def knowledge() -> Knowledge:
    """Return the graph; what reads files is imported when somebody asks."""
    from ammo_subspace_job import graph  # noqa: PLC0415 - the plugin list must stay cheap

    return graph.knowledge()


def buddies(known: Knowledge) -> Sequence[GoalBuddy]:
    """Return the Goal Buddies that the graph gives."""
    from ammo_subspace_job import graph  # noqa: PLC0415 - the plugin list must stay cheap

    return graph.buddies(known)


def triggers(options: FeedOptions) -> Triggers:
    """Return the replayed world; there is no live one.

    Raises:
        BadInputError: a start outside the data, or an unknown slug.
    """
    from ammo_subspace_job import replay  # noqa: PLC0415 - the plugin list must stay cheap

    return replay.JobReplay(options)


def match(title: str, _year: int | None) -> EntityId | None:
    """Return the occupation, skill or agency of exactly this name; the year says nothing here."""
    from ammo_subspace_job import catalogue  # noqa: PLC0415 - the plugin list must stay cheap

    return catalogue.find(title)


def bridges(known: Mapping[SubspaceId, Knowledge]) -> Sequence[Edge]:
    """Return edges from skills to the courses and topics of other subspaces that teach them."""
    from ammo_subspace_job import bridges as found  # noqa: PLC0415 - the plugin list must stay cheap

    return found.bridges(known)


def seed() -> bytes:
    """Return the seed pack: cards of real buddies on real facts (`tests/seeds` reads every one of them)."""
    return resources.files("ammo_subspace_job").joinpath("seed", "pack.zip").read_bytes()


ACTIONS = (
    # Who applies wants the job more plainly than who keeps it; neither weight is measured.
    Action(name="apply", label="Apply", reward=1.0, weight=4.0),
    Action(name="saved-job", label="Keep this job", reward=1.0, weight=2.0),
    Action(name="not-for-me", label="Not for me", reward=0.0, weight=1.0),
)
"""The AiPP mods (W15). AMMO sends no application: the act says that the person does."""

FIELDS = (
    CardField(
        name="salary", label="Pay from", predicate="job.pay_*", quantity="low", kind="number"
    ),
    CardField(name="salary-to", label="Pay to", predicate="job.*", quantity="high", kind="number"),
    CardField(name="agency", label="Agency", predicate="job.*", quantity="agency"),
    CardField(name="level", label="Level", predicate="job.level", quantity="level"),
    CardField(name="posted", label="Posted", predicate="job.posted", quantity="date", kind="date"),
    CardField(name="skill", label="Names the skill", predicate="job.*", quantity="skill"),
)
"""What a card shows beside its sentences; the skill is what a course may teach."""

job = Subspace(
    id=SubspaceId("job"),
    title="Job",
    summary="Occupations, skills and real postings of New York City: who looks for whom, what it pays, and how they hang together.",
    knowledge=knowledge,
    triggers=triggers,
    buddies=buddies,
    wordings=WORDINGS,
    actions=ACTIONS,
    fields=FIELDS,
    match=match,
    bridges=bridges,
    principles=("no advice", "no names of private persons"),
    seed=seed,
    attribution=(
        "This product includes information from the O*NET Database by the U.S. Department of Labor, Employment and Training "
        "Administration (USDOL/ETA). Used under the CC BY 4.0 license. Skills: ESCO, European Commission. Postings: NYC Open Data."
    ),
)


@hookimpl
def ammo_subspaces() -> list[Subspace]:
    """Offer the Job subspace."""
    return [job]
