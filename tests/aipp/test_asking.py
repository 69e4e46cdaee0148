"""Which question is asked: the familiar and different at first, later only what is worth a slot."""

from __future__ import annotations

import numpy as np
from taste_makers import candidates, newcomer, taught

from ammo_agents.aipp.asking import (
    OPENING,
    PER_QUESTION,
    Interview,
    further,
    most_telling,
    opening,
    pair,
)
from ammo_agents.aipp.preference import FIXED
from ammo_agents.geometry import asking
from ammo_agents.geometry.pick import chances

POOL = candidates(60)


def test_somebody_new_is_asked_about_familiar_things_only() -> None:
    familiar = np.arange(60, dtype=np.float64)
    asked = opening(newcomer(), POOL.rows, familiar, POOL.rows, Interview())
    assert len(asked) == OPENING == len(set(asked.tolist()))
    assert asked.min() >= 60 - OPENING * PER_QUESTION
    assert opening(newcomer(), POOL.rows, familiar, POOL.rows, Interview(most=0)).tolist() == []
    assert len(opening(newcomer(), POOL.rows[:3], familiar[:3], POOL.rows[:0], Interview())) == 3


def test_nobody_is_asked_twice_about_the_same() -> None:
    rows = np.repeat(POOL.rows[:5], 4, axis=0)  # four copies of each of five things
    asked = opening(newcomer(), rows, np.ones(20), POOL.rows, Interview())
    assert sorted((asked // 4).tolist()) == [0, 1, 2, 3, 4]


def test_of_questions_that_tell_alike_the_more_familiar_is_asked() -> None:
    rows = np.repeat(POOL.rows[:1], 6, axis=0)
    familiar = np.array([1.0, 2.0, 9.0, 4.0, 5.0, 3.0])
    assert opening(newcomer(), rows, familiar, POOL.rows, Interview(most=1)).tolist() == [2]


def test_a_question_is_asked_only_if_it_saves_more_than_a_slot_is_worth() -> None:
    nobody = newcomer()
    worth = further(nobody, POOL.rows, POOL.rows, slots=8)
    assert worth is not None
    assert worth.drop * asking.HORIZON > worth.slot > 0
    drops = asking.regret_drop(
        nobody.precision, nobody.q, POOL.rows, POOL.rows, n=8, noise=FIXED.noise
    )
    assert worth.place == int(drops.argmax())
    assert further(nobody, POOL.rows, POOL.rows, slots=1) is None
    assert most_telling(nobody, POOL.rows, POOL.rows, slots=1).drop > 0
    known, _ = taught(POOL, (0, "like"), (7, "hide"), (3, "like"))
    assert further(known, POOL.rows, POOL.rows, slots=8) is None
    assert further(nobody, POOL.rows[:0], POOL.rows, slots=5) is None
    assert further(nobody, POOL.rows, POOL.rows[:0], slots=5) is None


def test_a_pair_is_close_in_score_and_unlike_in_what_is_unknown() -> None:
    preference, _ = taught(POOL, (0, "like"), (1, "hide"), (2, "like"))
    found = pair(preference, POOL.rows)
    assert found is not None
    i, j = found
    assert i != j
    p = chances(POOL.rows[[i, j]], preference.q)[0]
    assert 0.2 < p < 0.8
    assert POOL.rows[i] @ POOL.rows[j] < np.mean(POOL.rows[:24] @ POOL.rows[:24].T)
    assert pair(preference, POOL.rows[:1]) is None
    assert pair(preference, POOL.rows[:0]) is None
    assert pair(preference, np.repeat(POOL.rows[:1], 3, axis=0)) is None
