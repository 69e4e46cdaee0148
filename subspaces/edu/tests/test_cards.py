"""The card pipeline with a scripted model: cards of courses, true to their facts, and acts that speak of the level."""

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
async def test_two_days_of_courses_bring_true_cards_that_one_can_enrol_from(tmp_path: Path) -> None:
    env = {
        **SCRIPTED,
        "AMMO_STORE": "exact",
        "AMMO_SUBSPACE": "edu",
        "AMMO_HOME": str(tmp_path / "home"),
    }
    loaded = await asyncio.to_thread(load, env=env, cwd=tmp_path)
    async with opened(loaded, access="write") as app:
        world = await app.world()
        reports = [await play(world, most=6) for _ in range(2)]
        cards = [card for report in reports for card in report.published]
        assert len(cards) >= 4
        assert len({card.title.text for card in cards}) == len(cards)
        for card in cards:
            facts = await app.ledger.facts(ids=cited(card))
            assert all("Open Source Society University" in fact.source.name for fact in facts)
            assert all(fact.date <= card.date for fact in facts)
        slate = await views.VERBS["slate"].function(app)
        first, second = (card["id"] for card in slate["cards"][:2])
        for n, (act, card) in enumerate((("enrol", first), ("too-hard", second)), start=1):
            given = await views.VERBS["act"].function(app, act=act, card=card)
            assert given["events"] == n
        kept = await app.ledger.feedback(app.person, world.id)
        said = {(k.act, round(k.reward, 3), k.weight) for k in kept}
        assert said >= {("enrol", 1.0, 2.0), ("too-hard", 0.5, 0.25)}
