"""The Coin subspace is held to Gold, rule by rule, its buddies with every adversarial model."""

import datetime as dt
from pathlib import Path

import pytest
from ammo_subspace_coin.plugin import coin

from ammo_agents.testing import BuddySuite, SubspaceSuite

START = dt.date(2020, 3, 8)
DAYS = 6


class TestCoin(SubspaceSuite):
    subspace = coin
    tier = "gold"
    start = START
    days = DAYS
    readme = Path(__file__).parents[1] / "README.md"


@pytest.mark.slow
class TestCoinBuddies(BuddySuite):
    subspace = coin
    tier = "gold"
    start = START
    days = DAYS
