"""What an act says, and the acts that are refused."""

from __future__ import annotations

import datetime as dt

import pytest
from taste_makers import COIN, NOW, YOU

from ammo_agents.aipp.feedback import ACTS, Shown, act_named, acts_of, feedback
from ammo_agents.errors import BadInputError, NotFoundError, PluginError
from ammo_agents.ports import Action
from ammo_agents.records import CreationId, SlateId

SEEN = Shown(person=YOU, subspace=COIN, creation=CreationId("c_one"), slate=SlateId("s_one"))


def test_the_acts_have_the_rewards_and_weights_of_the_preference_model() -> None:
    table = {act.name: (act.reward, act.weight) for act in ACTS}
    assert table["like"] == (1.0, 1.0)
    assert table["dislike"] == (0.0, 1.0)
    assert table["skip"] == (0.4, 0.25)
    assert table["save"] == table["share"] == table["reply"] == (1.0, 2.0)
    assert table["hide"] == table["report"] == (0.0, 4.0)
    assert table["ask"] == (1.0, 0.5)


def test_a_subspace_adds_acts_of_its_own() -> None:
    held = Action(name="held", label="I hold it", reward=0.8, weight=0.5)
    act = act_named("held", [held])
    assert (act.reward, act.weight, act.past) == (0.8, 0.5, "you said “I hold it” about")
    assert set(acts_of([held])) == {a.name for a in ACTS} | {"held"}


@pytest.mark.parametrize(
    "action",
    [
        Action(name="like", label="Like", reward=1.0),
        Action(name="", label="?", reward=1.0),
        Action(name="x", label="x", reward=1.5),
        Action(name="x", label="x", reward=float("nan")),
        Action(name="x", label="x", reward=1.0, weight=9.0),
        Action(name="x", label="x", reward=1.0, weight=0.1),
        Action(name="x", label="x", reward=1.0, weight=float("nan")),
    ],
    ids=["taken", "nameless", "reward", "reward-nan", "heavy", "light", "weight-nan"],
)
def test_an_action_out_of_range_is_the_plugins_fault(action: Action) -> None:
    with pytest.raises(PluginError):
        acts_of([action])


def test_the_same_key_gives_the_same_id_and_another_person_another() -> None:
    like = act_named("like")
    one = feedback(like, SEEN, key="k", at=NOW, day=3)
    assert one == feedback(like, SEEN, key="k", at=NOW, day=3)
    assert one.id.startswith("b_")
    assert (one.reward, one.weight, one.day, one.slate) == (1.0, 1.0, 3, "s_one")
    assert feedback(like, SEEN, key="l", at=NOW, day=3).id != one.id


def test_an_unknown_act_is_refused_with_those_that_exist() -> None:
    with pytest.raises(BadInputError) as caught:
        act_named("adore")
    assert "like" in caught.value.hint


def test_a_card_that_was_never_shown_cannot_be_judged() -> None:
    unseen = Shown(person=YOU, subspace=COIN, creation=CreationId("c_x"), slate=None)
    with pytest.raises(NotFoundError, match="c_x was never shown to you"):
        feedback(act_named("like"), unseen, key="k", at=NOW, day=0)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"key": ""}, "key"),
        ({"at": dt.datetime(2026, 1, 1)}, "zone"),  # noqa: DTZ001 - the fault under test
        ({"day": -1}, "days of use"),
        ({"note": "x" * 4_001}, "4000"),
        ({"note": "a\x00b"}, "no text"),
        ({"note": "\ud800"}, "no text"),
    ],
    ids=["key", "zone", "day", "long", "nul", "surrogate"],
)
def test_what_cannot_be_kept_is_refused(wrong: dict[str, object], words: str) -> None:
    given: dict[str, object] = {"key": "k", "at": NOW, "day": 0, "note": ""}
    with pytest.raises(BadInputError, match=words):
        feedback(act_named("like"), SEEN, **(given | wrong))
