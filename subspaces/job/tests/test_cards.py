"""The card pipeline with a scripted model: cards of jobs, true to their facts, with fields and acts of their own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from ammo_subspace_job.plugin import job

from ammo_agents import views
from ammo_agents.app import opened
from ammo_agents.round import cited, play
from ammo_agents.settings import load
from ammo_agents.testing.command import SCRIPTED
from ammo_agents.views.cards import filled


@pytest.mark.timeout(120)
async def test_two_days_of_postings_bring_true_cards_that_can_be_kept(tmp_path: Path) -> None:
    env = {
        **SCRIPTED,
        "AMMO_STORE": "exact",
        "AMMO_SUBSPACE": "job",
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
            assert all(fact.source.licence for fact in facts)
            fields = filled(job.fields, {fact.id: fact for fact in facts}, card)
            if card.entity.startswith("job/posting-"):
                assert "agency" in {field["name"] for field in fields}
        assert any(card.entity.startswith("job/posting-") for card in cards)
        slate = await views.VERBS["slate"].function(app)
        shown = slate["cards"]
        given = await views.VERBS["act"].function(app, act="saved-job", card=shown[0]["id"])
        assert given["events"] == 1
        (kept,) = await app.ledger.feedback(app.person, world.id)
        assert (kept.act, kept.reward, kept.weight) == ("saved-job", 1.0, 2.0)
