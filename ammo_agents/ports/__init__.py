"""Ports: what the outside must provide."""

from ammo_agents.ports.accounts import ROLES, Account, Accounts, Grant, Role, Scope
from ammo_agents.ports.channel import (
    Address,
    Channel,
    ChannelProvider,
    Delivery,
    Message,
    MessageKind,
)
from ammo_agents.ports.clock import Clock, WallClock
from ammo_agents.ports.diary import SOCIETY, Diary, Entry, Written
from ammo_agents.ports.evidence import Evidence, PrincipleJudge
from ammo_agents.ports.factors import Factoriser, Likes
from ammo_agents.ports.graph import Brief, BuddyGraph
from ammo_agents.ports.gym import Gym, GymProvider
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
    CardField,
    FeedOptions,
    QuietTriggers,
    Subspace,
    Triggers,
    Wording,
)

__all__ = [
    "COLLECTIONS",
    "ROLES",
    "SOCIETY",
    "Account",
    "Accounts",
    "Action",
    "Address",
    "Attempt",
    "Brief",
    "BuddyGraph",
    "BudgetLimits",
    "CardField",
    "Channel",
    "ChannelProvider",
    "Clause",
    "Clock",
    "Collection",
    "Delivery",
    "Diary",
    "Embedder",
    "Entry",
    "Evidence",
    "Factoriser",
    "FeedOptions",
    "Grant",
    "Gym",
    "GymProvider",
    "Hit",
    "IndexRow",
    "Ledger",
    "Likes",
    "Message",
    "MessageKind",
    "Model",
    "ModelProvider",
    "OutboxRow",
    "PrincipleJudge",
    "PullProgress",
    "QuietTriggers",
    "Receipt",
    "Role",
    "Row",
    "Scope",
    "Spent",
    "Store",
    "StoreProvider",
    "Subspace",
    "Tag",
    "Triggers",
    "WallClock",
    "Wording",
    "Written",
    "as_rows",
]
