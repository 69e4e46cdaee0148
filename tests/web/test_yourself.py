"""The first three taps and the You page: picks, settings, starting afresh, and what is given out or erased."""

from __future__ import annotations

import json

import pytest

from ammo_agents.app import App
from ammo_agents.errors import BadInputError, NotFoundError
from ammo_agents.round import picks
from ammo_agents.views import feed, first, quotes, sitting, yourself


async def fold_of(app: App) -> tuple[bytes, tuple[str, ...]]:
    """Return the person's preference bit for bit, and the next cards."""
    companion = await app.companion()
    coming = await sitting.coming(app, n=6)
    return (await companion.preference()).q.tobytes(), tuple(coming["ids"])


async def test_somebody_new_is_offered_tiles_that_stand_for_some_of_the_cards(app: App) -> None:
    assert await first.is_new(app)
    offered = await first.tiles(app)
    cards = len(await app.living(app.subspace()))
    assert 3 <= len(offered["tiles"]) <= first.TILES
    assert len({tile["entity"] for tile in offered["tiles"]}) == len(offered["tiles"])
    assert all(tile["cards"] <= max(picks.FEWEST, picks.MOST * cards) for tile in offered["tiles"])


async def test_the_first_card_after_three_taps_says_that_they_were_picked(app: App) -> None:
    tiles = (await first.tiles(app))["tiles"]
    chosen = [tile["entity"] for tile in tiles if tile["subspace"] == app.settings.subspace][:3]
    await first.pick(app, entities=chosen)
    shown = await sitting.sitting(app)
    assert any("you picked" in card["why"] for card in shown["cards"])
    for card in shown["cards"]:
        assert sum(part["value"] for part in card["reasons"]) == pytest.approx(
            card["score"], abs=1e-6
        )
    assert not await first.is_new(app)


async def test_the_same_pick_twice_counts_once(app: App) -> None:
    tile = (await first.tiles(app))["tiles"][0]
    await first.pick(app, entities=[tile["entity"], tile["entity"]])
    await first.pick(app, entities=[tile["entity"]])
    assert len((await app.companion(tile["subspace"])).events) == 1


async def test_a_pick_of_nothing_known_is_refused(app: App) -> None:
    with pytest.raises(NotFoundError):
        await first.pick(app, entities=[f"{app.settings.subspace}/no-such-thing"])
    with pytest.raises(BadInputError):
        await first.pick(app, entities=[f"x/{n}" for n in range(first.TILES + 1)])


async def test_a_topic_that_is_set_and_set_back_leaves_no_trace(app: App) -> None:
    entity = (await first.tiles(app))["tiles"][0]["entity"]
    before = await fold_of(app)
    known = await yourself.stand(app, entity=entity, value="never")
    assert [t["stand"] for t in known["compass"] if t["entity"] == entity] == ["never"]
    assert await fold_of(app) != before
    await yourself.stand(app, entity=entity, value="normal")
    assert await fold_of(app) == before
    with pytest.raises(BadInputError):
        await yourself.stand(app, entity=entity, value="always")


async def test_deleting_an_act_is_as_if_it_had_never_been(app: App) -> None:
    shown = await sitting.sitting(app)
    before = await fold_of(app)
    given = await feed.act(app, act="like", card=shown["cards"][0]["id"])
    ledger = (await yourself.yourself(app))["ledger"]
    assert [(act["act"], act["weight"]) for act in ledger] == [("like", 1.0)]
    await yourself.take_back(app, act=given["feedback"])
    assert await fold_of(app) == before
    assert (await yourself.yourself(app))["ledger"] == []


async def test_starting_afresh_can_be_undone_with_the_same_order_of_cards(app: App) -> None:
    shown = await sitting.sitting(app)
    for card, act in zip(shown["cards"], ("like", "skip", "save"), strict=True):
        await feed.act(app, act=act, card=card["id"])
    before = await fold_of(app)
    assert (await yourself.afresh(app))["put_aside"] == 3
    empty = await yourself.yourself(app)
    assert (empty["events"], empty["beliefs"], empty["asides"]) == (0, [], 3)
    assert empty["topics"]
    assert (await yourself.return_to(app))["returned"] == 3
    assert await fold_of(app) == before
    with pytest.raises(NotFoundError):
        await yourself.return_to(app)


async def test_everything_held_is_one_json_value_with_every_act(app: App) -> None:
    shown = await sitting.sitting(app)
    await feed.act(app, act="save", card=shown["cards"][0]["id"], note="for later")
    held = json.loads(json.dumps(await yourself.everything(app)))
    acts = held["subspaces"][app.settings.subspace]["acts"]
    assert [(act["act"], act["note"]) for act in acts] == [("save", "for later")]
    assert any(entry["kind"] == "sitting" for entry in held["diary"])


async def test_forgetting_everything_says_what_was_erased_and_leaves_somebody_new(app: App) -> None:
    shown = await sitting.sitting(app)
    await feed.act(app, act="like", card=shown["cards"][0]["id"])
    erased = await yourself.erase(app)
    assert sum(erased["erased"].values()) > 0
    assert (await yourself.yourself(app))["events"] == 0
    assert await first.is_new(app)


async def test_a_card_quotes_what_its_sentences_stand_on(app: App) -> None:
    shown = await sitting.sitting(app)
    for card in await quotes.quoted(app, shown["cards"]):
        assert card["sourced"] == card["sentences"] == 1 + len(card["claims"])
        assert [source["number"] for source in card["sources"]] == [
            *range(1, len(card["sources"]) + 1)
        ]
        cited = {id for claim in card["claims"] for id in claim["facts"]}
        assert cited <= card["marks"].keys()
