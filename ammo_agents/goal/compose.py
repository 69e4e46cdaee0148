"""Puts a draft together from what passed; lines no model wrote are realised, and labelled so."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ammo_agents.goal.blocks import blocks_of
from ammo_agents.goal.ground import Bench
from ammo_agents.goal.licence import tokens
from ammo_agents.goal.plan import Line, Reviewed, Sheet, in_order, lines_of
from ammo_agents.goal.realise import dated, plain_titles, realised
from ammo_agents.records import Claim, Draft, Idea


async def finished(
    idea: Idea,
    reviewed: Reviewed,
    bench: Bench,
    *,
    taken: Collection[str],
    planned: bool,
) -> dict[str, Claim]:
    """Return a claim for each line of the card.

    `planned` cards (tiny writers) have every line of the plan; freer ones need a title, a hook and
    one claim at least. `taken` are living titles in lower case.
    """
    claims = dict(reviewed.accepted)
    for line in lines_of(idea):
        wanted = planned or line.key in {"title", "hook"} or not in_order(claims)
        if line.key in claims or not wanted:
            continue
        said = await _realise(line, idea, bench, taken, claims)
        if said is not None:
            claims[line.key] = said
    return claims


def draft_of(
    idea: Idea,
    claims: Mapping[str, Claim],
    work: Sheet,
    *,
    model: str,
    tried: int,
) -> Draft | None:
    """Return the draft, or None where a title, a hook or every claim is missing.

    `work` sums up what the writer did: its prompt, its cost, its extras.
    """
    body = tuple(in_order(dict(claims)))
    if "title" not in claims or "hook" not in claims or not body:
        return None
    written = any(c.author == "model" for c in (claims["title"], claims["hook"], *body))
    told = {id for c in (claims["title"], claims["hook"], *body) for id in c.facts}
    facts = [f for f in idea.facts if f.id in told]
    return Draft(
        idea=idea,
        title=claims["title"],
        hook=claims["hook"],
        claims=body,
        blocks=blocks_of(body, facts, work.extras),
        model=model if written else "realiser",
        prompt=work.prompt,
        usage=work.usage,
        tried=tried,
    )


async def _realise(
    line: Line,
    idea: Idea,
    bench: Bench,
    taken: Collection[str],
    claims: Mapping[str, Claim],
) -> Claim | None:
    """Return the first licensed wording that passes the gate and repeats nothing; a dated title if all are taken."""
    title = line.role == "title"
    said = {tokens(c.text) for c in claims.values()}
    offers = realised(line, bench.wordings.get(line.fact.predicate), seed=idea.seed, taken=taken)
    if title:
        offers += plain_titles(line.fact, bench.entities)
        offers += [dated(o, line.fact) for o in offers]
        offers = [o for o in offers if o.text.lower() not in taken]
    fresh = [o for o in offers if tokens(o.text) not in said]
    for offer in fresh or ([] if title else offers):
        if await bench.fault(offer, title=title) is None:
            return offer
    return None
