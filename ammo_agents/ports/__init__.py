"""Ports: what the outside must provide."""

from ammo_agents.ports.clock import Clock
from ammo_agents.ports.evidence import Evidence
from ammo_agents.ports.factors import Factoriser, Likes
from ammo_agents.ports.ledger import (
    Attempt,
    BudgetLimits,
    IndexRow,
    Ledger,
    OutboxRow,
    Receipt,
    Spent,
)
from ammo_agents.ports.model import Embedder, Model, ModelProvider, PullProgress
from ammo_agents.ports.store import (
    COLLECTIONS,
    Clause,
    Collection,
    Hit,
    Row,
    Store,
    StoreProvider,
    Tag,
    as_rows,
)
from ammo_agents.ports.subspace import (
    Action,
    FeedOptions,
    QuietTriggers,
    Subspace,
    Triggers,
    Wording,
)

__all__ = [
    "COLLECTIONS",
    "Action",
    "Attempt",
    "BudgetLimits",
    "Clause",
    "Clock",
    "Collection",
    "Embedder",
    "Evidence",
    "Factoriser",
    "FeedOptions",
    "Hit",
    "IndexRow",
    "Ledger",
    "Likes",
    "Model",
    "ModelProvider",
    "OutboxRow",
    "PullProgress",
    "QuietTriggers",
    "Receipt",
    "Row",
    "Spent",
    "Store",
    "StoreProvider",
    "Subspace",
    "Tag",
    "Triggers",
    "Wording",
    "as_rows",
]
