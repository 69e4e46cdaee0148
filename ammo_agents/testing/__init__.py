"""Public fakes, contract checks and suites for authors of plugins."""

from ammo_agents.testing.diary import MemoryDiary
from ammo_agents.testing.facts import fact_faults
from ammo_agents.testing.models import check_embedder, check_model
from ammo_agents.testing.modes import ADVERSARIAL, PLANTED, Mode
from ammo_agents.testing.modes import scripted as scripted_mode
from ammo_agents.testing.report import Checked, Report
from ammo_agents.testing.rules import RULES, Rule, Tier
from ammo_agents.testing.scripted import FixedClock, HashEmbedder, Said, ScriptedModel
from ammo_agents.testing.stores import RowsLedger, StoreReport, check_store
from ammo_agents.testing.subspaces import SubspaceReport, check_subspace
from ammo_agents.testing.suites import (
    AippSuite,
    BuddySuite,
    EmbedderSuite,
    EvidenceSuite,
    GymSuite,
    ModelSuite,
    StoreSuite,
    SubspaceSuite,
    Suite,
)

__all__ = [
    "ADVERSARIAL",
    "PLANTED",
    "RULES",
    "AippSuite",
    "BuddySuite",
    "Checked",
    "EmbedderSuite",
    "EvidenceSuite",
    "FixedClock",
    "GymSuite",
    "HashEmbedder",
    "MemoryDiary",
    "Mode",
    "ModelSuite",
    "Report",
    "RowsLedger",
    "Rule",
    "Said",
    "ScriptedModel",
    "StoreReport",
    "StoreSuite",
    "SubspaceReport",
    "SubspaceSuite",
    "Suite",
    "Tier",
    "check_embedder",
    "check_model",
    "check_store",
    "check_subspace",
    "fact_faults",
    "scripted_mode",
]
