"""Reads a card again against the facts it cites: by the gate, and once more by its numbers alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ammo_agents.goal.blocks import check_blocks
from ammo_agents.goal.ground import Bench
from ammo_agents.records import Capability, Claim, Creation, DialogueBlock, Fact, FactId
from ammo_agents.testing.worlds import Study

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


async def false_sentences(
    card: Creation, facts: Mapping[FactId, Fact], study: Study, *, capability: Capability
) -> list[str]:
    """Return every sentence and block of a card that its cited facts do not carry, each with the reason."""
    entities = {e.id: e for e in (await study.knowledge()).entities}
    wordings = study.subspace.wordings
    faults = []
    for claim, title in _sentences(card):
        cited = [facts[i] for i in claim.facts if i in facts]
        if not cited or len(cited) < len(claim.facts):
            faults.append(f"{claim.text[:80]!r} cites a fact that it was not given")
            continue
        bench = Bench.of(cited, wordings, entities, capability=capability)
        said = " ".join(f.statement for f in cited)
        loose = set(NUMBER.findall(claim.text)) - set(NUMBER.findall(said))
        number = f"the number {min(loose)} is in no cited fact" if loose else ""
        if reason := number or await bench.fault(claim, title=title):
            faults.append(f"{claim.text[:80]!r}: {reason}")
    if shown := check_blocks(card.blocks, list(facts.values())):
        faults.append(shown)
    return faults


def _sentences(card: Creation) -> Iterable[tuple[Claim, bool]]:
    yield card.title, True
    yield card.hook, False
    for claim in card.claims:
        yield claim, False
    for block in card.blocks:
        if isinstance(block, DialogueBlock):
            yield from ((turn.claim, False) for turn in block.turns)
