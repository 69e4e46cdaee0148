"""The subspace keeps the contract and the rules of Gold."""

import datetime as dt
import subprocess
import sys

import pytest
from ammo_subspace_edu.plugin import edu

from ammo_agents.aipp.feedback import acts_of
from ammo_agents.testing import SubspaceSuite, check_subspace


class TestEdu(SubspaceSuite):
    subspace = edu
    tier = "gold"


async def test_the_edu_subspace_keeps_the_contract_over_days_on_which_curricula_change() -> None:
    report = await check_subspace(edu, start=dt.date(2025, 12, 20), days=16)
    assert report.faults == ()
    assert report.shifts > 40
    assert {"edu.joined", "edu.left", "edu.relinked", "edu.year"} <= set(report.facts)


def test_importing_the_plugin_loads_no_data() -> None:
    code = (
        "import sys, ammo_subspace_edu.plugin as p; p.ammo_subspaces();"
        "print([m for m in ('gzip', 'ammo_subspace_edu.catalogue', 'ammo_subspace_edu.graph') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_level_that_does_not_fit_says_little_about_the_taste() -> None:
    acts = acts_of(edu.actions)
    assert {"enrol", "too-easy", "too-hard"} <= set(acts)
    assert (acts["enrol"].reward, acts["enrol"].weight) == (1.0, 2.0)
    for act in ("too-easy", "too-hard"):
        assert abs(acts[act].reward - 0.5) <= 0.1
        assert acts[act].weight <= 0.25


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Machine Learning", "edu/course-machine-learning"),
        ("machine learning", "edu/course-machine-learning"),
        ("Build a Modern Computer from First Principles: From Nand to Tetris", "edu/course-from-nand-to-tetris"),
        ("Introduction to Computer Science and Programming Using Python", "edu/course-introduction-to-computer-science-and-programming-using-python"),
        ("C++", "edu/topic-c-plus-plus"),
        ("git", "edu/topic-version-control"),
        ("Probability", None),
        ("Basket weaving", None),
        ("", None),
    ],
)  # fmt: skip
def test_a_title_finds_its_course_and_a_word_its_topic(title: str, found: str | None) -> None:
    assert edu.match is not None
    assert edu.match(title, 2024) == found
