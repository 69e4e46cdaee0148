"""The subspace keeps the contract."""

import datetime as dt
import subprocess
import sys

from ammo_subspace_movie.plugin import movie

from ammo_agents.aipp.feedback import acts_of
from ammo_agents.testing import check_subspace


async def test_the_movie_subspace_keeps_the_contract() -> None:
    report = await check_subspace(movie, start=dt.date(2021, 12, 20), days=24)
    assert report.faults == ()
    assert report.days == 24
    assert report.shifts > 50
    assert len(report.facts) > 20


def test_importing_the_plugin_loads_no_data() -> None:
    code = (
        "import sys, ammo_subspace_movie.plugin as p; p.ammo_subspaces();"
        "print([m for m in ('gzip', 'ammo_subspace_movie.films', 'ammo_subspace_movie.graph') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_mods_are_acts_and_stars_rise_evenly_from_half_a_star() -> None:
    acts = acts_of(movie.actions)
    assert {"watched", "want"} <= set(acts)
    stars = [acts[f"rate{n}"].reward for n in range(1, 6)]
    assert [round(y, 3) for y in stars] == [0.111, 0.333, 0.556, 0.778, 1.0]
    assert acts["rate1"].past == "you said “1 star” about"
