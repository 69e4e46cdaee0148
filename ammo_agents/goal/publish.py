"""The last stages: from a grounded draft to a creation with a place, or a refusal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ammo_agents.errors import VectorError
from ammo_agents.geometry import near_duplicate, unit
from ammo_agents.goal.plan import Reviewed
from ammo_agents.records import (
    Creation,
    CreationId,
    Flag,
    Grounded,
    Idea,
    Matrix,
    Placed,
    Rejected,
    Stage,
    SubspaceId,
    Usage,
    content_id,
)

FLAGS_KEPT = 20
REALISER = "realiser"
"""Who a draft says wrote it when no model did."""


def creation_of(
    grounded: Grounded, *, flags: Sequence[Flag], at: dt.datetime, adapter: str = ""
) -> Creation:
    """Return the creation; its id follows from its words and its origin, not from the time.

    `adapter` wrote the model's words; a card in the realiser's words alone is nobody's.
    """
    draft, idea = grounded.draft, grounded.draft.idea
    words = [draft.title.text, draft.hook.text, [c.text for c in draft.claims]]
    by = adapter if draft.model != REALISER else ""
    origin = [idea.id, idea.buddy, idea.date, draft.model, words, *([by] if by else [])]
    return Creation(
        id=CreationId(content_id("c", origin)),
        idea=idea.id,
        kind=idea.kind,
        buddy=idea.buddy,
        subspace=idea.subspace,
        entity=idea.entity,
        date=idea.date,
        created_at=at,
        title=draft.title,
        hook=draft.hook,
        claims=draft.claims,
        blocks=draft.blocks,
        cost=grounded.cost,
        visibility=0.0,
        surprise=idea.surprise,
        model=draft.model,
        prompt=draft.prompt,
        seed=idea.seed,
        usage=draft.usage,
        flags=tuple(dict.fromkeys((*flags, *grounded.flags)))[:FLAGS_KEPT],
        tried=draft.tried,
        request=idea.request,
        also=_also(grounded),
        adapter=by,
    )


def _also(grounded: Grounded) -> tuple[SubspaceId, ...]:
    """Return the other subspaces whose facts the draft stands on: the creation lives there too (W5)."""
    draft, home = grounded.draft, grounded.draft.idea.subspace
    told = {id for claim in (draft.title, draft.hook, *draft.claims) for id in claim.facts}
    return tuple(sorted({f.subspace for f in draft.idea.facts if f.id in told} - {home}))


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A creation that has no place of its own, and why."""

    reason: str


def placed(creation: Creation, rows: Matrix, space: str, living: Matrix) -> Placed | Unplaced:
    """Return the creation at its place, or why it has none: no usable vector, or a place that is taken."""
    try:
        vector = unit(rows[0], name=creation.id)
    except VectorError as error:
        return Unplaced(error.message)
    if (twin := near_duplicate(vector, living)) is not None:
        cosine = float(living[twin] @ vector)
        return Unplaced(f"a living creation says nearly the same (cosine {cosine:.3f})")
    return Placed(creation=creation, vector=vector, space=space)


def seen(found: Placed, visibility: float) -> Placed:
    """Return the creation with its estimated P(e ∈ S)."""
    return replace(found, creation=replace(found.creation, visibility=visibility))


def refused(
    idea: Idea, stage: Stage, reason: str, *, reviewed: Reviewed, usage: Usage, model: str
) -> Rejected:
    """Return the attempt as it is kept."""
    return Rejected(
        idea=idea,
        stage=stage,
        reason=reason,
        flags=reviewed.flags[:FLAGS_KEPT],
        model=model,
        usage=usage,
        tried=reviewed.tried,
    )
