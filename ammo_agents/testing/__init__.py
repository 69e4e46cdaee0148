"""Public fakes and contract checks for authors of plugins."""

from ammo_agents.testing.diary import MemoryDiary
from ammo_agents.testing.facts import fact_faults
from ammo_agents.testing.models import check_embedder, check_model
from ammo_agents.testing.scripted import FixedClock, HashEmbedder, ScriptedModel
from ammo_agents.testing.stores import RowsLedger, StoreReport, check_store
from ammo_agents.testing.subspaces import SubspaceReport, check_subspace

__all__ = [
    "FixedClock",
    "HashEmbedder",
    "MemoryDiary",
    "RowsLedger",
    "ScriptedModel",
    "StoreReport",
    "SubspaceReport",
    "check_embedder",
    "check_model",
    "check_store",
    "check_subspace",
    "fact_faults",
]
