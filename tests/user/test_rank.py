"""Slates: known chances, one card per buddy, a first slate for variety, the counterfactual kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from taste_makers import (
    NOW,
    candidates,
    creations_of,
    newcomer,
    said,
    sitting,
    taught,
)

from ammo_agents import geometry
from ammo_agents.aipp.explanation import largest, parts
from ammo_agents.aipp.preference import update
from ammo_agents.errors import BadInputError, NotFoundError, VectorError
from ammo_agents.records import BuddyId, CreationId, Slate
from ammo_agents.user.present import NEWCOMER, present
from ammo_agents.user.rank import CONTENDERS, Candidates, choose, is_newcomer, visibility

POOL = candidates(60, buddies=12)
KNOWN, EVENTS = taught(POOL, (0, "like"), (12, "like"), (5, "dislike"))


def cards(slate: Slate) -> list[str]:
    return [slot.creation for slot in slate.slots]


@given(st.integers(0, 2**32), st.integers(0, 15), st.sampled_from([0.0, 0.05, 0.15, 0.5]))
def test_a_slate_has_at_most_one_card_per_buddy_and_honest_chances(
    seed: int, slots: int, epsilon: float
) -> None:
    slate = choose(POOL, KNOWN, sitting(slots=slots, exploration=epsilon, seed=seed))
    buddies = dict(zip(POOL.ids, POOL.buddies, strict=True))
    shown = cards(slate)
    assert len(shown) == min(slots, 12)
    assert len({buddies[CreationId(c)] for c in shown}) == len(shown)
    for slot in slate.slots:
        assert 0 < slot.propensity <= 1
        assert 0 < slot.inclusion <= 1
    exploring = [s.creation for s in slate.slots if s.exploring]
    assert len(slate.displaced) == len(exploring)
    assert not set(slate.displaced) & set(shown)


def test_the_same_seed_gives_the_same_slate_and_another_seed_another_draw() -> None:
    same = [choose(POOL, KNOWN, sitting(seed=3, exploration=0.5)) for _ in range(2)]
    assert same[0] == same[1]
    drawn = {tuple(cards(choose(POOL, KNOWN, sitting(seed=s, exploration=0.5)))) for s in range(9)}
    assert len(drawn) > 3


def test_logged_inclusion_is_how_often_a_card_is_shown() -> None:
    slates = [choose(POOL, KNOWN, sitting(seed=s, exploration=0.4)) for s in range(400)]
    logged = {slot.creation: slot.inclusion for slate in slates for slot in slate.slots}
    for creation, pi in logged.items():
        shown = sum(creation in cards(slate) for slate in slates) / len(slates)
        assert shown == pytest.approx(pi, abs=4 * np.sqrt(pi * (1 - pi) / 400) + 0.005)
    explored = np.mean([slot.exploring for slate in slates for slot in slate.slots])
    assert explored == pytest.approx(0.4, abs=0.03)
    assert slates[0].exploration == pytest.approx(0.4, abs=0.005)


def test_without_exploration_the_slate_is_greedy_with_ties_by_content_hash() -> None:
    slate = choose(POOL, KNOWN, sitting(slots=4, exploration=0.0))
    scores = POOL.rows @ KNOWN.q
    best: dict[str, int] = {}
    for place in sorted(range(60), key=lambda i: (-scores[i], POOL.ids[i])):
        best.setdefault(POOL.buddies[place], place)
    assert cards(slate) == [POOL.ids[i] for i in list(best.values())[:4]]
    assert [s.inclusion for s in slate.slots] == [1.0] * 4
    assert (slate.tau, slate.exploration, slate.displaced) == (0.0, 0.0, ())


def test_what_exploration_displaced_is_the_greedy_slate_less_what_is_shown() -> None:
    greedy = cards(choose(POOL, KNOWN, sitting(exploration=0.0)))
    for seed in range(20):
        slate = choose(POOL, KNOWN, sitting(seed=seed, exploration=0.5))
        assert list(slate.displaced) == [c for c in greedy if c not in cards(slate)]
        for slot in slate.slots:
            assert slot.exploring == (slot.creation not in greedy)


def test_three_likes_move_the_next_slate_towards_what_was_liked() -> None:
    preference = newcomer()
    first = choose(POOL, preference, sitting(seed=1))
    liked = [place for place in range(60) if POOL.buddies[place] == "coin/b3"][:3]
    for place in liked:
        event = said(POOL, place, key=f"like {place}")
        preference = update(preference, event.row, event.feedback)
    rest = POOL.without({POOL.ids[place] for place in liked})
    after = choose(rest, preference, sitting(seed=1))
    assert set(cards(after)) != set(cards(first))
    assert BuddyId("coin/b3") in {rest.buddies[rest.ids.index(CreationId(c))] for c in cards(after)}
    top = choose(rest, preference, sitting(exploration=0.0)).slots[0].creation
    assert rest.buddies[rest.ids.index(top)] == "coin/b3"


def test_the_preview_of_a_like_is_what_then_happens() -> None:
    event = said(POOL, 33, key="next")
    previewed = choose(POOL, update(KNOWN, event.row, event.feedback), sitting(seed=8))
    really = update(KNOWN, event.row, event.feedback)
    assert choose(POOL, really, sitting(seed=8)) == previewed


def test_a_newcomers_slate_is_for_variety_and_says_so() -> None:
    slate = choose(POOL, newcomer(), sitting(slots=5))
    assert is_newcomer(slate)
    assert not is_newcomer(choose(POOL, KNOWN, sitting()))
    assert present(slate, creations_of(POOL)).note == NEWCOMER
    text = POOL.rows[:, geometry.TEXT_BLOCK]
    rng = np.random.default_rng(0)

    def likeness(places: list[int]) -> float:
        cosines = text[places] @ text[places].T
        return float(cosines[np.triu_indices(len(places), 1)].mean())

    ours = [
        likeness([
            POOL.ids.index(s.creation) for s in choose(POOL, newcomer(), sitting(seed=n)).slots
        ])
        for n in range(10)
    ]
    chance = [likeness(rng.permutation(60)[:5].tolist()) for _ in range(200)]
    assert np.mean(ours) < np.mean(chance) - 0.1


def test_a_newcomers_logged_inclusion_agrees_with_the_draws() -> None:
    small = candidates(12, buddies=6)
    slates = [choose(small, newcomer(), sitting(slots=3, seed=s)) for s in range(150)]
    logged = {slot.creation: slot.inclusion for slate in slates for slot in slate.slots}
    for creation, pi in logged.items():
        shown = sum(creation in cards(slate) for slate in slates) / 150
        assert shown == pytest.approx(pi, abs=0.15)
    assert sum(logged.values()) == pytest.approx(3, abs=0.15)


def test_a_large_pool_is_drawn_from_its_best_and_from_every_buddys_best() -> None:
    large = candidates(3_000, buddies=50)
    preference, _ = taught(large, (0, "like"), (1, "dislike"))
    slate = choose(large, preference, sitting(slots=50, exploration=0.1))
    assert len(slate.slots) == 50
    assert CONTENDERS <= len(slate.candidates) < 3_000
    assert len(slate.scores) == len(slate.candidates)


def test_nothing_to_choose_from_and_no_slots_give_an_empty_slate() -> None:
    empty = POOL.only(np.empty(0, np.intp))
    assert choose(empty, KNOWN, sitting()).slots == ()
    assert choose(POOL, KNOWN, sitting(slots=0)).slots == ()
    assert present(choose(empty, KNOWN, sitting()), {}).note == "There is nothing new to show."
    alone = POOL.only(np.array([3]))
    assert cards(choose(alone, newcomer(), sitting())) == [POOL.ids[3]]


def test_bad_sittings_candidates_and_scores_are_refused() -> None:
    with pytest.raises(BadInputError, match="share of 1"):
        choose(POOL, KNOWN, sitting(exploration=1.0))
    with pytest.raises(BadInputError, match="id order"):
        Candidates(ids=POOL.ids[::-1], rows=POOL.rows, buddies=POOL.buddies)
    with pytest.raises(BadInputError, match="59 rows"):
        Candidates(ids=POOL.ids, rows=POOL.rows[1:], buddies=POOL.buddies)
    rows = POOL.rows.copy()
    rows[4, 4] = np.nan
    with pytest.raises(VectorError, match="scores"):
        choose(Candidates(ids=POOL.ids, rows=rows, buddies=POOL.buddies), KNOWN, sitting())


def test_a_presented_card_tells_the_acts_that_brought_it_and_its_parts_add_up() -> None:
    slate = choose(
        POOL,
        KNOWN,
        sitting(exploration=0.5, seed=4),
        explain=lambda row: largest(parts(KNOWN, EVENTS, row)),
    )
    shown = present(slate, creations_of(POOL))
    assert shown.note == ""
    for card in shown.cards:
        assert sum(p.value for p in card.slot.parts) == pytest.approx(card.slot.score, abs=1e-9)
        assert ("exploring" in card.reason) == card.slot.exploring
    assert "because you liked “title" in " ".join(card.reason for card in shown.cards)
    assert [item.creation.id for item in shown.passed] == list(slate.displaced)
    assert shown.given_up >= -1e-12
    with pytest.raises(NotFoundError):
        present(slate, {})


def test_visibility_of_a_new_creation_is_higher_for_what_is_liked_and_at_most_one() -> None:
    near, far = POOL.rows[0], POOL.rows[5]
    liked = visibility(near, POOL, [KNOWN], n=4, tau=0.02)
    disliked = visibility(far, POOL, [KNOWN], n=4, tau=0.02)
    assert 0 <= disliked < liked <= 1
    own = visibility(near, POOL, [KNOWN], n=4, tau=0.02, buddy=POOL.buddies[0])
    assert own < liked
    mean = visibility(near, POOL, [KNOWN, newcomer()], n=4, tau=0.02)
    assert mean == pytest.approx((liked + visibility(near, POOL, [newcomer()], n=4, tau=0.02)) / 2)


def test_visibility_to_somebody_unknown_or_greedy_is_plain_counting() -> None:
    fresh = POOL.rows[0]
    assert visibility(fresh, POOL, [newcomer()], n=4, tau=0.0) == pytest.approx(4 / 13)
    assert visibility(fresh, POOL, [KNOWN], n=4, tau=0.0) == 1.0
    assert visibility(POOL.rows[5], POOL, [KNOWN], n=4, tau=0.0) == 0.0
    assert visibility(fresh, POOL, [], n=4, tau=0.1) == 0.0


def test_a_planned_visibility_is_near_the_exact_inclusion() -> None:
    for place in (0, 7, 30):
        plan = visibility(POOL.rows[place], POOL, [KNOWN], n=4, tau=0.05)
        scores = np.append(POOL.rows, POOL.rows[place][None], axis=0) @ KNOWN.q
        exact = geometry.inclusion(scores, 4, 0.05, groups=np.append(POOL.groups, 12))[-1]
        assert plan == pytest.approx(float(exact), abs=0.05)


def test_a_slate_knows_when_and_from_what_it_was_chosen() -> None:
    slate = choose(POOL, KNOWN, sitting(seed=5))
    assert (slate.at, slate.seed, slate.basis, slate.preference_version) == (NOW, 5, "basis", 3)
    assert slate.candidates == POOL.ids
    np.testing.assert_allclose(slate.scores, POOL.rows @ KNOWN.q)
