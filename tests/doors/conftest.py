"""A home of its own for every test, with cards in it, the scripted model and the hashing embedder."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from running_ammo import Running, serving

from ammo_agents.settings import Loaded
from ammo_agents.testing.command import AmmoCommand


@pytest.fixture
def filled(scripted: AmmoCommand, played: Callable[..., Loaded]) -> AmmoCommand:
    """The command on a home after two rounds of its world."""
    played(most=8)
    return scripted


@pytest.fixture
def up(filled: AmmoCommand) -> Iterator[Running]:
    """A running AMMO with cards, on a port of its own; no buddy writes by itself."""
    with serving(filled) as running:
        yield running
