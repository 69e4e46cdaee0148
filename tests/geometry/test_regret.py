"""The invariants of regret, and the fault of the printed form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ammo_agents import geometry
from ammo_agents.errors import BadInputError, VectorError

REWARDS = st.lists(st.floats(0, 1), min_size=1, max_size=20)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[float], list[float], int]:
    pool = draw(REWARDS)
    slots = draw(st.integers(1, 8))
    order = draw(st.permutations(range(len(pool))))
    shown = draw(st.integers(0, min(slots, len(pool))))
    return pool, [pool[i] for i in order[:shown]], slots


@given(worlds())
def test_regret_lies_between_nothing_and_one_and_bounds_the_best_missed(
    world: tuple[list[float], list[float], int],
) -> None:
    pool, slate, slots = world
    n = min(slots, len(pool))
    r = geometry.slate_regret(pool, slate, slots)
    b = geometry.best_missed(pool, slate, slots)
    assert -1e-12 <= r <= 1
    assert -1e-12 <= b <= n * r + 1e-12
    assert geometry.slate_regret(pool, slate[::-1], slots) == r


@given(worlds())
def test_regret_is_zero_exactly_for_a_best_slate(
    world: tuple[list[float], list[float], int],
) -> None:
    pool, slate, slots = world
    n = min(slots, len(pool))
    best = sorted(pool, reverse=True)[:n]
    assert geometry.slate_regret(pool, best, slots) == 0.0
    if len(slate) == n and sorted(slate, reverse=True) != best:
        assert geometry.slate_regret(pool, slate, slots) > 0.0 or np.allclose(
            sorted(slate), sorted(best)
        )


@given(worlds(), st.floats(0.1, 5), st.floats(0, 3))
def test_regret_scales_with_the_rewards_and_ignores_their_level(
    world: tuple[list[float], list[float], int], alpha: float, beta: float
) -> None:
    pool, slate, slots = world
    if len(slate) < min(slots, len(pool)):
        return  # an unused slot is worth 0, which a level would move
    r = geometry.slate_regret(pool, slate, slots)
    moved = geometry.slate_regret(
        [alpha * x + beta for x in pool], [alpha * x + beta for x in slate], slots
    )
    assert moved == pytest.approx(alpha * r, abs=1e-9)


@given(worlds(), st.floats(0, 1))
def test_one_more_candidate_never_lowers_the_regret_of_a_slate(
    world: tuple[list[float], list[float], int], more: float
) -> None:
    pool, slate, slots = world
    if len(pool) >= slots:
        before = geometry.slate_regret(pool, slate, slots)
        assert geometry.slate_regret([*pool, more], slate, slots) >= before - 1e-12


def test_a_recall_that_misses_the_best_raises_regret() -> None:
    recalled = [0.5, 0.4, 0.3]
    assert geometry.slate_regret(recalled, [0.5, 0.4], 2) == 0.0
    assert geometry.slate_regret([*recalled, 1.0], [0.5, 0.4], 2) == pytest.approx(0.3)
    assert geometry.best_missed([*recalled, 1.0], [0.5, 0.4], 2) == pytest.approx(0.5)


def test_one_slot_is_the_printed_form_and_five_slots_show_its_fault() -> None:
    pool = [0.9, 0.8, 0.7, 0.6, 0.5, 0.1]
    assert geometry.slate_regret(pool, [0.6], 1) == pytest.approx(
        geometry.printed_regret(pool, [0.6])
    )
    assert geometry.best_missed(pool, [0.6], 1) == pytest.approx(0.3)
    assert geometry.printed_regret(pool, pool[:5]) == pytest.approx(-2.6)
    assert geometry.slate_regret(pool, pool[:5], 5) == 0.0


def test_the_regret_of_chance_is_the_mean_over_random_slates() -> None:
    rng = np.random.default_rng(0)
    pool = rng.random(12)
    drawn = [geometry.slate_regret(pool, pool[rng.permutation(12)[:4]], 4) for _ in range(4_000)]
    assert np.mean(drawn) == pytest.approx(geometry.random_regret(pool, 4), abs=0.006)


def test_people_are_summed_as_a_ratio_of_means_and_by_their_worst_tenth() -> None:
    assert geometry.relative_regret([0.1, 0.2], [0.2, 0.4]) == pytest.approx(0.5)
    assert geometry.relative_regret([0.0], [0.0]) == 0.0
    assert geometry.worst_decile([0.1] * 18 + [0.5, 0.7]) == pytest.approx(0.6)
    assert geometry.worst_decile([0.3]) == pytest.approx(0.3)
    assert geometry.worst_decile([]) == 0.0


def test_an_empty_world_has_no_regret_and_a_slate_too_long_is_refused() -> None:
    assert geometry.slate_regret([], [], 5) == 0.0
    assert geometry.best_missed([], [], 5) == 0.0
    assert geometry.random_regret([], 5) == 0.0
    assert geometry.best_missed([0.7], [], 1) == pytest.approx(0.7)
    with pytest.raises(BadInputError, match="does not fit"):
        geometry.slate_regret([0.1, 0.2], [0.1, 0.2], 1)
    with pytest.raises(VectorError, match="NaN"):
        geometry.slate_regret([0.1, float("nan")], [0.1], 1)
