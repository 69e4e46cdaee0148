"""A sitting: finite, one card after an act, a receipt for each, and an undo that is exact."""

from __future__ import annotations

import asyncio
import datetime as dt

from ammo_agents.app import App
from ammo_agents.records import PersonId
from ammo_agents.round.sitting import OPENING, Sitting
from ammo_agents.views import profiles, sitting


async def loaded(app: App) -> Sitting:
    """Return the sitting as another process would read it."""
    companion = await app.companion()
    await companion.load()
    here = Sitting(companion=companion)
    await here.load()
    return here


def opened(found: dict[str, object]) -> list[str]:
    """Return the ids of the cards nobody answered."""
    cards = found["cards"]
    assert isinstance(cards, list)
    return [card["id"] for card in cards if card["state"] == "open"]


async def test_a_sitting_lays_a_few_cards_open_and_shows_them_again(app: App) -> None:
    first = await sitting.sitting(app)
    again = await sitting.sitting(app)
    assert len(first["cards"]) == OPENING
    assert [c["id"] for c in again["cards"]] == [c["id"] for c in first["cards"]]
    assert (first["slots"], first["left"]) == (8, 8 - OPENING)


async def test_each_act_brings_one_card_until_the_slots_are_filled(app: App) -> None:
    found = await sitting.sitting(app)
    while opened(found):
        await sitting.act(app, act="skip", card=opened(found)[0])
        found = await sitting.standing(app)
    assert len(found["cards"]) == found["slots"] == 8
    assert found["end"]["spent"]
    assert (await sitting.more(app))["next"] is None


async def test_what_a_peek_tells_is_what_then_comes(app: App) -> None:
    found = await sitting.sitting(app)
    for card in opened(found):
        told = await sitting.peek(app, card=card)
        answer = await sitting.act(app, act="like", card=card)
        assert answer["next"]["id"] == told["ids"][0]
        assert (await sitting.coming(app, n=2))["ids"] == told["ids"][1:]


async def test_a_like_moves_what_comes_and_says_so(app: App) -> None:
    found = await sitting.sitting(app)
    before = await sitting.coming(app, n=6)
    receipt = (await sitting.act(app, act="like", card=opened(found)[0]))["receipt"]
    assert receipt["after"] > receipt["before"]
    assert receipt["more"]
    assert (await sitting.coming(app, n=6))["ids"] != before["ids"]


async def test_undo_brings_back_order_cards_and_preference_exactly(app: App) -> None:
    companion = await app.companion()
    found = await sitting.sitting(app)
    await sitting.act(app, act="save", card=opened(found)[0])
    before = await sitting.coming(app, n=8)
    shown = [c["id"] for c in (await sitting.standing(app))["cards"]]
    state = await companion.preference()
    card = opened(await sitting.standing(app))[0]
    given = await sitting.act(app, act="like", card=card)
    back = await sitting.undo(app, feedback=given["receipt"]["feedback"])
    assert back["withdrawn"] == given["next"]["id"]
    assert [c["id"] for c in (await sitting.standing(app))["cards"]] == shown
    assert await sitting.coming(app, n=8) == before
    after = await companion.preference()
    assert after.q.tobytes() == state.q.tobytes()
    assert after.precision.tobytes() == state.precision.tobytes()


async def test_a_card_that_was_answered_is_not_withdrawn(app: App) -> None:
    found = await sitting.sitting(app)
    given = await sitting.act(app, act="like", card=opened(found)[0])
    await sitting.act(app, act="skip", card=given["next"]["id"])
    back = await sitting.undo(app, feedback=given["receipt"]["feedback"])
    assert back["withdrawn"] is None


async def test_another_process_finds_the_same_sitting(app: App) -> None:
    found = await sitting.sitting(app)
    liked = await sitting.act(app, act="like", card=opened(found)[0])
    gone = await sitting.act(app, act="save", card=opened(found)[1])
    await sitting.undo(app, feedback=gone["receipt"]["feedback"])
    here = await sitting.sitting_of(app, None)
    before, coming = list(here.places), await here.coming(6)
    other = await loaded(app)
    assert [p.creation for p in other.places] == [p.creation for p in before]
    assert other.receipts[liked["receipt"]["feedback"]].after == liked["receipt"]["after"]
    assert await other.coming(6) == coming


async def test_two_acts_at_once_each_bring_a_card_of_their_own(app: App) -> None:
    found = await sitting.sitting(app)
    one, two, _ = opened(found)
    answers = await asyncio.gather(
        sitting.act(app, act="like", card=one), sitting.act(app, act="skip", card=two)
    )
    assert answers[0]["next"]["id"] != answers[1]["next"]["id"]
    assert len((await sitting.standing(app))["cards"]) == OPENING + 2


async def test_the_same_act_twice_brings_one_card(app: App) -> None:
    found = await sitting.sitting(app)
    card = opened(found)[0]
    first = await sitting.act(app, act="like", card=card)
    again = await sitting.act(app, act="like", card=card)
    assert again["receipt"]["repeated"]
    assert again["next"]["id"] == first["next"]["id"]
    assert len((await sitting.standing(app))["cards"]) == OPENING + 1


async def test_people_have_sittings_and_choices_of_their_own(app: App) -> None:
    bea = app.of(PersonId("bea"))
    await profiles.choose(bea, name="slots", value=4)
    mine, hers = await sitting.sitting(app), await sitting.sitting(bea)
    assert (mine["slots"], hers["slots"]) == (8, 4)
    await sitting.act(bea, act="like", card=opened(hers)[0])
    assert (await sitting.standing(app))["events"] == 0
    assert (await sitting.standing(bea))["events"] == 1


async def test_a_feed_that_is_not_personalised_gives_no_reason(app: App) -> None:
    found = await sitting.sitting(app)
    await sitting.act(app, act="like", card=opened(found)[0])
    await profiles.choose(app, name="mix", value="plain")
    drawn = (await sitting.more(app))["next"]
    assert drawn["score"] == 0.0
    assert drawn["reasons"] == []


async def test_a_fresh_feed_shows_the_last_days_only(app: App) -> None:
    companion = await app.companion()
    newest = max(one.date for one in companion.living.about)
    await profiles.choose(app, name="mix", value="fresh")
    found = await sitting.sitting(app)
    days = {dt.date.fromisoformat(card["date"]) for card in found["cards"]}
    assert min(days) >= newest - dt.timedelta(days=3)


async def test_the_parts_of_a_card_and_the_rest_add_up_to_its_score(app: App) -> None:
    found = await sitting.sitting(app)
    await sitting.act(app, act="like", card=opened(found)[0])
    for card in (await sitting.standing(app))["cards"][OPENING:]:
        assert abs(sum(part["value"] for part in card["reasons"]) - card["score"]) < 1e-6
