"""The prior over tastes: EM finds what was planted, never loses likelihood, and refuses what is no number."""

import numpy as np
import pytest

from ammo_agents.errors import BadInputError, VectorError
from ammo_agents.geometry import Learned, learn, sums
from ammo_agents.records import Wide

BLOCKS = (slice(0, 1), slice(1, 3), slice(3, 7))
MEAN = np.array([0.6, 0.3, 0.0, 0, 0, 0, 0])
VARIANCE = np.array([0.02, 0.05, 0.05, 0.01, 0.01, 0.01, 0.01])
NOISE = 0.02
FIRST = Learned(mean=np.full(7, 0.5), variance=np.full(7, 0.1), noise=0.1)


def planted(people: int, events: int, seed: int = 3) -> list[tuple[Wide, Wide]]:
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(people):
        rows = np.hstack([np.ones((events, 1)), rng.normal(0, 1, (events, 6))])
        weights = MEAN + rng.normal(0, np.sqrt(VARIANCE))
        found.append((rows, rows @ weights + rng.normal(0, np.sqrt(NOISE), events)))
    return found


def test_a_planted_prior_is_recovered() -> None:
    found = learn(sums(planted(600, 40)), first=FIRST, blocks=BLOCKS, free=2, iterations=60)
    assert found.mean[:2] == pytest.approx(MEAN[:2], abs=0.03)
    assert (found.mean[2:] == 0).all()
    assert found.variance == pytest.approx(VARIANCE, rel=0.15)
    assert found.noise == pytest.approx(NOISE, rel=0.05)


def test_a_block_has_one_variance() -> None:
    found = learn(sums(planted(30, 10)), first=FIRST, blocks=BLOCKS, free=2)
    for block in BLOCKS:
        assert len(set(found.variance[block].tolist())) == 1


@pytest.mark.parametrize("seed", range(4))
def test_the_likelihood_never_falls(seed: int) -> None:
    found = learn(sums(planted(12, 6, seed)), first=FIRST, blocks=BLOCKS, free=2)
    steps = np.diff(found.likelihood)
    assert len(found.likelihood) == 25
    assert steps.min() >= -1e-7 * abs(found.likelihood[-1])
    assert found.likelihood[-1] > found.likelihood[0]


def test_rewards_without_noise_stay_invertible() -> None:
    rows = [(x, x @ MEAN) for x, _ in planted(12, 20)]
    found = learn(sums(rows), first=FIRST, blocks=BLOCKS, free=2, iterations=200)
    assert np.isfinite(found.mean).all()
    assert (found.variance > 0).all()
    assert found.noise > 0


def test_nobody_teaches_nothing() -> None:
    with pytest.raises(BadInputError, match="one reward a row"):
        sums([])


def test_a_reward_that_is_no_number_is_refused() -> None:
    rows = planted(1, 3)
    rows[0][1][1] = np.nan
    with pytest.raises(VectorError):
        sums(rows)
