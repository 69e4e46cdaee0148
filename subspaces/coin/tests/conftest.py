"""One opened market for all tests: opening takes a second."""

from __future__ import annotations

import pytest
from ammo_subspace_coin.facts import Events
from ammo_subspace_coin.market import read_market
from ammo_subspace_coin.prices import Prices, shipped_prices


@pytest.fixture(scope="session")
def prices() -> Prices:
    return shipped_prices()


@pytest.fixture(scope="session")
def events(prices: Prices) -> Events:
    return Events(read_market(prices))
