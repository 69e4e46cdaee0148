"""Every card that AMMO brings along: it stands on facts that came with it, and says nothing beyond them."""

from __future__ import annotations

import datetime as dt
import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from ammo_agents.goal.gate import judge
from ammo_agents.goal.licence import licence
from ammo_agents.ports import Subspace
from ammo_agents.records import Claim, ClaimBlock, FactId
from ammo_agents.round import cited
from ammo_agents.round.seeds import Pack, pack_up
from ammo_agents.views.cards import fact as fact_view

BENCH = Path(__file__).parents[2] / "bench" / "check_numbers.py"


@pytest.fixture(scope="module")
def rule() -> ModuleType:
    """The outside check of numbers, as the bench has it."""
    spec = importlib.util.spec_from_file_location("check_numbers", BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_number_and_date_of_a_card_is_in_the_facts_it_cites(
    pack: Pack, rule: ModuleType
) -> None:
    facts = {fact.id: fact_view(fact) for fact in pack.facts}
    stated = 0
    for creation in pack.creations:
        blocks = [b.claim for b in creation.blocks if isinstance(b, ClaimBlock)]
        for claim in (creation.title, creation.hook, *creation.claims, *blocks):
            numbers, days = _known(claim, facts, rule)
            for number in rule.numbers(_without_names(claim, facts)):
                stated += 1
                assert any(abs(number - abs(n)) <= 1e-9 for n in numbers), claim.text
            assert rule.dates(claim.text) <= days, claim.text
    assert stated > len(pack.creations)


def _known(
    claim: Claim, facts: dict[FactId, dict[str, Any]], rule: ModuleType
) -> tuple[set[float], set[dt.date]]:
    numbers: set[float] = set()
    days: set[dt.date] = set()
    for id in claim.facts:
        some, when = rule.known(facts[id])
        numbers |= some
        days |= when
    return numbers, days


def _without_names(claim: Claim, facts: dict[FactId, dict[str, Any]]) -> str:
    """Return the sentence without the names in it: there is a number in *12 Angry Men*."""
    quantities = [q for id in claim.facts for q in facts[id]["numbers"] if q["unit"] == "name"]
    text = claim.text
    for name in sorted((str(q["value"]) for q in quantities), key=len, reverse=True):
        text = text.replace(name, " ")
    return text


def test_cards_are_written_by_a_model_and_have_no_unsupported_claim_left(pack: Pack) -> None:
    assert all(c.cost == 0.0 for c in pack.creations)
    by = [c.model for c in pack.creations]
    assert set(by) <= {"local/smollm2-135m", "realiser"}
    assert by.count("realiser") <= 0.1 * len(by)
    authors = [c.author for card in pack.creations for c in (card.title, card.hook, *card.claims)]
    assert authors.count("model") > 0.5 * len(authors)


def test_a_pack_brings_the_facts_its_cards_cite_and_no_others(pack: Pack) -> None:
    assert {f.id for f in pack.facts} == {id for c in pack.creations for id in cited(c)}


def test_there_is_enough_for_several_sittings_and_no_title_comes_twice(pack: Pack) -> None:
    assert len(pack.creations) >= 60
    assert len({c.title.text.lower() for c in pack.creations}) == len(pack.creations)
    assert len({c.buddy for c in pack.creations}) >= 12


def test_every_card_lives_on_the_day_the_world_has_reached(pack: Pack) -> None:
    assert all(pack.day - dt.timedelta(days=30) <= c.date <= pack.day for c in pack.creations)


def test_a_card_of_a_pack_is_said_by_a_buddy_that_exists(subspace: Subspace, pack: Pack) -> None:
    known = subspace.knowledge()
    assert subspace.buddies is not None
    buddies = {b.id for b in subspace.buddies(known)}
    assert {c.buddy for c in pack.creations} <= buddies
    assert {c.entity for c in pack.creations} <= {e.id for e in known.entities}


def test_no_two_cards_lie_at_the_same_place(pack: Pack) -> None:
    near = pack.creation_rows @ pack.creation_rows.T
    np.fill_diagonal(near, 0.0)
    assert near.max() < 0.999


def test_a_pack_stays_small_in_the_wheel(subspace: Subspace, pack: Pack) -> None:
    assert subspace.seed is not None
    assert len(subspace.seed()) < 1_000_000
    assert pack_up(pack) == pack_up(pack)


def test_every_sentence_of_a_pack_passes_the_gate_of_today(subspace: Subspace, pack: Pack) -> None:
    facts = {fact.id: fact for fact in pack.facts}
    entities = {entity.id: entity for entity in subspace.knowledge().entities}
    for card in pack.creations:
        for claim in (card.title, card.hook, *card.claims):
            known = [
                licence(facts[id], subspace.wordings.get(facts[id].predicate), entities)
                for id in claim.facts
            ]
            assert judge(claim, known, title=claim is card.title) is None, claim.text
