"""Which of these, and what is said of an entity or a topic, as ordinary events of the fold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from taste_makers import COIN, NOW, YOU, candidates, newcomer, said

from ammo_agents.aipp.explanation import beliefs, parts, without, words
from ammo_agents.aipp.feedback import Shown, When, acts_of, choice, statement
from ammo_agents.aipp.preference import FIXED, Event, aged, begin, choices, fold, update
from ammo_agents.errors import BadInputError, PluginError, VectorError
from ammo_agents.geometry import SIZE
from ammo_agents.geometry.pick import chances
from ammo_agents.ports import Action
from ammo_agents.records import CreationId, EntityId, Preference, SlateId, Subject

POOL = candidates(20)
TAIL = np.random.default_rng(5).normal(size=(20, 6))
GIVEN = st.one_of(
    st.tuples(st.just("act"), st.integers(0, 19), st.sampled_from(["like", "hide", "skip"])),
    st.tuples(st.just("choice"), st.integers(0, 19), st.integers(1, 4)),
)
LOGS = st.lists(st.tuples(GIVEN, st.integers(0, 30)), max_size=12)


def chose(place: int, *over: int, day: int = 0, key: str = "k") -> Event:
    shown = Shown(person=YOU, subspace=COIN, creation=POOL.ids[place], slate=None)
    record = choice(shown, [POOL.ids[p] for p in over], When(key=key, at=NOW, day=day))
    titles = ", ".join(f"title {p}" for p in over)
    return Event(
        feedback=record,
        row=POOL.rows[place],
        title=f"title {place}",
        entity=POOL.buddies[place],
        others=POOL.rows[list(over)],
        over=titles,
    )


def log_of(given: list[tuple[tuple[str, int, object], int]]) -> list[Event]:
    found = []
    for n, ((kind, place, more), day) in enumerate(given):
        if kind == "act":
            found.append(said(POOL, place, str(more), day=day, key=str(n)))
        else:
            over = [(place + 1 + step) % 20 for step in range(int(str(more)))]
            found.append(chose(place, *over, day=day, key=str(n)))
    return found


def with_tails(event: Event) -> Event:
    place = POOL.ids.index(event.feedback.creation)
    others = None
    if event.others is not None:
        places = [POOL.ids.index(c) for c in event.feedback.over]
        others = np.hstack([event.others, TAIL[places]])
    return replace(event, row=np.concatenate([event.row, TAIL[place]]), others=others)


def bits(state: Preference) -> tuple[bytes, bytes, bytes]:
    return state.q.tobytes(), state.precision.tobytes(), state.information.tobytes()


@given(LOGS)
def test_folding_at_once_and_one_by_one_give_the_same_bits(
    given_: list[tuple[tuple[str, int, object], int]],
) -> None:
    events = log_of(given_)
    state = newcomer()
    for event in events:
        state = update(state, event.row, event.feedback, others=event.others)
    assert bits(fold(newcomer(), events)) == bits(state)
    assert (state.precision == state.precision.T).all()


@given(LOGS, st.integers(0, 19), st.integers(0, 60), st.booleans())
def test_the_parts_add_up_with_choices_among_the_events(
    given_: list[tuple[tuple[str, int, object], int]],
    place: int,
    day: int,
    company: bool,
) -> None:
    events, prior, width, row = log_of(given_), FIXED, SIZE, POOL.rows[place]
    if company:
        events, prior = [with_tails(e) for e in events], replace(FIXED, company=0.01)
        width, row = SIZE + TAIL.shape[1], np.concatenate([row, TAIL[place]])
    nobody = begin(YOU, COIN, basis="basis", prior=prior, width=width)
    preference = aged(fold(nobody, events, prior=prior), day, prior=prior)
    found = parts(preference, events, row, prior=prior)
    assert sum(p.value for p in found) == pytest.approx(float(row @ preference.q), abs=1e-9)
    assert len([p for p in found if p.kind == "event"]) == len(events)


def test_a_choice_lifts_its_card_over_the_others_and_says_nothing_of_all_of_them() -> None:
    after = fold(newcomer(), [chose(3, 4, 5)])
    rows = POOL.rows[[3, 4, 5]]
    scores = rows @ after.q
    assert scores[0] > max(scores[1:])
    assert chances(rows, after.q)[0] > 1 / 3 + 0.05
    liked = fold(newcomer(), [said(POOL, 3, "like")])
    assert abs(rows.mean(axis=0) @ after.q - 0.6) < abs(rows.mean(axis=0) @ liked.q - 0.6)


def test_taking_a_choice_back_gives_the_bits_of_a_log_that_never_had_it() -> None:
    events = [said(POOL, 1, key="a"), chose(2, 7, key="b"), said(POOL, 3, "hide", key="c")]
    assert bits(fold(newcomer(), [events[0], events[2]])) == bits(
        fold(newcomer(), [e for e in events if e.feedback.key != "b"])
    )
    assert bits(fold(newcomer(), [])) == bits(newcomer())
    full = fold(newcomer(), events)
    gone = fold(newcomer(), [events[0], events[2]])
    lost = without(full, events, POOL.rows[2])[events[1].feedback.id]
    assert lost == pytest.approx(float(POOL.rows[2] @ (full.q - gone.q)), abs=1e-9)
    assert lost > 0


def test_a_choice_counts_by_its_day_even_if_it_comes_late() -> None:
    events = [said(POOL, 0, day=20, key="a"), chose(2, 7, day=3, key="b")]
    folded = fold(newcomer(), events)
    added = choices(folded, events)[1]
    fresh = choices(
        fold(newcomer(), [events[0], chose(2, 7, day=20, key="b")]),
        [
            events[0],
            chose(2, 7, day=20, key="b"),
        ],
    )[1]
    np.testing.assert_allclose(added.weight, fresh.weight * FIXED.forgetting**17, rtol=1e-9)
    assert folded.day == 20


def test_a_choice_reads_as_one() -> None:
    assert words(chose(3, 4)) == "you chose “title 3” over “title 4”"


def topic(name: str = "engineering") -> Subject:
    return Subject(kind="topic", name=name, text=name, space="s", place=(1.0, 0.0))


def test_a_wish_is_an_event_on_its_own_row_and_a_line_of_its_own() -> None:
    wish = statement("less", YOU, COIN, topic("price talk"), When(key="w", at=NOW, day=0))
    plain = np.eye(SIZE)[:1]
    event = Event(
        feedback=wish,
        row=POOL.rows[4],
        title="price talk",
        entity="topic/price talk",
        others=plain,
        chosen=1,
    )
    assert (wish.reward, wish.weight, wish.creation, wish.slate) == (0.0, 2.0, "", None)
    assert words(event) == "you asked for less “price talk”"
    after = fold(newcomer(), [event])
    assert after.q[0] == pytest.approx(0.6, abs=1e-12)  # only the topic moves, not every card
    assert POOL.rows[4] @ after.q < 0.57
    assert sum(p.value for p in parts(after, [event], POOL.rows[4])) == pytest.approx(
        float(POOL.rows[4] @ after.q), abs=1e-9
    )
    held = beliefs(after, [event])
    assert [(h.entity, h.strength < 0) for h in held] == [("topic/price talk", True)]
    assert held[0].id.startswith("l_")


def test_not_knowing_an_entity_says_nothing_about_taste() -> None:
    bitcoin = Subject(kind="entity", name="Bitcoin", text="Bitcoin.", entity=EntityId("coin/b"))
    answer = statement("unknown", YOU, COIN, bitcoin, When(key="u", at=NOW, day=0))
    event = Event(feedback=answer, row=POOL.rows[0], title="Bitcoin", entity="coin/b")
    after = fold(newcomer(), [event])
    np.testing.assert_allclose(after.q, newcomer().q, atol=1e-15)
    assert beliefs(after, [event]) == ()
    liked = statement("like", YOU, COIN, bitcoin, When(key="l", at=NOW, day=0))
    told = replace(event, feedback=liked)
    assert words(told) == "you said you like “Bitcoin”"


def test_choices_and_statements_that_are_none_are_refused() -> None:
    shown = Shown(person=YOU, subspace=COIN, creation=CreationId("c_a"), slate=SlateId("s"))
    when = When(key="k", at=NOW, day=0)
    twice = [CreationId("c_b"), CreationId("c_b")]
    for over in ([], [CreationId("c_a")], twice):
        with pytest.raises(BadInputError, match="no choice"):
            choice(shown, over, when)
    with pytest.raises(BadInputError, match="no answer is called"):
        statement("adore", YOU, COIN, topic(), when)
    for wrong in (topic(" "), topic("a\x00b"), topic("\ud800")):
        with pytest.raises(BadInputError):
            statement("more", YOU, COIN, wrong, when)
    with pytest.raises(BadInputError, match="key"):
        statement("more", YOU, COIN, topic(), replace(when, key=""))
    with pytest.raises(PluginError):
        acts_of([Action(name="choose", label="x", reward=1.0)])
    bad = chose(1, 2)
    assert bad.others is not None
    with pytest.raises(VectorError, match="shape"):
        fold(newcomer(), [replace(bad, others=bad.others[:, :5])])
    with pytest.raises(VectorError, match="NaN"):
        fold(newcomer(), [replace(bad, others=bad.others * np.nan)])
