"""Grounding: which of the offered sentences stand, and what a draft costs (W8). Out of the buddy's reach."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ammo_agents.goal.blocks import check_blocks
from ammo_agents.goal.gate import judge
from ammo_agents.goal.licence import Licence, licence, tokens
from ammo_agents.goal.plan import Reviewed, Variant
from ammo_agents.goal.principles import Charter, Said
from ammo_agents.ports import Evidence, Wording
from ammo_agents.records import (
    Block,
    Capability,
    Claim,
    ClaimBlock,
    Draft,
    Entity,
    EntityId,
    Fact,
    FactId,
    Flag,
    Grounded,
    QuestionBlock,
    Rejected,
)

SHARE: dict[Capability, float] = {"tiny": 1.0, "small": 0.85, "large": 0.85}
"""Content words that must be licensed."""
DOUBT = 0.5
"""A checker's probability under which it flags."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What the gate knows: the facts of this very call, how they may be said, and further checkers."""

    facts: Mapping[FactId, Fact]
    licences: Mapping[FactId, Licence]
    wordings: Mapping[str, Wording]
    entities: Mapping[EntityId, Entity]
    evidence: Sequence[Evidence]
    share: float
    sources: frozenset[str] = frozenset()
    """Names, in lower case, of the only sources that may be cited; empty = any."""
    charter: Charter = field(default_factory=Charter)

    @classmethod
    def of(  # noqa: PLR0913 - what a gate reads with
        cls,
        facts: Sequence[Fact],
        wordings: Mapping[str, Wording],
        entities: Mapping[EntityId, Entity],
        *,
        evidence: Sequence[Evidence] = (),
        capability: Capability = "tiny",
        sources: Sequence[str] = (),
        charter: Charter | None = None,
    ) -> Bench:
        """Return the bench for one draft; `sources` are the only ones it may cite, empty = any."""
        return cls(
            facts={f.id: f for f in facts},
            licences={f.id: licence(f, wordings.get(f.predicate), entities) for f in facts},
            wordings=wordings,
            entities=entities,
            evidence=evidence,
            share=SHARE[capability],
            sources=frozenset(name.strip().lower() for name in sources),
            charter=charter or Charter(),
        )

    async def fault(self, claim: Claim, *, title: bool = False) -> str | None:
        """Return why a sentence may not be published, or None: the rules first, then the checkers."""
        if not all(id in self.licences for id in claim.facts):
            return "cites a fact it was not given"
        cited = [self.licences[id] for id in claim.facts]
        for name in (lic.fact.source.name for lic in cited):
            if self.sources and name.strip().lower() not in self.sources:
                return f"cites {name!r}, which is none of this buddy's sources"
        if reason := judge(claim, cited, title=title, share=self.share):
            return reason
        premise = " ".join(lic.fact.statement for lic in cited)
        for checker in self.evidence:
            if (chance := await checker.entails(premise, claim.text)) < DOUBT:
                return f"{checker.name} finds it unsupported ({chance:.2f})"
        return await self.charter.fault(self.said(claim.text, claim.facts, title=title))

    def said(self, text: str, facts: Sequence[FactId], *, title: bool = False) -> Said:
        """Return a sentence with what its principles are checked against."""
        cited = tuple(self.facts[id] for id in facts if id in self.facts)
        return Said(text=text, title=title, facts=cited, entities=self.entities)


