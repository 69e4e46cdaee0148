"""What a question is worth, against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ammo_agents.errors import BadInputError, VectorError
from ammo_agents.geometry import asking, observe, solve
from ammo_agents.geometry.belief import Belief
from ammo_agents.records import Wide

SIZE, NOISE = 6, 0.05


def world(seed: int, *, questions: int = 4, pool: int = 12) -> tuple[Belief, Wide, Wide]:
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(SIZE, SIZE))
    precision = half @ half.T + 4.0 * np.eye(SIZE)
    belief = Belief(precision, precision @ rng.normal(size=SIZE))
    return belief, rng.normal(size=(questions, SIZE)), rng.normal(size=(pool, SIZE))


def top(values: Wide, n: int) -> float:
    return float(np.sort(values)[-n:].mean())


@given(st.integers(0, 300))
def test_information_is_half_the_log_of_the_ratio_of_determinants(seed: int) -> None:
    belief, questions, _ = world(seed)
    found = asking.information(belief.precision, questions, NOISE)
    for x, nats in zip(questions, found, strict=True):
        after = observe(belief, x, 0.0, 1.0 / NOISE).precision
        ratio = np.linalg.slogdet(after)[1] - np.linalg.slogdet(belief.precision)[1]
        assert nats == pytest.approx(0.5 * ratio, abs=1e-9)


@given(st.integers(0, 300))
def test_the_variance_fall_is_the_difference_of_the_total_variances(seed: int) -> None:
    belief, questions, pool = world(seed)
    found = asking.variance_fall(belief.precision, questions, pool, NOISE)
    before = np.trace(pool @ np.linalg.inv(belief.precision) @ pool.T)
    for x, fall in zip(questions, found, strict=True):
        after = observe(belief, x, 0.0, 1.0 / NOISE).precision
        assert fall == pytest.approx(before - np.trace(pool @ np.linalg.inv(after) @ pool.T))


@pytest.mark.parametrize("seed", range(4))
def test_the_expected_drop_is_the_drop_over_simulated_people_and_answers(seed: int) -> None:
    belief, questions, pool = world(seed)
    rng, n, times = np.random.default_rng([seed, 1]), 3, 40_000
    q = solve(belief)
    drop = asking.regret_drop(belief.precision, q, questions[:1], pool, n=n, noise=NOISE)[0]
    # People drawn from the belief answer; the slate by the updated belief is judged by their truth.
    x = questions[0]
    people = rng.multivariate_normal(q, np.linalg.inv(belief.precision), size=times)
    answers = people @ x + np.sqrt(NOISE) * rng.normal(size=times)
    reach = np.linalg.solve(belief.precision, x)
    gain = reach / (x @ reach + NOISE)
    updated = q + np.outer(answers - x @ q, gain)  # (times, d)
    truth, predicted = people @ pool.T, updated @ pool.T
    chosen = np.argsort(-predicted, axis=1)[:, :n]
    with_answer = np.take_along_axis(truth, chosen, axis=1).mean(axis=1)
    without = truth[:, np.argsort(-(pool @ q))[:n]].mean(axis=1)
    saved = with_answer - without
    error = saved.std() / np.sqrt(times)
    assert drop == pytest.approx(saved.mean(), abs=4 * error + 1e-4)
    assert drop > 0


@given(st.integers(0, 300), st.integers(1, 14))
def test_no_answer_can_cost_regret_and_a_question_beside_the_point_is_worth_nothing(
    seed: int, n: int
) -> None:
    belief, questions, pool = world(seed)
    drops = asking.regret_drop(belief.precision, solve(belief), questions, pool, n=n, noise=NOISE)
    assert (drops >= 0).all()
    if n >= len(pool):
        np.testing.assert_allclose(drops, 0, atol=1e-6)
    flat = np.eye(SIZE)
    beside = asking.regret_drop(
        flat,
        np.ones(SIZE),
        np.eye(SIZE)[:1],
        np.hstack([np.zeros((5, 1)), np.ones((5, 5))]),
        n=2,
        noise=NOISE,
    )
    assert beside[0] == pytest.approx(0, abs=1e-12)


def test_a_pool_without_rivals_or_slots_has_nothing_to_ask_about() -> None:
    belief, questions, pool = world(0)
    q = solve(belief)
    for n, rows in ((0, pool), (3, pool[:0])):
        drops = asking.regret_drop(belief.precision, q, questions, rows, n=n, noise=NOISE)
        assert drops.tolist() == [0.0] * 4
    none = asking.regret_drop(belief.precision, q, questions[:0], pool, n=3, noise=NOISE)
    assert none.shape == (0,)


def test_a_slot_is_worth_the_card_it_would_hold() -> None:
    scores = np.array([0.9, 0.2, 0.6, 0.5])
    assert asking.slot_value(scores, 2) == pytest.approx(0.3)
    assert asking.slot_value(scores, 5) == 0.0
    assert asking.slot_value(scores, 0) == 0.0
    assert asking.slot_value(-scores, 2) == 0.0
    assert asking.worth_asking(0.04, 0.3)
    assert not asking.worth_asking(0.02, 0.3)
    assert not asking.worth_asking(0.0, 0.0)
    assert not asking.worth_asking(float("nan"), 0.0)


def test_questions_come_by_worth_then_by_uncertainty() -> None:
    worth = np.array([0.5, 0.7, 0.5, 0.5])
    unsure = np.array([0.1, 0.0, 0.3, 0.1])
    assert asking.order(worth, unsure).tolist() == [1, 2, 0, 3]


def test_bad_numbers_are_refused() -> None:
    belief, questions, pool = world(0)
    with pytest.raises(BadInputError, match="noise"):
        asking.shifts(belief.precision, questions, pool, 0.0)
    questions[0, 0] = np.inf
    with pytest.raises(VectorError):
        asking.information(belief.precision, questions, NOISE)
