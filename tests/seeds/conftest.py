"""A ledger of its own, and the packs that are shipped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from ammo_subspace_coin.plugin import coin
from ammo_subspace_job.plugin import job
from ammo_subspace_movie.plugin import movie

from ammo_agents.ledger import SqliteLedger
from ammo_agents.ports import Subspace
from ammo_agents.round.seeds import Pack, unpack
from ammo_agents.settings import Settings, load

SHIPPED = {"coin": coin, "job": job, "movie": movie}


@pytest.fixture(params=sorted(SHIPPED))
def subspace(request: pytest.FixtureRequest) -> Subspace:
    """Each subspace that ships a pack."""
    return SHIPPED[request.param]


@pytest.fixture
def pack(subspace: Subspace) -> Pack:
    """Its pack, unpacked and checked."""
    assert subspace.seed is not None
    return unpack(subspace.seed())


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SqliteLedger]:
    """An empty ledger."""
    await asyncio.to_thread((tmp_path / "data").mkdir)
    ledger = await SqliteLedger.open(tmp_path / "data" / "ledger.db", free_space_mb=1)
    yield ledger
    await ledger.close()


@pytest.fixture
def settings_of(tmp_path: Path) -> Callable[..., Settings]:
    """Make the settings of a new home."""
    return lambda **more: load(env={"AMMO_HOME": str(tmp_path), **more}, cwd=tmp_path).settings
