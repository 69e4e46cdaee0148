"""The whole loop inside one process, with the scripted model: rounds, slates, acts, the index."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from ammo_agents import views
from ammo_agents.app import App, opened
from ammo_agents.errors import BadInputError, LockedError, NotFoundError, SpaceMismatchError
from ammo_agents.records import IdeaKind
from ammo_agents.round import cited, play
from ammo_agents.runtime import Runtime
from ammo_agents.settings import Loaded

Make = Callable[..., Awaitable[Loaded]]
START = dt.date(2020, 3, 8)
pytestmark = pytest.mark.timeout(180)


async def call(app: App, verb: str, **arguments: object) -> dict:
    return await views.VERBS[verb].function(app, **arguments)


async def test_a_round_publishes_grounded_cards_and_keeps_its_day(settings_of: Make) -> None:
    async with opened(await settings_of(AMMO_STORE="exact"), access="write") as app:
        world = await app.world(start=START)
        report = await play(world, most=6)
        assert report.date == START
        assert len(report.published) >= 4
        for creation in report.published:
            kept = await app.ledger.creation(creation.id)
            assert kept == creation
            facts = await app.ledger.facts(ids=cited(creation))
            assert {f.id for f in facts} == set(cited(creation))
            assert creation.cost <= app.settings.cost_limit
        assert await app.ledger.day(world.id) == START


async def test_a_round_that_was_killed_publishes_nothing_twice(settings_of: Make) -> None:
    loaded = await settings_of(AMMO_STORE="exact")
    async with opened(loaded, access="write") as app:
        world = await app.world(start=START)
        await play(world, most=6)
        first = {c.id for c in await app.ledger.creations()}
    async with opened(loaded, access="write") as app:
        # As if the process had died before the day was kept: its round is played again.
        world = await app.world()
        world.triggers = await app._triggers(app.subspace(), START)
        await play(world, most=6)
        again = await app.ledger.creations()
    assert {c.id for c in again} == first


async def test_three_likes_move_the_next_slate_and_an_undo_moves_it_back(settings_of: Make) -> None:
    async with opened(await settings_of(AMMO_STORE="exact", AMMO_SLOTS="4"), access="write") as app:
        runtime = Runtime(world=await app.world(start=START), per_round=8)
        await runtime.run(rounds=4)
        first = await call(app, "slate")
        companion = await app.companion()
        before = (await companion.preference()).q.copy()
        planned = await companion._following(companion._state(), [])
        for card in first["cards"][:3]:
            answer = await call(app, "act", act="like", card=card["id"])
        assert answer["events"] == 3
        moved = await companion._following(companion._state(), companion.events)
        assert moved != planned
        for _ in range(3):
            await call(app, "undo")
        assert np.array_equal((await companion.preference()).q, before)
        with pytest.raises(NotFoundError):
            await call(app, "undo")


async def test_a_preview_is_what_then_happens(settings_of: Make) -> None:
    async with opened(await settings_of(AMMO_STORE="exact", AMMO_SLOTS="4"), access="write") as app:
        runtime = Runtime(world=await app.world(start=START), per_round=8)
        await runtime.run(rounds=3)
        first = await call(app, "slate")
        card = first["cards"][1]["id"]
        planned = (await call(app, "preview", act="save", card=card))["next_ids"]
        await call(app, "act", act="save", card=card)
        then = await call(app, "slate")
        assert [c["id"] for c in then["cards"]] == planned


async def test_the_reasons_of_a_card_add_up_to_its_score(settings_of: Make) -> None:
    async with opened(await settings_of(AMMO_STORE="exact", AMMO_SLOTS="5"), access="write") as app:
        runtime = Runtime(world=await app.world(start=START), per_round=8)
        await runtime.run(rounds=3)
        first = await call(app, "slate")
        for card, act in zip(
            first["cards"], ["like", "skip", "hide", "save", "dislike"], strict=False
        ):
            await call(app, "act", act=act, card=card["id"])
        second = await call(app, "slate")
        for card in [*first["cards"], *second["cards"]]:
            why = await call(app, "why", card=card["id"])
            assert sum(p["value"] for p in why["parts"]) == pytest.approx(why["score"], abs=1e-6)
            assert why["sources"]
        for card in second["cards"]:
            assert sum(r["value"] for r in card["reasons"]) == pytest.approx(
                card["score"], abs=1e-6
            )


async def test_a_restart_keeps_every_act_and_the_same_preference(settings_of: Make) -> None:
    loaded = await settings_of(AMMO_STORE="exact")
    async with opened(loaded, access="write") as app:
        await Runtime(world=await app.world(start=START), per_round=8).run(rounds=2)
        slate = await call(app, "slate")
        for card in slate["cards"][:2]:
            await call(app, "act", act="like", card=card["id"])
        q = (await (await app.companion()).preference()).q.copy()
    async with opened(loaded, access="write") as app:
        companion = await app.companion()
        assert np.array_equal((await companion.preference()).q, q)
        world = await app.world()
        assert (await play(world, most=2)).date == START + dt.timedelta(days=2)


async def test_acts_on_cards_never_shown_and_unknown_acts_are_refused(settings_of: Make) -> None:
    async with opened(await settings_of(AMMO_STORE="exact", AMMO_SLOTS="1"), access="write") as app:
        await play(await app.world(start=START), most=6)
        shown = (await call(app, "slate"))["cards"][0]["id"]
        other = next(c.id for c in await app.ledger.creations() if c.id != shown)
        with pytest.raises(NotFoundError, match="never shown"):
            await call(app, "act", act="like", card=other)
        with pytest.raises(BadInputError, match="no act"):
            await call(app, "act", act="adore", card=shown)
        one = await call(app, "act", act="like", card=shown)
        two = await call(app, "act", act="like", card=shown)
        assert (one["repeated"], two["repeated"]) == (False, True)
        assert (await call(app, "you"))["events"] == 1


async def test_another_embedder_is_refused(settings_of: Make) -> None:
    async with opened(await settings_of(AMMO_STORE="exact"), access="write") as app:
        await app.world(start=START)
        await app.ledger.set_meta("space", "another-fingerprint")
    async with opened(await settings_of(AMMO_STORE="exact"), access="write") as app:
        with pytest.raises(SpaceMismatchError, match="another-fingerprint"):
            await app.embedder()


async def test_a_second_owner_is_refused(settings_of: Make) -> None:
    loaded = await settings_of(AMMO_STORE="exact")
    async with opened(loaded, access="write"):
        with pytest.raises(LockedError):
            async with opened(loaded, access="write"):
                pass


async def test_all_five_kinds_of_idea_are_written(settings_of: Make) -> None:
    async with opened(await settings_of(AMMO_STORE="exact", AMMO_SLOTS="6"), access="write") as app:
        world = await app.world(start=START)
        kinds = set()
        for _ in range(9):
            report = await play(world, most=6)
            kinds |= {c.kind for c in report.published}
            shown = await call(app, "slate")
            if shown["cards"]:
                await call(app, "act", act="like", card=shown["cards"][0]["id"])
        asked = await call(app, "write", words="@bitcoin the long fall")
        assert asked["card"] is None or asked["card"]["kind"] == "request"
        kinds |= {IdeaKind.REQUEST} if asked["card"] else set()
        assert {
            IdeaKind.REQUEST,
            IdeaKind.SIGNAL,
            IdeaKind.SCHEDULE,
            IdeaKind.CURIOSITY,
            IdeaKind.QUERY,
        } <= kinds


async def test_the_loop_rests_while_nobody_looks(settings_of: Make) -> None:
    async with opened(await settings_of(AMMO_STORE="exact"), access="write") as app:
        companion = await app.companion()
        runtime = Runtime(
            world=await app.world(start=START),
            waiting=companion.waiting,
            most_waiting=5,
            seconds_per_day=0.0,
            per_round=4,
        )

        def when_full() -> int:
            if companion.waiting() >= runtime.most_waiting:
                runtime.stop()
            return companion.waiting()

        runtime.waiting = when_full
        await runtime.run()
        assert companion.waiting() >= 5
        assert runtime.published <= 8


async def test_a_whole_space_moves_to_another_embedder_and_the_taste_comes_along(
    settings_of: Make,
) -> None:
    async with opened(await settings_of(AMMO_STORE="exact"), access="write") as app:
        await play(await app.world(start=START), most=6)
        card = (await call(app, "slate", n=2))["cards"][0]["id"]
        await call(app, "act", act="like", card=card)
        moved = await call(app, "reembed", embedder="scripted/wide")
        assert moved["creations"] >= 4
    async with opened(await settings_of(AMMO_STORE="exact"), access="write") as app:
        with pytest.raises(SpaceMismatchError, match="hash-96"):
            await app.embedder()
    wide = await settings_of(AMMO_STORE="exact", AMMO_EMBEDDER="scripted/wide")
    async with opened(wide, access="write") as app:
        _, rows = await app.ledger.vectors()
        assert rows.shape == (moved["creations"], 96)
        why = await call(app, "why", card=card)
        assert why["score"] > 0.6
        assert sum(p["value"] for p in why["parts"]) == pytest.approx(why["score"], abs=1e-6)
        assert (await play(await app.world(), most=4)).published
