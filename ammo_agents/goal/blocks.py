"""Typed blocks: what a card shows beside its sentences; every cell and every point is a cited fact's (W7)."""

from __future__ import annotations

from collections.abc import Sequence

from ammo_agents.goal.gate import MARKUP
from ammo_agents.goal.lexicon import FUNCTION, NUMBER_WORDS, PERSONS
from ammo_agents.goal.licence import tokens
from ammo_agents.goal.plan import Extras
from ammo_agents.records import (
    Block,
    ChartBlock,
    Claim,
    ClaimBlock,
    Fact,
    QuestionBlock,
    TableBlock,
)

POINTS = 7
"""Days a series needs for a chart."""
QUIET_UNITS = frozenset(["name", "date"])


def blocks_of(claims: Sequence[Claim], facts: Sequence[Fact], extras: Extras) -> tuple[Block, ...]:
    """Return the claims, a chart, a table of the numbers, and the question if it states nothing."""
    found: list[Block] = [ClaimBlock(claim=claim) for claim in claims]
    series = next((f for f in facts if f.series and len(f.series.values) >= POINTS), None)
    if series is not None and series.series is not None:
        s = series.series
        found.append(
            ChartBlock(
                title=s.title, unit=s.unit, dates=s.dates, values=s.values, facts=(series.id,)
            )
        )
    if table := _table(facts):
        found.append(table)
    if _is_open_question(extras, facts):
        found.append(QuestionBlock(question=extras.question, options=extras.options))
    return tuple(found)


def check_blocks(blocks: Sequence[Block], facts: Sequence[Fact]) -> str | None:
    """Return which block shows something its cited facts do not have, or None. Part of the gate."""
    by_id = {fact.id: fact for fact in facts}
    for block in blocks:
        if isinstance(block, ChartBlock | TableBlock):
            cited = [by_id[i] for i in block.facts if i in by_id]
            if not cited or len(cited) < len(block.facts):
                return f"the {block.kind} {block.title!r} cites no known fact"
            good = _drawn(block, cited) if isinstance(block, ChartBlock) else _listed(block, cited)
            if not good:
                return f"the {block.kind} {block.title!r} shows what its facts do not have"
    return None


def _drawn(block: ChartBlock, cited: Sequence[Fact]) -> bool:
    return any(
        f.series is not None
        and (f.series.title, f.series.unit) == (block.title, block.unit)
        and (f.series.dates, f.series.values) == (block.dates, block.values)
        for f in cited
    )


def _listed(block: TableBlock, cited: Sequence[Fact]) -> bool:
    known = {(label(q.name), q.text) for f in cited for q in f.quantities}
    return all(tuple(row) in known for row in block.rows)


def label(slot: str) -> str:
    """Return a slot's name as words: ``open_date`` → ``open date``."""
    return slot.replace("_", " ")


def _table(facts: Sequence[Fact]) -> TableBlock | None:
    lead = next((f for f in facts if f.quantities), None)
    if lead is None:
        return None
    rows = [(label(q.name), q.text) for q in lead.quantities if q.unit not in QUIET_UNITS]
    days = [(label(q.name), q.text) for q in lead.quantities if q.unit == "date"]
    if len(rows) < 2:
        return None
    return TableBlock(
        title="The numbers", columns=("what", "value"), rows=(*rows, *days), facts=(lead.id,)
    )


def _is_open_question(extras: Extras, facts: Sequence[Fact]) -> bool:
    """Whether a question asks and states nothing: no number, no content word that only it would bring as fact."""
    asked = (extras.question, *extras.options)
    if not extras.question.endswith("?") or not 2 <= len(extras.options) <= 4:
        return False
    if any(MARKUP.search(t) or not t or len(t) > 160 for t in asked):
        return False
    words = {w for t in asked for w in tokens(t)}
    if any(w[0].isdigit() or w in NUMBER_WORDS or w in "$%€" for w in words):
        return False
    known = {w for f in facts for w in tokens(f.statement)} | ASKING | FUNCTION | PERSONS
    return all(w in known for w in words if w[0].isalpha())


ASKING = frozenset(
    """what how why do does did you your think want would like see hear more next matter matters follow interest
    interests interested find surprise surprises surprising surprised most about should we tell show kind story card
    read know learn care yes no maybe not""".split()
)
