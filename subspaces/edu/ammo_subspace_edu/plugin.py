"""What this plugin offers: the Edu subspace."""

from __future__ import annotations

from ammo_agents.hooks import hookimpl
from ammo_agents.ports import Subspace
from ammo_agents.records import Knowledge, SubspaceId

edu = Subspace(id=SubspaceId("edu"), title="Edu", knowledge=Knowledge)


@hookimpl
def ammo_subspaces() -> list[Subspace]:
    """Offer the Edu subspace."""
    return [edu]
