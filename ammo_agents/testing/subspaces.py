"""The contract of a subspace as one check: what every plugin's own tests should run.

::

    async def test_the_subspace_keeps_the_contract() -> None:
        report = await check_subspace(coin, days=40)
        assert report.faults == ()

`SubspaceSuite` is the same rule by rule, with tiers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from ammo_agents.ports import Subspace
from ammo_agents.testing.facts import (
    buddy_faults,
    edge_faults,
    entity_faults,
    fact_faults,
    field_faults,
    named,
    own_faults,
)
from ammo_agents.testing.wordings import wording_faults
from ammo_agents.testing.worlds import Study, Walk

__all__ = ["SubspaceReport", "check_subspace", "fact_faults", "repeat_faults"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubspaceReport:
    """What `check_subspace` found. A subspace keeps the contract when `faults` is empty."""

    faults: tuple[str, ...] = ()
    """Each names the thing, the rule, and what stands there instead."""
    entities: int = 0
    facts: Mapping[str, int] = field(default_factory=dict)
    """Facts seen of each predicate."""
    days: int = 0
    """Days of the world that were walked through."""
    shifts: int = 0


async def check_subspace(
    subspace: Subspace, *, start: dt.date | None = None, days: int = 30
) -> SubspaceReport:
    """Return what `subspace` breaks of its contract, walking `days` days of its world twice.

    The second walk must repeat the first (same start, same facts), a walk that starts later must
    find the same facts on the days they share, and no fact may be dated after its day.
    """
    study = Study(subspace, start=start, days=days)
    known = await study.knowledge()
    faults = [*entity_faults(subspace, known), *edge_faults(known)]
    if subspace.buddies is not None:
        faults += buddy_faults(await study.buddies(), known)
    seen = Walk()
    if subspace.triggers is not None:
        seen = (await study.walked())[0]
        faults += [*seen.backward, *seen.uneven, *await repeat_faults(study)]
    facts = await study.facts()
    faults += [*named(facts, fact_faults), *own_faults(subspace, facts, known)]
    faults += [*wording_faults(subspace.wordings, facts), *field_faults(subspace.fields, facts)]
    counts: dict[str, int] = {}
    for fact in facts:
        counts[fact.predicate] = counts.get(fact.predicate, 0) + 1
    return SubspaceReport(
        faults=tuple(dict.fromkeys(faults)),
        entities=len(known.entities),
        facts=dict(sorted(counts.items())),
        days=len(seen.days),
        shifts=len(seen.shifts),
    )


async def repeat_faults(study: Study) -> list[str]:
    """Return where two walks from one start differ, or one that enters in the middle tells something else."""
    first, again = await study.walked(2)
    faults = []
    if (first.days, first.shifts, first.known) != (again.days, again.shifts, again.known):
        faults.append("triggers: two walks from one start tell different facts")
    if (entered := await study.later()) is not None:
        middle, late = entered
        if late.shifts != [shift for shift in first.shifts if shift.date >= middle]:
            faults.append(
                f"triggers: a walk from {middle} tells other shifts than one from {first.days[0]}"
            )
    return faults
