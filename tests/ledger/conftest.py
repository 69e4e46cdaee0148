"""Lets the ledger's tests share their records and the kill harness."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from ammo_agents.ledger import SqliteLedger


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the ledger of a test lies."""
    return tmp_path / "data" / "ledger.db"


@pytest.fixture
async def ledger(place: Path) -> AsyncIterator[SqliteLedger]:
    """An empty, open ledger."""
    opened = await SqliteLedger.open(place, free_space_mb=0)
    yield opened
    await opened.close()
