"""Intervals that hold what they promise."""

import numpy as np
import pytest

from ammo_agents.replay import stats


def test_an_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for seed in range(100):
        found = stats.mean(rng.normal(3.0, 2.0, 80), seed=seed)
        held += found.low <= 3.0 <= found.high
    assert 89 <= held <= 99


def test_a_ratio_is_one_of_means_and_its_people_are_drawn_together() -> None:
    above, below = np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])
    found = stats.ratio(above, below, seed=1)
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)
    assert stats.ratio(above, np.array([1.0, 1.0, 4.0]), seed=1).value == 1.0
    assert stats.ratio(above, np.zeros(3), seed=1).value == 0.0


def test_a_paired_difference_is_narrower_than_the_two_apart() -> None:
    rng = np.random.default_rng(2)
    person = rng.normal(0, 5, 100)
    ours, theirs = person + rng.normal(0.5, 0.1, 100), person + rng.normal(0, 0.1, 100)
    paired = stats.difference(ours, theirs, seed=3)
    alone = stats.mean(ours, seed=3)
    assert paired.low > 0.4
    assert paired.high - paired.low < 0.1 * (alone.high - alone.low)


def test_the_seed_decides() -> None:
    values = np.random.default_rng(0).random(50)
    assert stats.mean(values, seed=1) == stats.mean(values, seed=1)
    assert stats.mean(values, seed=1) != stats.mean(values, seed=2)
    worst = stats.resampled(values, lambda v: float(v.max()), seed=1)
    assert worst.value == pytest.approx(values.max())
    assert worst.low <= worst.value == worst.high


def test_nobody_has_a_defined_mean() -> None:
    found = stats.mean(np.empty(0), seed=1)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)
