"""The subspace keeps the contract."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest
from ammo_subspace_job.plugin import job

from ammo_agents.aipp.feedback import ACTS, acts_of
from ammo_agents.testing import SubspaceSuite, check_subspace


@pytest.mark.timeout(180)
class TestJob(SubspaceSuite):
    """Every rule up to Platinum, as `ammo check job` looks at them."""

    subspace = job
    readme = Path(__file__).parents[1] / "README.md"
    tier = "platinum"

    @classmethod
    def setup_class(cls) -> None:
        """Read the README before the first loop runs."""
        cls.study()


async def test_the_job_subspace_keeps_the_contract() -> None:
    report = await check_subspace(job, start=dt.date(2019, 1, 20), days=24)
    assert report.faults == ()
    assert report.days == 24
    assert report.shifts > 200
    assert len(report.facts) > 20


def test_importing_the_plugin_loads_no_data() -> None:
    code = (
        "import sys, ammo_subspace_job.plugin as p; p.ammo_subspaces();"
        "print([m for m in ('gzip', 'ammo_subspace_job.reading', 'ammo_subspace_job.graph') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_mods_are_acts_of_their_own_beside_the_common_save() -> None:
    acts = acts_of(job.actions)
    assert {"apply", "saved-job", "not-for-me", "save"} <= set(acts)
    assert acts["apply"].weight > acts["saved-job"].weight
    assert acts["not-for-me"].reward == 0
    assert acts["save"] in ACTS


def test_match_finds_by_exact_name_only() -> None:
    assert job.match is not None
    assert job.match("Civil engineer", None) == "job/civil-engineers"
    assert job.match("CIVIL ENGINEERS", 2019) == "job/civil-engineers"
    assert job.match("Python", None) == "job/skill-python"
    assert job.match("Law Department", None) == "job/agency-law-department"
    for other in ("Civil", "", "Snake charmer", "civil engineer for hire"):
        assert job.match(other, None) is None
