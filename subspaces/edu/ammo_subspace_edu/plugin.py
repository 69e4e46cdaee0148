"""What this plugin offers: the Edu subspace."""

from __future__ import annotations

from collections.abc import Sequence

from ammo_agents.hooks import hookimpl
from ammo_agents.ports import Subspace
from ammo_agents.records import GoalBuddy, Knowledge, SubspaceId


def knowledge() -> Knowledge:
    """Return the graph; what reads files is imported when somebody asks."""
    from ammo_subspace_edu import graph  # noqa: PLC0415 - the plugin list must stay cheap

    return graph.knowledge()


def buddies(known: Knowledge) -> Sequence[GoalBuddy]:
    """Return the Goal Buddies that the graph gives."""
    from ammo_subspace_edu import graph  # noqa: PLC0415 - the plugin list must stay cheap

    return graph.buddies(known)


edu = Subspace(
    id=SubspaceId("edu"),
    title="Edu",
    summary="Courses: what comes before them, what they lead to, how many hours they take, and how curricula change.",
    knowledge=knowledge,
    buddies=buddies,
)


@hookimpl
def ammo_subspaces() -> list[Subspace]:
    """Offer the Edu subspace."""
    return [edu]
