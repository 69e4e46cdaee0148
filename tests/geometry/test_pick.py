"""Which of these: the fit, and what it says about a taste."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ammo_agents.errors import BadInputError, VectorError
from ammo_agents.geometry import Belief, solve
from ammo_agents.geometry.pick import BETA, chances, picked
from ammo_agents.records import Wide

SIZE = 7


def belief(seed: int, *, strength: float = 20.0) -> Belief:
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(SIZE, SIZE))
    precision = half @ half.T + strength * np.eye(SIZE)
    return Belief(precision, precision @ (rng.normal(size=SIZE) * 0.3))


def rows(seed: int, n: int) -> Wide:
    return np.random.default_rng([seed, n]).normal(size=(n, SIZE)) * 0.7


def updated(before: Belief, x: Wide, chosen: int) -> Wide:
    delta = picked(before, x, chosen).belief
    return solve(Belief(before.precision + delta.precision, before.information + delta.information))


@given(st.integers(0, 400), st.integers(2, 6), st.floats(0.01, 200))
def test_the_gradient_is_zero_where_the_update_lands(seed: int, n: int, strength: float) -> None:
    before, x = belief(seed, strength=strength), rows(seed, n)
    chosen = seed % n
    w = updated(before, x, chosen)
    likelihood = BETA * x.T @ (np.eye(n)[chosen] - chances(x, w))
    prior = before.precision @ (w - solve(before))
    scale = 1.0 + np.abs(prior).max()
    assert np.abs(likelihood - prior).max() / scale < 1e-8


@given(st.integers(0, 200))
def test_two_options_are_a_logistic_regression_on_their_difference(seed: int) -> None:
    before, x = belief(seed), rows(seed, 2)
    apart = BETA * (x[0] - x[1])
    w = solve(before)
    start = w.copy()
    for _ in range(200):  # plain Newton on the log posterior, written out
        p = 1.0 / (1.0 + np.exp(-apart @ w))
        gradient = (1.0 - p) * apart - before.precision @ (w - start)
        hessian = before.precision + p * (1.0 - p) * np.outer(apart, apart)
        w = w + 0.5 * np.linalg.solve(hessian, gradient)
    np.testing.assert_allclose(updated(before, x, 0), w, atol=1e-9)


@given(st.integers(0, 200), st.integers(2, 5))
def test_a_choice_raises_its_own_chance_and_the_term_is_symmetric(seed: int, n: int) -> None:
    before, x = belief(seed), rows(seed, n)
    term = picked(before, x, 0)
    delta = term.belief
    assert (delta.precision == delta.precision.T).all()
    assert np.linalg.eigvalsh(delta.precision).min() > -1e-9
    assert chances(x, updated(before, x, 0))[0] >= chances(x, solve(before))[0] - 1e-12
    half = term.scaled(0.5).belief
    np.testing.assert_allclose(half.precision, delta.precision / 2, atol=1e-12)
    np.testing.assert_allclose(half.information, delta.information / 2, atol=1e-12)


def test_a_close_choice_moves_its_card_up() -> None:
    before, x = belief(11), rows(11, 3)
    assert chances(x, updated(before, x, 2))[2] > chances(x, solve(before))[2] + 1e-3


def test_the_order_of_the_options_does_not_matter() -> None:
    before, x = belief(3), rows(3, 4)
    np.testing.assert_allclose(updated(before, x, 1), updated(before, x[::-1], 2), atol=1e-10)


def test_a_choice_between_copies_says_nothing() -> None:
    before = belief(5)
    same = np.repeat(rows(5, 2)[:1], 3, axis=0)
    np.testing.assert_allclose(updated(before, same, 2), solve(before), atol=1e-10)


def test_a_hopeless_choice_stays_finite() -> None:
    before = Belief(np.eye(SIZE) * 1e-3, np.zeros(SIZE))
    w = updated(before, rows(1, 5) * 50.0, 4)
    assert np.isfinite(w).all()


@given(st.integers(0, 100), st.integers(0, 2))
def test_the_share_of_a_choice_is_what_it_adds_to_a_score_beyond_the_prior(
    seed: int, tail: int
) -> None:
    before, m = belief(seed), rows(seed + 1, 2)[0]
    information = np.concatenate([before.information, rows(seed, 5)[3, :tail]])
    x = np.hstack([rows(seed, 3), rows(seed, 6)[:3, :tail]])
    phi = np.concatenate([rows(seed, 4)[3], rows(seed, 7)[0, :tail]])
    term = picked(Belief(before.precision, information), x, 1, pull=0.3)
    delta = term.belief
    reach = np.linalg.solve(before.precision, phi[:SIZE])
    expected = reach @ (delta.information[:SIZE] - delta.precision @ m)
    along = 0.3 * (x[1, SIZE:] - (x[0, SIZE:] + x[2, SIZE:]) / 2)
    np.testing.assert_allclose(delta.information[SIZE:], along, atol=1e-12)
    expected += along @ phi[SIZE:]
    assert term.share(reach, phi, m) == pytest.approx(expected, abs=1e-9)


def test_what_the_tails_say_already_is_not_learned_again() -> None:
    before, x = belief(9), rows(9, 2)
    split = Belief(before.precision, np.concatenate([before.information, [1.0]]))
    sure = picked(split, np.hstack([x, [[5.0], [0.0]]]), 0)
    open_ = picked(split, np.hstack([x, [[0.0], [0.0]]]), 0)
    moved = [
        np.linalg.norm(
            solve(
                Belief(
                    before.precision + t.belief.precision,
                    split.information[:SIZE] + t.belief.information[:SIZE],
                )
            )
            - solve(before)
        )
        for t in (sure, open_)
    ]
    assert moved[0] < moved[1] / 10


def test_what_is_no_choice_is_refused() -> None:
    with pytest.raises(BadInputError, match="no choice"):
        picked(belief(0), rows(0, 1), 0)
    with pytest.raises(BadInputError, match="row 3 of 3"):
        picked(belief(0), rows(0, 3), 3)
    bad = rows(0, 2)
    bad[1, 1] = np.nan
    with pytest.raises(VectorError):
        picked(belief(0), bad, 0)
