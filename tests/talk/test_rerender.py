"""A card shown another way says nothing that its facts do not say (W12)."""

from __future__ import annotations

import asyncio
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ammo_agents.app import App
from ammo_agents.records import Claim, Creation, Fact, FactId
from ammo_agents.round import cited
from ammo_agents.round.conversation import gate_of
from ammo_agents.round.rerender import CHANGES, Rendering, as_written, rerender, way_of, with_facts

WAYS = sorted(CHANGES)
NUMBER = re.compile(r"\d[\d.,]*\d|\d")


async def card_of(app: App) -> tuple[Creation, dict[FactId, Fact], list[Fact]]:
    creation = max(await app.ledger.creations(), key=lambda c: len(c.claims))
    facts = {f.id: f for f in await app.ledger.facts(ids=cited(creation))}
    others = [f for f in await app.ledger.facts(subspace=creation.subspace) if f.id not in facts]
    return creation, facts, others


def claims(shown: Rendering) -> list[Claim]:
    return [shown.title, *([shown.hook] if shown.hook else []), *shown.claims]


async def test_no_rendering_says_what_no_cited_fact_says(app: App) -> None:
    creation, facts, others = await card_of(app)
    knowledge = await app.knowledge(app.subspace())
    passes = gate_of(app.subspace().wordings, {e.id: e for e in knowledge.entities})
    own = {c.text for c in claims(as_written(creation))}

    @given(
        ways=st.lists(st.sampled_from(WAYS), max_size=6),
        more=st.lists(st.sampled_from(others), max_size=3),
    )
    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    def holds(ways: list[str], more: list[Fact]) -> None:
        known = {**facts, **{f.id: f for f in more}}
        shown = with_facts(as_written(creation), more, asked="what about that") if more else None
        for way in ways:
            shown = rerender(creation, known, way, shown)
        if shown is None:
            return
        for claim in claims(shown):
            stated = [known[i] for i in claim.facts]
            assert claim.text in own or claim.text in {f.statement for f in stated}
            support = " ".join(f.statement for f in stated)
            assert set(NUMBER.findall(claim.text)) <= set(NUMBER.findall(support))
            if claim.text not in own and stated[0].quantities:
                assert passes(claim.text, stated)
        if shown.numbers is not None:
            texts = {q.text for i in shown.numbers.facts for q in known[i].quantities}
            assert {row[1] for row in shown.numbers.rows} <= texts

    await asyncio.to_thread(holds)


async def test_shorter_is_shorter_until_only_the_hook_is_left(app: App) -> None:
    creation, facts, _ = await card_of(app)
    shown = as_written(creation)
    while shown.claims:
        fewer = rerender(creation, facts, "shorter", shown)
        assert len(fewer.claims) < len(shown.claims)
        assert [c for c in shown.claims if c in fewer.claims] == list(fewer.claims)
        shown = fewer
    assert shown.hook == creation.hook


async def test_only_the_numbers_is_a_table_of_the_facts_numbers(app: App) -> None:
    creation, facts, _ = await card_of(app)
    table = rerender(creation, facts, "numbers").numbers
    assert table is not None
    wanted = {
        q.text for f in facts.values() for q in f.quantities if q.unit not in {"name", "date"}
    }
    assert {row[1] for row in table.rows} == wanted


@pytest.mark.parametrize(
    ("words", "way"),
    [
        ("shorter", "shorter"),
        ("Shorter, please!", "shorter"),
        ("please make it a bit shorter", "shorter"),
        ("Can you make it shorter?", "shorter"),
        ("tl;dr", "shorter"),
        ("only the numbers", "numbers"),
        ("just the figures please", "numbers"),
        ("Numbers first.", "numbers_first"),
        ("explain simply", "simply"),
        ("Explain it simply please", "simply"),
        ("say it in plain English", "simply"),
        ("more detail", "longer"),
        ("as written", "written"),
        ("show the original", "written"),
        ("newest first", "newest"),
        ("what about Ethereum?", None),
        ("why is it shorter than before?", None),
        ("Does explaining simply help?", None),
        ("less price talk", None),
    ],
)
def test_what_is_asked_for_is_read_whole_or_not_at_all(words: str, way: str | None) -> None:
    assert way_of(words) == way
