"""Properties of seats and of the mixed preference, over generated feeds and logs."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ammo_agents.aipp.feedback import Shown, act_named, feedback
from ammo_agents.aipp.preference import Event, begin, fold, learn
from ammo_agents.geometry import SIZE, TEXT_BLOCK, Basis, MixedFrame
from ammo_agents.records import BuddyId, CreationId, PersonId, SlateId, SubspaceId, Wide
from ammo_agents.round.draw import Known
from ammo_agents.round.traveller import mixed_prior
from ammo_agents.round.turns import MixedDraw
from ammo_agents.settings import Settings
from ammo_agents.user.rank import Candidates, Sitting, choose
from ammo_agents.user.seats import Turns, seated

AT = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
NAMES = tuple(SubspaceId(name) for name in ("alps", "bogs", "capes", "dunes"))
PRIOR = mixed_prior(len(NAMES))


class Still:
    """A clock that stands."""

    def now(self) -> dt.datetime:
        return AT


def phi(rng: np.random.Generator, space: SubspaceId) -> Wide:
    """Return a row of the mixed frame."""
    row = np.zeros(SIZE)
    row[0] = 1.0
    text = rng.standard_normal(TEXT_BLOCK.stop - TEXT_BLOCK.start)
    row[TEXT_BLOCK] = text / np.linalg.norm(text)
    row[TEXT_BLOCK.stop + NAMES.index(space)] = 1.0
    return row


def pool_of(sizes: list[int], rng: np.random.Generator) -> tuple[Candidates, list[SubspaceId]]:
    """Return candidates of so many cards per subspace, three to a buddy."""
    cards = [(s, n) for s, size in zip(NAMES, sizes, strict=True) for n in range(size)]
    rng.shuffle(cards)
    ids = tuple(CreationId(f"c_{k:05d}") for k in range(len(cards)))
    rows = np.array([phi(rng, SubspaceId(s)) for s, _ in cards]).reshape(len(cards), SIZE)
    buddies = tuple(BuddyId(f"{s}/{int(n) // 3}") for s, n in cards)
    return Candidates(ids=ids, rows=rows, buddies=buddies), [SubspaceId(s) for s, _ in cards]


def preference(rng: np.random.Generator, *, unknown: bool = False):  # type: ignore[no-untyped-def]
    nobody = begin(PersonId("you"), SubspaceId("all"), basis="b", prior=PRIOR, width=SIZE)
    return nobody if unknown else replace(nobody, q=rng.standard_normal(SIZE))


@given(
    sizes=st.lists(st.integers(1, 60), min_size=4, max_size=4),
    n=st.integers(2, 12),
    seed=st.integers(0, 999),
    unknown=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_seats_are_dealt_whole_and_the_draw_in_them_is_exact(
    sizes: list[int], n: int, seed: int, unknown: bool
) -> None:
    rng = np.random.default_rng(seed)
    pool, spaces = pool_of(sizes, rng)
    liked = preference(rng, unknown=unknown)
    scores = pool.rows @ liked.q
    turns = Turns(waiting=NAMES, by_turn=True, seed=seed)
    dealt = seated(pool, spaces, scores, n, turns)
    seats = min(n, len(set(pool.buddies)))
    assert dealt.seats is not None
    assert len(set(dealt.seats.tolist())) == seats
    for buddy in set(dealt.buddies):
        at = [s for s, b in zip(dealt.seats.tolist(), dealt.buddies, strict=True) if b == buddy]
        assert len(set(at)) == 1
    slate = choose(dealt, liked, Sitting(at=AT, seed=seed, slots=n))
    space = dict(zip(pool.ids, spaces, strict=True))
    came = [space[slot.creation] for slot in slate.slots]
    assert len(came) == seats
    assert set(came) >= set(NAMES[: (n + 1) // 2])  # whoever's turn it is has a seat
    assert len({pool.buddies[pool.ids.index(slot.creation)] for slot in slate.slots}) == seats
    assert all(0 < slot.propensity <= 1 and 0 < slot.inclusion <= 1 for slot in slate.slots)
    if unknown:
        assert max(map(came.count, NAMES)) - min(map(came.count, NAMES)) <= max(
            1, n - 4 * min(-(-size // 3) for size in sizes)
        )


LOG = st.lists(
    st.tuples(
        st.sampled_from(NAMES), st.sampled_from(("like", "skip", "hide", "save")), st.integers(0, 9)
    ),
    min_size=1,
    max_size=25,
)


def events_of(log: list[tuple[SubspaceId, str, int]]) -> list[Event]:
    found, day = [], 0
    for k, (space, act, wait) in enumerate(log):
        day += wait
        shown = Shown(
            person=PersonId("you"),
            subspace=space,
            creation=CreationId(f"c_{k}"),
            slate=SlateId("s_1"),
        )
        said = feedback(act_named(act), shown, key=f"k{k}", at=AT, day=day)
        row = phi(np.random.default_rng(k), space)
        found.append(Event(feedback=said, row=row, title=f"Card {k}", entity=f"{space}/{k}"))
    return found


@given(log=LOG, seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_every_mixed_sum_is_exact_and_an_undo_is_a_log_without_the_act(
    log: list[tuple[SubspaceId, str, int]], seed: int
) -> None:
    events = events_of(log)
    nobody = begin(PersonId("you"), SubspaceId("all"), basis="b", prior=PRIOR, width=SIZE)
    whole = fold(nobody, events, prior=PRIOR)
    step = nobody
    for event in events:
        step = learn(step, event, prior=PRIOR)
    assert step.q.tobytes() == whole.q.tobytes()
    gone = seed % len(events)
    rest = [e for k, e in enumerate(events) if k != gone]
    step = nobody
    for event in rest:
        step = learn(step, event, prior=PRIOR)
    assert fold(nobody, rest, prior=PRIOR).q.tobytes() == step.q.tobytes()
    draw = MixedDraw(
        person=PersonId("you"),
        subspace=SubspaceId("all"),
        settings=Settings(),
        clock=Still(),
        spaces=NAMES,
        titles={name: name.title() for name in NAMES},
        space_of=lambda _: NAMES[0],
    )
    rng = np.random.default_rng(seed)
    for space in NAMES:
        row = phi(rng, space)
        found = draw.parts(Known(preference=whole, events=events, prior=PRIOR), row)
        assert sum(p.value for p in found) == pytest.approx(float(row @ whole.q), abs=1e-6)
        named = [p.label for p in found if p.kind == "space"]
        less = {f"you like {space.title()}{how} in general" for how in ("", " less")}
        assert set(named) <= less


def test_the_offset_of_an_entity_stands_in_the_column_of_its_subspace() -> None:
    basis = Basis(mean=np.zeros(8), rows=np.eye(64, 8), count=8)
    frame = MixedFrame(basis=basis, spaces=NAMES)
    rows = frame.rows(np.eye(8, dtype=np.float32)[:3], ["bogs/a", "dunes/b", "topic/rain"])
    assert rows.shape == (3, SIZE)
    first = TEXT_BLOCK.stop
    assert [np.flatnonzero(row[first:]).tolist() for row in rows] == [[1], [3], []]
    assert not rows[:, 1:3].any()
    many = MixedFrame(basis=basis, spaces=tuple(SubspaceId(f"s{n}") for n in range(40)))
    assert many.width == first + 40
    assert len(mixed_prior(40).mean) == many.width
