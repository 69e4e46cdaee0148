"""What this plugin offers: the Job subspace."""

from __future__ import annotations

from ammo_agents.hooks import hookimpl
from ammo_agents.ports import Subspace
from ammo_agents.records import Knowledge, SubspaceId

job = Subspace(id=SubspaceId("job"), title="Job", knowledge=Knowledge)


@hookimpl
def ammo_subspaces() -> list[Subspace]:
    """Offer the Job subspace."""
    return [job]
