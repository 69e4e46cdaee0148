"""A person's own slates, read for off-policy values."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from taste_makers import COIN, NOW, YOU, candidates, newcomer, taught

from ammo_agents.aipp.feedback import Shown, act_named, feedback
from ammo_agents.errors import BadInputError
from ammo_agents.geometry.offpolicy import policy_value
from ammo_agents.records import Feedback, Slate
from ammo_agents.user.policy import Policy, policy_named, read
from ammo_agents.user.rank import Sitting, choose

POOL = candidates(40)
BUDDIES = dict(zip(POOL.ids, POOL.buddies, strict=True))
TASTE, _ = taught(POOL, (0, "like"), (1, "dislike"), (8, "like"), (3, "skip"))


def slates(count: int, *, exploration: float = 0.5) -> list[Slate]:
    found = []
    for n in range(count):
        how = Sitting(at=NOW + dt.timedelta(hours=n), seed=n, slots=4, exploration=exploration)
        found.append(choose(POOL, TASTE, how))
    return found


def answers(shown: list[Slate]) -> list[Feedback]:
    """The person likes what lies over the middle of their true taste, and says so of each card."""
    rng = np.random.default_rng(0)
    found = []
    for slate in shown:
        for slot in slate.slots:
            likes = rng.random() < np.clip(slot.score, 0, 1)
            here = Shown(person=YOU, subspace=COIN, creation=slot.creation, slate=slate.id)
            act = act_named("like" if likes else "dislike")
            found.append(feedback(act, here, key=f"{slate.id}/{slot.creation}", at=NOW, day=0))
    return found


def test_the_chances_recomputed_from_the_log_are_those_that_were_logged() -> None:
    shown = slates(20)
    found = read(shown, answers(shown), BUDDIES, Policy(kind="greedy"))
    assert len(found.slates) == 20
    for slate, logged in zip(shown, found.slates, strict=True):
        np.testing.assert_allclose(
            logged.inclusion[logged.shown], [s.inclusion for s in slate.slots], atol=1e-9
        )
        assert logged.inclusion.sum() == pytest.approx(4, abs=1e-6)
        assert logged.target.sum() == pytest.approx(4, abs=1e-6)


def test_the_value_of_the_same_share_is_what_was_logged_and_greedy_is_worth_more() -> None:
    shown = slates(150)
    acts = answers(shown)
    same = policy_value(read(shown, acts, BUDDIES, Policy(kind="share", share=0.5)).slates, seed=0)
    greedy = policy_value(read(shown, acts, BUDDIES, Policy(kind="greedy")).slates, seed=0)
    assert same.dr is not None
    assert same.dr.value == pytest.approx(same.logged, abs=0.03)
    assert greedy.dr is not None
    truth = np.mean([np.clip(max(s.scores), 0, 1) for s in shown])
    assert same.dr.value < greedy.dr.value < truth


def test_a_random_policy_has_the_chances_of_drawing_buddies_blindly() -> None:
    shown = slates(3)
    found = read(shown, answers(shown), BUDDIES, Policy(kind="random")).slates
    for logged in found:
        assert logged.target.sum() == pytest.approx(4, abs=1e-6)
        assert np.ptp(logged.target) < 0.05


def test_a_greedy_log_is_refused() -> None:
    shown = slates(60, exploration=0.0)
    found = read(shown, answers(shown), BUDDIES, Policy(kind="share", share=0.3))
    assert len(found.slates) == 60
    assert "not drawn by chance" in policy_value(found.slates, seed=0).refused


def test_what_cannot_be_weighed_is_left_out_and_counted() -> None:
    shown = slates(6)
    first = choose(POOL, newcomer(), Sitting(at=NOW, seed=99, slots=4))
    tampered = replace(shown[1], tau=shown[1].tau * 3)
    bare = replace(shown[2], scores=())
    log = [shown[0], tampered, bare, first]
    found = read(log, answers([*shown[:3], first]), BUDDIES, Policy(kind="greedy"))
    assert len(found.slates) == 1
    assert found.left_out == {
        "its logged chances are of another draw": 1,
        "its candidates are not all known": 1,
        "it was drawn for variety": 1,
    }
    silent = read(shown, [], BUDDIES, Policy(kind="greedy"))
    assert silent.left_out == {"nothing in it was answered": 6}


def test_a_card_without_an_answer_in_an_answered_slate_counts_as_a_skip() -> None:
    shown = slates(1)
    one = answers(shown)[:1]
    (logged,) = read(shown, one, BUDDIES, Policy(kind="greedy")).slates
    assert logged.reward.tolist() == [one[0].reward, 0.4, 0.4, 0.4]


def test_policies_have_names_and_others_are_refused() -> None:
    assert policy_named("0.3") == Policy(kind="share", share=0.3)
    assert policy_named("0") == Policy(kind="greedy")
    assert [policy_named(n).name for n in ("greedy", "random", "0.3")] == [
        "greedy",
        "random",
        "exploring 0.3",
    ]
    for name in ("1", "-0.1", "nan", "best", ""):
        with pytest.raises(BadInputError, match="no policy"):
            policy_named(name)
