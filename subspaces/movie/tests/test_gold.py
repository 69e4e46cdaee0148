"""The Movie subspace is held to Gold, rule by rule, its buddies with every adversarial model."""

import datetime as dt
from pathlib import Path

import pytest
from ammo_subspace_movie.plugin import movie

from ammo_agents.testing import BuddySuite, SubspaceSuite

START = dt.date(2021, 12, 20)
DAYS = 6


class TestMovie(SubspaceSuite):
    subspace = movie
    tier = "gold"
    start = START
    days = DAYS
    readme = Path(__file__).parents[1] / "README.md"


@pytest.mark.slow
class TestMovieBuddies(BuddySuite):
    subspace = movie
    tier = "gold"
    start = START
    days = DAYS
