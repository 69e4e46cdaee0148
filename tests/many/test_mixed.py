"""One User Buddy in front of four subspaces: one preference, exact sums, a turn for everybody (W5, W11)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import numpy as np
import pytest

from ammo_agents import views
from ammo_agents.app import App
from ammo_agents.errors import NotFoundError
from ammo_agents.geometry import SIZE
from ammo_agents.records import CreationId, PersonId, SubspaceId
from ammo_agents.round.traveller import Traveller

SPACES = ("isles", "school", "stars", "work")
Again = Callable[[], AbstractAsyncContextManager[App]]


async def call(app: App, verb: str, **arguments: object) -> dict:
    return await views.VERBS[verb].function(app, **arguments)


async def everything(app: App) -> Traveller:
    found = await app.companion("all")
    assert isinstance(found, Traveller)
    return found


async def liked(app: App, space: str, cards: int = 1) -> list[dict]:
    """Show cards of one subspace and like the first ones."""
    shown = (await call(app, "slate", n=max(cards, 3), subspace=space))["cards"][:cards]
    for one in shown:
        await call(app, "act", act="like", card=one["id"])
    return shown


async def test_a_newcomers_first_slate_has_all_four_subspaces_in_equal_parts(app: App) -> None:
    found = await call(app, "slate", n=8, subspace="all")
    assert Counter(c["subspace"] for c in found["cards"]) == dict.fromkeys(SPACES, 2)
    assert len({c["buddy"] for c in found["cards"]}) == 8
    slate = await app.ledger.slate(found["slate"])
    assert slate.subspace == "all"
    assert all(0 < slot.propensity <= 1 and 0 < slot.inclusion <= 1 for slot in slate.slots)


async def test_the_parts_of_a_mixed_card_add_up_to_its_score(app: App) -> None:
    await liked(app, "stars", 2)
    await liked(app, "work")
    for card in (await call(app, "slate", n=8, subspace="all"))["cards"]:
        assert sum(r["value"] for r in card["reasons"]) == pytest.approx(card["score"], abs=1e-6)
        found = await call(app, "why", card=card["id"], subspace="all")
        assert sum(p["value"] for p in found["parts"]) == pytest.approx(found["score"], abs=1e-6)
        space = app.subspace(card["subspace"])
        general = [p["label"] for p in found["parts"] if p["kind"] == "space"]
        if card["subspace"] in {"stars", "work"}:
            assert general == [f"you like {space.title} in general"]


async def test_an_act_counts_once_in_the_mixed_and_in_the_single_feed_whoever_is_open(
    app: App,
) -> None:
    mixed, single = await everything(app), await app.companion("work")
    card = next(
        c
        for c in (await call(app, "slate", n=8, subspace="all"))["cards"]
        if c["subspace"] == "work"
    )
    assert "apply" in card["acts"]
    given = await call(app, "act", act="apply", card=card["id"])
    kept = (await app.ledger.feedback(app.person))[-1]
    assert (kept.subspace, kept.act, kept.slate) == ("work", "apply", card_slate(mixed))
    assert [e.feedback.id for e in mixed.events] == [e.feedback.id for e in single.events]
    assert given["events"] == 1
    assert (await call(app, "act", act="apply", card=card["id"]))["repeated"]
    assert len(single.events) == 1
    # What the mixed feed has shown is not shown again by the single one.
    rest = await single.recall(await single.preference())
    assert CreationId(card["id"]) not in rest.ids
    # Said in the single feed, known in the mixed one.
    await liked(app, "isles")
    assert [e.feedback.subspace for e in (await everything(app)).events] == ["work", "isles"]


def card_slate(mixed: Traveller) -> str:
    return mixed._path[-1][0]


async def test_an_undo_in_either_place_undoes_for_both_exactly(app: App) -> None:
    mixed, work = await everything(app), await app.companion("work")
    await liked(app, "stars")
    await app.companion("all")
    before = (await mixed.preference()).q.tobytes(), (await work.preference()).q.tobytes()
    slate = await call(app, "slate", n=8, subspace="all")
    card = next(c["id"] for c in slate["cards"] if c["subspace"] == "work")
    await call(app, "act", act="like", card=card)
    assert (await mixed.preference()).q.tobytes() != before[0]
    await call(app, "undo", card=card, subspace="work")
    await app.companion("all")
    now = (await mixed.preference()).q.tobytes(), (await work.preference()).q.tobytes()
    assert now == before
    await call(app, "act", act="save", card=card)
    await call(app, "undo", card=card, subspace="all")
    assert ((await mixed.preference()).q.tobytes(), (await work.preference()).q.tobytes()) == before
    with pytest.raises(NotFoundError, match="no act to take back"):
        await call(app, "undo", card=card, subspace="all")


async def test_acts_are_folded_in_the_order_of_the_log_and_a_restart_gives_the_same_bits(
    app: App, again: Again
) -> None:
    mixed = await everything(app)
    for space in ("stars", "work", "stars", "isles"):
        await liked(app, space)
        await app.companion("all")
    log = [act.id for act in await app.ledger.feedback(app.person)]
    assert [e.feedback.id for e in mixed.events] == log
    folded = mixed._folded(mixed.events)
    kept = mixed._state()
    assert (folded.q.tobytes(), folded.precision.tobytes()) == (
        kept.q.tobytes(),
        kept.precision.tobytes(),
    )
    assert len(kept.q) == SIZE
    titles = [c["id"] for c in (await call(app, "slate", n=5, subspace="all"))["cards"]]
    assert titles
    waiting = await mixed.draw.upcoming(
        mixed.known(await mixed.preference()), await mixed.recall(await mixed.preference()), 4
    )
    await app.parts.stack.aclose()
    async with again() as second:
        there = await everything(second)
        assert there._state().q.tobytes() == kept.q.tobytes()
        preference = await there.preference()
        pool = await there.recall(preference)
        assert await there.draw.upcoming(there.known(preference), pool, 4) == waiting


async def test_acts_at_once_in_several_feeds_all_count_once(app: App) -> None:
    mixed = await everything(app)
    shown = [c for s in SPACES for c in (await call(app, "slate", n=3, subspace=s))["cards"]]
    await asyncio.gather(*(call(app, "act", act="like", card=c["id"]) for c in shown))
    await app.companion("all")
    log = await app.ledger.feedback(app.person)
    assert [e.feedback.id for e in mixed.events] == [act.id for act in log]
    assert len(log) == len(shown)
    folded = mixed._folded(mixed.events)
    assert folded.q.tobytes() == mixed._state().q.tobytes()


async def test_nobody_takes_up_what_another_person_said(app: App) -> None:
    bea = app.of(PersonId("bea"))
    mine, hers = await everything(app), await everything(bea)
    await liked(app, "stars", 2)
    await call(app, "slate", n=4, subspace="all")
    await app.companion("all")
    await bea.companion("all")
    assert (len(mine.events), len(hers.events)) == (2, 0)
    assert not hers._seen
    assert np.array_equal(hers._state().q, hers._folded([]).q)


@pytest.mark.parametrize("n", [1, 3])
async def test_no_subspace_is_starved_by_the_size_or_the_liking_of_another(
    app: App, n: int
) -> None:
    mixed = await everything(app)
    await liked(app, "stars", 3)
    await app.companion("all")
    came: list[SubspaceId] = []
    for _ in range(24 // n):
        slate = await mixed.rank(n)
        await mixed.present(slate)
        came += [mixed.space_of(slot.creation) for slot in slate.slots]
        assert sum(slot.propensity <= 0 for slot in slate.slots) == 0
        assert {slot.creation for slot in slate.slots} <= set(slate.candidates)
        assert len(slate.scores) == len(slate.candidates)
    # Isles has six cards in all; the others can go on.
    window = 2 * len(SPACES) + 2
    for start in range(len(came) - window + 1):
        assert {"school", "stars", "work"} <= set(came[start : start + window])
    assert Counter(came)["isles"] >= 2
    assert Counter(came)["stars"] > Counter(came)["work"]


async def test_a_mixed_sitting_goes_on_after_acts_and_lets_a_card_go_with_its_undo(
    app: App,
) -> None:
    found = await call(app, "sitting", subspace="all")
    assert len({c["subspace"] for c in found["cards"]}) == 3
    assert found["subspaces"][-1] == {"id": "all", "title": "Everything"}
    answer = await call(app, "sitting_act", act="like", card=found["cards"][0]["id"])
    assert answer["next"] is not None
    assert answer["receipt"]["words"].startswith("You liked")
    path = list((await everything(app)).way.path)
    undone = await call(app, "sitting_undo", feedback=answer["receipt"]["feedback"], subspace="all")
    assert undone["withdrawn"] == answer["next"]["id"]
    assert (await everything(app)).way.path == path[:-1]
    again = await call(app, "sitting_act", act="like", card=found["cards"][0]["id"])
    assert again["next"]["id"] == answer["next"]["id"]


async def test_a_peek_says_what_comes_after_an_act_in_the_mixed_feed(app: App) -> None:
    found = await call(app, "sitting", subspace="all")
    card = found["cards"][1]["id"]
    peeked = await call(app, "peek", act="like", card=card)
    answer = await call(app, "sitting_act", act="like", card=card)
    assert answer["next"]["id"] == peeked["ids"][0]
