"""How a taste moves: folds, deletion, forgetting, and what never gets in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from taste_makers import candidates, newcomer, said

from ammo_agents import geometry
from ammo_agents.aipp.preference import FIXED, Event, aged, fold, same_basis, update, weights
from ammo_agents.errors import SpaceMismatchError, VectorError
from ammo_agents.geometry import SIZE, Belief
from ammo_agents.records import Preference

POOL = candidates(20)
ACTS = st.tuples(
    st.integers(0, 19),
    st.sampled_from(["like", "dislike", "skip", "save", "hide", "ask"]),
    st.integers(0, 40),
)
LOGS = st.lists(ACTS, max_size=25)


def log_of(acts: list[tuple[int, str, int]]) -> list[Event]:
    return [said(POOL, place, act, day=day, key=str(n)) for n, (place, act, day) in enumerate(acts)]


def bits(preference: Preference) -> tuple[bytes, bytes, bytes]:
    return (
        preference.q.tobytes(),
        preference.precision.tobytes(),
        preference.information.tobytes(),
    )


def test_nobody_knows_a_newcomer_and_the_prior_is_the_fixed_one() -> None:
    nobody = newcomer()
    assert nobody.q[:4].tolist() == [0.6, 1 / 3, 0.0, 0.0]
    assert np.diag(nobody.precision)[:4] == pytest.approx([50, 50, 50, 200])
    assert FIXED.noise == 0.03
    assert fold(nobody, []) is nobody


@given(LOGS)
def test_folding_at_once_and_one_by_one_give_the_same_bits(
    acts: list[tuple[int, str, int]],
) -> None:
    events = log_of(acts)
    state = newcomer()
    for event in events:
        state = update(state, event.row, event.feedback)
    assert bits(fold(newcomer(), events)) == bits(state)
    assert state.version == len(events)
    assert np.isfinite(state.q).all()


@given(LOGS, st.integers(0, 24))
def test_deleting_an_act_gives_the_bits_of_a_log_that_never_had_it(
    acts: list[tuple[int, str, int]], place: int
) -> None:
    events = log_of(acts)
    rest = [e for n, e in enumerate(events) if n != place]
    never = newcomer()
    for event in rest:
        never = update(never, event.row, event.feedback)
    assert bits(fold(newcomer(), rest)) == bits(never)


def test_deleting_the_only_act_gives_exactly_the_prior() -> None:
    event = said(POOL, 0)
    assert bits(fold(newcomer(), [event])) != bits(newcomer())
    assert bits(fold(newcomer(), [])) == bits(newcomer())


@given(LOGS.filter(bool))
def test_a_downdate_agrees_with_folding_the_rest_again(acts: list[tuple[int, str, int]]) -> None:
    events = log_of([(place, act, 0) for place, act, _ in acts])
    full, rest = fold(newcomer(), events), fold(newcomer(), events[1:])
    rows, y, c, _ = weights(full, events)
    without = geometry.downdate(
        Belief(full.precision, full.information), rows[0], float(y[0]), float(c[0])
    )
    np.testing.assert_allclose(geometry.solve(without), rest.q, rtol=0, atol=1e-9)


def test_an_act_that_comes_twice_counts_once() -> None:
    first, other = said(POOL, 0, key="same"), said(POOL, 1)
    assert bits(fold(newcomer(), [first, other, first])) == bits(fold(newcomer(), [first, other]))


def test_contradictory_acts_meet_in_the_middle() -> None:
    like, dislike = said(POOL, 0, "like"), said(POOL, 0, "dislike")
    both = fold(newcomer(), [like, dislike])
    score = float(POOL.rows[0] @ both.q)
    assert float(POOL.rows[0] @ fold(newcomer(), [dislike]).q) < score
    assert score < float(POOL.rows[0] @ fold(newcomer(), [like]).q)


@given(LOGS)
def test_forgetting_is_the_sum_of_faded_acts_whatever_the_order_of_days(
    acts: list[tuple[int, str, int]],
) -> None:
    events = log_of(acts)
    folded = fold(newcomer(), events)
    rows, y, c, _ = weights(folded, events)
    origin = FIXED.origin(SIZE)
    precision = origin.precision + (rows * c[:, None]).T @ rows
    information = origin.information + (c * y) @ rows
    np.testing.assert_allclose(folded.precision, precision, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(folded.information, information, rtol=1e-12, atol=1e-9)
    assert folded.day == max([0, *(e.feedback.day for e in events)])


def test_days_of_use_carry_a_taste_back_to_the_prior_and_never_to_zero() -> None:
    liked = fold(newcomer(), [said(POOL, 0, "like"), said(POOL, 1, "hide")])
    later = aged(liked, 23)
    assert later.day == 23
    distance = [np.linalg.norm(p.precision - newcomer().precision) for p in (liked, later)]
    assert distance[1] / distance[0] == pytest.approx(0.97**23, rel=1e-9)
    assert np.abs(aged(liked, 2_000).q - newcomer().q).max() < 1e-9
    assert aged(liked, liked.day) is liked


def test_a_clock_set_back_changes_nothing() -> None:
    events = [said(POOL, 0, day=30, key="a"), said(POOL, 1, day=4, key="b")]
    back = fold(newcomer(), events)
    assert back.day == 30
    np.testing.assert_allclose(back.q, fold(newcomer(), events[::-1]).q, atol=1e-12)
    assert aged(back, 3) is back


def test_a_bad_row_or_act_is_refused_and_nothing_becomes_nan() -> None:
    event = said(POOL, 0)
    state = fold(newcomer(), [event])
    bad = event.row.copy()
    bad[5] = np.nan
    with pytest.raises(VectorError, match=str(event.feedback.creation)):
        update(state, bad, event.feedback)
    with pytest.raises(VectorError, match="shape"):
        update(state, event.row[:7], event.feedback)
    for field, value in (("reward", float("nan")), ("reward", 2.0), ("weight", float("inf"))):
        with pytest.raises(VectorError, match="reward"):
            update(state, event.row, replace(event.feedback, **{field: value}))


def test_an_act_without_weight_moves_nothing_but_is_counted() -> None:
    event = said(POOL, 0)
    silent = replace(event, feedback=replace(event.feedback, weight=0.0))
    after = fold(newcomer(), [silent])
    assert after.version == 1
    np.testing.assert_allclose(after.q, newcomer().q, atol=1e-15)


def test_a_thousand_acts_stay_finite_and_one_more_moves_less() -> None:
    events = [said(POOL, n % 20, "like" if n % 3 else "hide", key=str(n)) for n in range(1_000)]
    many = fold(newcomer(), events)
    assert np.isfinite(many.q).all()
    row = POOL.rows[3]
    early = update(newcomer(), row, events[0].feedback).q - newcomer().q
    late = update(many, row, said(POOL, 3, key="one more").feedback).q - many.q
    assert np.linalg.norm(late) < np.linalg.norm(early)


def test_a_preference_of_another_basis_is_refused() -> None:
    assert same_basis(newcomer(), "basis") == newcomer()
    with pytest.raises(SpaceMismatchError, match="other"):
        same_basis(newcomer(), "other")


def test_the_numbers_of_a_preview_are_those_of_the_update() -> None:
    state = fold(newcomer(), [said(POOL, 1), said(POOL, 2, "dislike")])
    event = said(POOL, 0)
    step = geometry.step(state.precision, state.q, event.row, 1.0, 1.0 / FIXED.noise)
    np.testing.assert_allclose(
        state.q + step, update(state, event.row, event.feedback).q, atol=1e-12
    )


def test_priors_differ_by_their_fingerprint() -> None:
    assert FIXED.fingerprint == replace(FIXED, noise=0.03).fingerprint
    assert FIXED.fingerprint != replace(FIXED, noise=0.04).fingerprint
