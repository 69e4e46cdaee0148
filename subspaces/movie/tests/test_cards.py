"""The card pipeline with a scripted model: cards of films, true to their facts, with titles of their own, and stars for them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ammo_agents import views
from ammo_agents.app import opened
from ammo_agents.round import cited, play
from ammo_agents.settings import load
from ammo_agents.testing.command import SCRIPTED


@pytest.mark.timeout(120)
async def test_two_days_of_films_bring_true_cards_that_can_be_given_stars(tmp_path: Path) -> None:
    env = {
        **SCRIPTED,
        "AMMO_STORE": "exact",
        "AMMO_SUBSPACE": "movie",
        "AMMO_HOME": str(tmp_path / "home"),
    }
    loaded = await asyncio.to_thread(load, env=env, cwd=tmp_path)
    async with opened(loaded, access="write") as app:
        world = await app.world()
        reports = [await play(world, most=6) for _ in range(2)]
        cards = [card for report in reports for card in report.published]
        assert len(cards) >= 4
        assert len({card.title.text for card in cards}) == len(cards)
        films = {card.entity for card in cards if card.buddy != card.entity}
        assert films <= {e.id for e in world.knowledge.entities if e.kind == "film"}
        assert films
        for card in cards:
            facts = await app.ledger.facts(ids=cited(card))
            assert all("Wikipedia contributors" in fact.source.name for fact in facts)
        slate = await views.VERBS["slate"].function(app)
        given = await views.VERBS["act"].function(app, act="rate4", card=slate["cards"][0]["id"])
        assert given["events"] == 1
        (kept,) = await app.ledger.feedback(app.person, world.id)
        assert (kept.act, round(kept.reward, 3), kept.weight) == ("rate4", 0.778, 2.0)
