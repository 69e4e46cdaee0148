"""P(e ∈ S) against simulated draws, conservation, monotony, τ from a share, and slates card by card."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ammo_agents import geometry
from ammo_agents.errors import BadInputError


def simulated(scores: np.ndarray, n: int, tau: float, times: int) -> np.ndarray:
    rng = np.random.default_rng(1)
    count = np.zeros(len(scores))
    for _ in range(times // 1000):
        keys = scores / tau + rng.gumbel(size=(1000, len(scores)))
        np.add.at(count, np.argpartition(-keys, n - 1, axis=1)[:, :n].ravel(), 1)
    return count / times


@pytest.mark.parametrize(
    ("size", "n", "tau", "spread"),
    [(50, 5, 0.2, 0.15), (200, 5, 0.1, 0.15), (200, 5, 0.005, 0.08), (50, 5, 0.01, 0.08)],
    ids=str,
)
def test_exact_inclusion_agrees_with_a_hundred_thousand_draws(
    size: int, n: int, tau: float, spread: float
) -> None:
    scores = np.random.default_rng(size).normal(0, spread, size)
    exact = geometry.inclusion(scores, n, tau)
    assert exact.sum() == pytest.approx(n, abs=1e-7)
    assert np.abs(exact - simulated(scores, n, tau, 100_000)).max() < 0.007


def test_the_closed_form_is_close_where_many_compete_and_wrong_where_few_do() -> None:
    rng = np.random.default_rng(5)
    wide, narrow = rng.normal(0, 0.15, 50), rng.normal(0, 0.08, 200)
    closed = geometry.inclusion_closed(wide, 5, 0.2)
    assert closed.sum() == pytest.approx(5, abs=1e-9)
    assert np.abs(closed - geometry.inclusion(wide, 5, 0.2)).max() < 0.015
    gap = geometry.inclusion_closed(narrow, 5, 0.005) - geometry.inclusion(narrow, 5, 0.005)
    assert np.abs(gap).max() > 0.015


def test_the_closed_form_handles_people_together() -> None:
    scores = np.random.default_rng(6).normal(0, 0.1, (3, 40))
    groups = np.arange(40) % 9
    together = geometry.inclusion_closed(scores, 4, 0.05, groups=groups)
    for one, row in zip(scores, together, strict=True):
        np.testing.assert_allclose(
            geometry.inclusion_closed(one, 4, 0.05, groups=groups), row, atol=1e-12
        )


@given(
    st.lists(st.floats(-1, 1), min_size=2, max_size=30),
    st.integers(1, 6),
    st.sampled_from([0.003, 0.03, 0.3]),
)
def test_inclusion_is_conserved_and_rises_with_its_own_score_only(
    values: list[float], n: int, tau: float
) -> None:
    scores = np.array(values)
    before = geometry.inclusion(scores, n, tau)
    assert before.sum() == pytest.approx(min(n, len(values)), abs=1e-6)
    assert (before >= 0).all()
    assert (before <= 1 + 1e-12).all()
    raised = scores.copy()
    raised[0] += 0.02
    after = geometry.inclusion(raised, n, tau)
    assert after[0] >= before[0] - 1e-9
    assert (after[1:] <= before[1:] + 1e-9).all()


def test_one_card_per_buddy_has_an_exact_formula_too() -> None:
    rng = np.random.default_rng(2)
    scores, groups = rng.normal(0, 0.1, 40), np.arange(40) % 10
    exact = geometry.inclusion(scores, 4, 0.03, groups=groups)
    assert exact.sum() == pytest.approx(4, abs=1e-6)
    count = np.zeros(40)
    for _ in range(20_000):
        keys = geometry.gumbel_keys(scores, 0.03, rng)
        count[geometry.first_of_groups(keys, 4, groups)] += 1
    assert np.abs(exact - count / 20_000).max() < 0.015


def test_copies_of_a_text_raise_their_buddy_by_the_log_of_their_number_only() -> None:
    scores, groups = np.array([0.0, 0.0, 0.0, 0.1, 0.2]), np.array([0, 0, 0, 1, 2])
    copies = geometry.inclusion(scores, 2, 0.1, groups=groups)
    single = geometry.inclusion(np.array([0.1 * np.log(3), 0.1, 0.2]), 2, 0.1)
    assert copies[:3].sum() == pytest.approx(single[0], abs=1e-9)
    assert copies[3] == pytest.approx(single[1], abs=1e-9)


def test_far_apart_scores_give_certainties_and_no_warning() -> None:
    scores = np.array([1e6, 1e5, 0.0, -1e6])
    pi = geometry.inclusion(scores, 2, 1.0)
    np.testing.assert_allclose(pi, [1, 1, 0, 0], atol=1e-9)
    assert geometry.inclusion_closed(scores, 2, 1.0).sum() == pytest.approx(2, abs=1e-6)


def test_chances_of_all_ordered_slates_add_up_to_one() -> None:
    scores, groups = np.array([0.3, 0.1, 0.0, -0.2, 0.25]), np.array([0, 0, 1, 2, 3])
    for kinds in (None, groups):
        total, pi = 0.0, np.zeros(5)
        for cards in itertools.permutations(range(5), 3):
            if kinds is not None and len({int(kinds[c]) for c in cards}) < 3:
                continue
            chance = float(
                np.prod(geometry.propensities(scores, np.array(cards), 0.2, groups=kinds))
            )
            total += chance
            pi[list(cards)] += chance
        assert total == pytest.approx(1.0, abs=1e-12)
        np.testing.assert_allclose(pi, geometry.inclusion(scores, 3, 0.2, groups=kinds), atol=1e-7)


@given(st.integers(0, 10_000), st.sampled_from([0.05, 0.15, 0.4]))
def test_the_temperature_found_gives_the_share_asked_for(seed: int, epsilon: float) -> None:
    scores = np.random.default_rng(seed).normal(0, 0.1, 60)
    groups = np.arange(60) % 20
    for kinds in (None, groups):
        tau = geometry.tau_for(scores, 5, epsilon, groups=kinds)
        assert geometry.exploration_share(scores, 5, tau, groups=kinds) == pytest.approx(
            epsilon, abs=0.005
        )


def test_no_share_and_equal_scores_have_no_temperature_and_an_unreachable_share_ends() -> None:
    assert geometry.tau_for(np.array([1.0, 2.0]), 1, 0.0) == 0.0
    assert geometry.tau_for(np.ones(5), 2, 0.5) == 0.0
    assert geometry.tau_for(np.array([]), 2, 0.5) == 0.0
    assert geometry.tau_for(np.array([1.0, 2.0]), 1, 0.9) > 10  # two cards explore half at most
    assert geometry.tau_for(np.array([1.0, 2.0, 3.0]), 3, 0.2) > 0
    with pytest.raises(BadInputError, match="positive temperature"):
        geometry.inclusion(np.array([1.0, 2.0]), 1, 0.0)


def test_a_slate_larger_than_its_pool_takes_all_and_an_empty_one_none() -> None:
    scores = np.array([0.1, 0.5])
    assert geometry.inclusion(scores, 5, 0.1).tolist() == [1.0, 1.0]
    assert geometry.inclusion_closed(scores, 5, 0.1).tolist() == [1.0, 1.0]
    assert geometry.inclusion(scores, 0, 0.1).tolist() == [0.0, 0.0]
    assert geometry.first_of_groups(scores, 3, np.array([0, 0])).tolist() == [1]


def test_fresh_noise_card_by_card_gives_the_chances_it_states() -> None:
    pull = np.array([0.0, 0.5, 1.0, -0.5])
    push = np.array([[9, 3, 0, 0], [3, 9, 0, 0], [0, 0, 9, 2], [0, 0, 2, 9]], float)
    drawn = geometry.draw_varied(pull, push, 2, np.random.default_rng(3), times=40_000)
    seen: dict[tuple[int, ...], list[float]] = {}
    for cards, chances in zip(drawn.cards.tolist(), drawn.chances, strict=True):
        seen.setdefault(tuple(cards), []).append(float(chances.prod()))
    assert sum(stated[0] for stated in seen.values()) == pytest.approx(1.0, abs=1e-9)
    for stated in seen.values():
        assert len(stated) / 40_000 == pytest.approx(stated[0], abs=0.01)


def test_a_varied_slate_takes_one_card_of_a_group_and_every_card_once() -> None:
    groups = np.array([0, 0, 1, 1, 2])
    drawn = geometry.draw_varied(
        np.zeros(5), np.eye(5), 9, np.random.default_rng(0), groups=groups, times=200
    )
    assert drawn.cards.shape == (200, 3)
    for cards in drawn.cards:
        assert sorted(groups[cards].tolist()) == [0, 1, 2]
