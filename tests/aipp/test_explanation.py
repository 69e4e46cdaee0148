"""The exact sum: one number per act, adding up to the score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from taste_makers import candidates, newcomer, said

from ammo_agents.aipp.explanation import beliefs, difference, largest, parts, without, words
from ammo_agents.aipp.preference import aged, fold
from ammo_agents.errors import BadInputError

POOL = candidates(20)
ACTS = st.tuples(
    st.integers(0, 19),
    st.sampled_from(["like", "dislike", "skip", "save", "hide", "ask"]),
    st.integers(0, 40),
)


@given(st.lists(ACTS, max_size=25), st.integers(0, 19), st.integers(0, 60))
def test_the_parts_add_up_to_the_score(
    acts: list[tuple[int, str, int]], place: int, day: int
) -> None:
    events = [said(POOL, p, act, day=d, key=str(n)) for n, (p, act, d) in enumerate(acts)]
    preference = aged(fold(newcomer(), events), day)
    found = parts(preference, events, POOL.rows[place])
    score = float(POOL.rows[place] @ preference.q)
    assert sum(p.value for p in found) == pytest.approx(score, abs=1e-9)
    assert sum(p.value for p in largest(found, 3)) == pytest.approx(score, abs=1e-9)
    assert len([p for p in found if p.kind == "event"]) == len(events)
    apart = difference(preference, events, POOL.rows[place], POOL.rows[0])
    gap = score - float(POOL.rows[0] @ preference.q)
    assert sum(p.value for p in apart) == pytest.approx(gap, abs=1e-9)


def test_a_like_pulls_its_card_up_and_a_dislike_pulls_it_down_in_words() -> None:
    events = [said(POOL, 0, "like"), said(POOL, 1, "dislike")]
    preference = fold(newcomer(), events)
    by_label = {p.label: p.value for p in parts(preference, events, POOL.rows[0])}
    assert by_label["where every card starts"] == pytest.approx(0.6)
    assert by_label["you liked “title 0”"] > 0
    down = {p.label: p.value for p in parts(preference, events, POOL.rows[1])}
    assert down["you disliked “title 1”"] < 0
    assert words(said(POOL, 3, "save")) == "you saved “title 3”"


def test_a_sum_over_other_acts_than_those_folded_is_refused() -> None:
    events = [said(POOL, 0, "like"), said(POOL, 1, "dislike")]
    preference = fold(newcomer(), events)
    with pytest.raises(BadInputError, match="the parts add up to"):
        parts(preference, events[:1], POOL.rows[0])


def test_the_rest_is_told_as_one_part() -> None:
    events = [said(POOL, n, key=str(n)) for n in range(6)]
    found = largest(parts(fold(newcomer(), events), events, POOL.rows[0]), 2)
    assert [p.kind for p in found] == ["prior", "event", "event", "event"]
    assert found[-1].label == "4 other acts of yours"
    assert found[-1].feedback is None


@given(st.lists(ACTS, min_size=1, max_size=12), st.integers(0, 19))
def test_what_a_score_would_lose_without_an_act_is_what_folding_the_rest_gives(
    acts: list[tuple[int, str, int]], place: int
) -> None:
    events = [said(POOL, p, act, key=str(n)) for n, (p, act, _) in enumerate(acts)]
    preference = fold(newcomer(), events)
    row = POOL.rows[place]
    lost = without(preference, events, row)
    rest = fold(newcomer(), events[1:])
    gone = float(row @ preference.q) - float(row @ rest.q)
    assert lost[events[0].feedback.id] == pytest.approx(gone, abs=1e-9)


def test_beliefs_name_the_entities_met_strongest_first_with_their_acts() -> None:
    events = [
        said(POOL, 0, "hide"),
        said(POOL, 1, "like"),
        said(POOL, 7, "like"),
        said(POOL, 2, "skip"),
    ]
    preference = fold(newcomer(), events)
    held = beliefs(preference, events)
    assert {h.entity for h in held} == {"coin/b0", "coin/b1", "coin/b2"}
    assert [abs(h.strength) for h in held] == sorted((abs(h.strength) for h in held), reverse=True)
    by_entity = {h.entity: h for h in held}
    assert by_entity["coin/b0"].strength < 0 < by_entity["coin/b1"].strength
    assert {t.event.feedback.creation for t in by_entity["coin/b1"].told} == {
        POOL.ids[1],
        POOL.ids[7],
    }
    assert beliefs(newcomer(), []) == ()


def test_explaining_nothing_gives_the_prior_alone() -> None:
    found = parts(newcomer(), [], POOL.rows[0])
    assert [(p.kind, p.label) for p in found] == [("prior", "where every card starts")]
    rated = POOL.rows[0].copy()
    rated[1:3] = 1.5, 0.5
    labels = [p.label for p in parts(newcomer(), [], rated)]
    assert labels == ["where every card starts", "well liked by others"]
    assert np.isclose(sum(p.value for p in parts(newcomer(), [], rated)), 0.6 + 0.5)