async def review(
    variants: Sequence[Variant], bench: Bench, before: Reviewed, *, taken: Collection[str]
) -> Reviewed:
    """Return the best passing variant of each line; `taken` holds living titles (lower case)."""
    accepted, flags = dict(before.accepted), list(before.flags)
    best: dict[str, float] = {}
    for variant in variants:
        title = variant.key == "title"
        reason = await bench.fault(variant.claim, title=title)
        if reason is None and title and variant.claim.text.lower() in taken:
            reason = "a living creation has this title"
        if reason is None and _is_repeated(variant, accepted):
            reason = "only repeats what is there"
        if reason is not None:
            flags.append(Flag(text=variant.claim.text, facts=variant.claim.facts, reason=reason))
            continue
        worth = _freshness(variant)
        if variant.key not in before.accepted and worth > best.get(variant.key, -1.0):
            best[variant.key] = worth
            accepted[variant.key] = variant.claim
    keys = {*before.open, *(v.key for v in variants)}
    return Reviewed(
        accepted=accepted,
        flags=tuple(flags),
        open=tuple(sorted(keys - set(accepted))),
        tried=before.tried + len(variants),
    )


async def ground(
    draft: Draft, bench: Bench, *, limit: float, unsupported: Sequence[Flag] = ()
) -> Grounded | Rejected:
    """Return the draft with only its supported claims and its cost, or the reason it stays unpublished.

    `unsupported` are sentences the writer still stands by and that review has dropped already:
    Cost(e) = unsupported / min(stated, 3), at most 1 (mathematics, section 4). A sentence that breaks a principle,
    the subspace's or the buddy's own, counts as one without support.
    """
    flags = list(unsupported)
    kept: list[Claim] = []
    for claim in draft.claims:
        reason = await bench.fault(claim)
        if reason is None:
            kept.append(claim)
        else:
            flags.append(Flag(text=claim.text, facts=claim.facts, reason=reason))
    stated = 2 + len(draft.claims) + len(unsupported)
    cost = min(1.0, len(flags) / min(stated, 3))
    kept = bench.charter.fitting(draft.title, draft.hook, kept)
    reason = await _whole(draft, kept, bench)
    if reason is None and cost > limit:
        reason = f"cost {cost:.2f} is over the limit {limit:.2f}"
    if reason is not None:
        return Rejected(
            idea=draft.idea,
            stage="ground",
            reason=reason,
            cost=cost,
            flags=tuple(flags),
            model=draft.model,
            usage=draft.usage,
            tried=draft.tried,
        )
    shown = [block for block in draft.blocks if await _shown(block, kept, bench)]
    return Grounded(
        draft=replace(draft, claims=tuple(kept), blocks=tuple(shown)),
        cost=cost,
        flags=tuple(flags),
    )


async def _whole(draft: Draft, kept: Sequence[Claim], bench: Bench) -> str | None:
    if not kept:
        return "states no fact that could be checked"
    if reason := await bench.fault(draft.title, title=True):
        return f"title: {reason}"
    if reason := await bench.fault(draft.hook):
        return f"hook: {reason}"
    if reason := check_blocks(draft.blocks, list(bench.facts.values())):
        return reason
    return bench.charter.whole([draft.title, draft.hook, *kept], bench.facts)


async def _shown(block: Block, kept: Sequence[Claim], bench: Bench) -> bool:
    """Whether a block stays: a dropped claim goes everywhere, a question that breaks a principle is not asked."""
    match block:
        case ClaimBlock(claim=claim):
            return claim in kept
        case QuestionBlock(question=question, options=options):
            said = [bench.said(text, (), title=True) for text in (question, *options)]
            return not any([await bench.charter.fault(one) for one in said])
    return True


def _is_repeated(variant: Variant, accepted: Mapping[str, Claim]) -> bool:
    """Whether a variant is its source sentence again, or another line of the card."""
    if tokens(variant.claim.text) == tokens(variant.avoid):
        return True
    return any(
        tokens(c.text) == tokens(variant.claim.text)
        for key, c in accepted.items()
        if key != variant.key
    )


def _freshness(variant: Variant) -> float:
    """Return the share of word pairs that its source sentence does not have, in [0, 1]."""
    said, source = tokens(variant.claim.text), tokens(variant.avoid)
    pairs = set(itertools.pairwise(said))
    return len(pairs - set(itertools.pairwise(source))) / max(1, len(pairs))
