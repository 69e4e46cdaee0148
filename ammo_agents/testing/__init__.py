"""Public fakes and contract checks for authors of plugins."""

from ammo_agents.testing.scripted import FixedClock, HashEmbedder, ScriptedModel
from ammo_agents.testing.stores import RowsLedger, StoreReport, check_store

__all__ = [
    "FixedClock",
    "HashEmbedder",
    "RowsLedger",
    "ScriptedModel",
    "StoreReport",
    "check_store",
]
