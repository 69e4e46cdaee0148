"""The append-only truth in SQLite; every index and every vector can be rebuilt from it."""

from ammo_agents.ledger.backup import restore
from ammo_agents.ledger.health import Health
from ammo_agents.ledger.lock import DataLock
from ammo_agents.ledger.sqlite import SqliteLedger

__all__ = ["DataLock", "Health", "SqliteLedger", "restore"]
