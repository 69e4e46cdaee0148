"""A home of its own for every test of who may come in."""

from __future__ import annotations

from pathlib import Path

import pytest

from ammo_agents.testing.command import SCRIPTED, AmmoCommand


@pytest.fixture
def scripted(tmp_path: Path) -> AmmoCommand:
    """The command with the scripted model, the hashing embedder and the exact store."""
    return AmmoCommand(tmp_path / "home", {**SCRIPTED, "AMMO_STORE": "exact"})
