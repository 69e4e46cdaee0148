"""What other ways of choosing would have been worth to this person, from their own log (W14)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from ammo_agents.app import App
from ammo_agents.geometry.offpolicy import CLIP, ENOUGH, Estimate, PolicyValue, policy_value
from ammo_agents.user.policy import SILENT, Policy, policy_named, read

Plain = dict[str, Any]
POLICIES = ("greedy", "0.15", "0.3", "random")


async def policies(
    app: App, *, names: Sequence[str] = POLICIES, subspace: str | None = None
) -> Plain:
    """Estimate the value per slot of other policies on the slates that were shown and answered.

    Raises:
        BadInputError: a policy nobody knows.
    """
    asked = [policy_named(name) for name in names or POLICIES]
    space = app.subspace(subspace)
    slates = await app.ledger.slates(app.person, space.id)
    acts = await app.ledger.feedback(app.person, space.id)
    buddies = {c.id: c.buddy for c in await app.ledger.creations(subspace=space.id)}

    def judged(policy: Policy) -> Plain:
        found = read(slates, acts, buddies, policy)
        value = policy_value(found.slates, seed=app.settings.seed)
        return _policy(policy, value, dict(found.left_out))

    rows = [await asyncio.to_thread(judged, policy) for policy in asked]
    return {
        "subspace": space.id,
        "slates": len(slates),
        "policies": rows,
        "note": (
            f"Value per slot of slates with an answer; a card without one counts {SILENT} (seen, not "
            f"taken). Weights are cut at {CLIP:g}; a verdict needs {ENOUGH:g} effective cards."
        ),
    }


def _policy(policy: Policy, value: PolicyValue, left_out: dict[str, int]) -> Plain:
    return {
        "policy": policy.name,
        "refused": value.refused,
        "dr": _estimate(value.dr),
        "ips": _estimate(value.ips),
        "snips": _estimate(value.snips),
        "logged": value.logged,
        "slates": value.slates,
        "people": value.people,
        "effective_cards": value.effective,
        "clipped": value.clipped,
        "uncovered": value.uncovered,
        "bootstrap_over": value.unit,
        "left_out": left_out,
    }


def _estimate(one: Estimate | None) -> Plain | None:
    return None if one is None else {"value": one.value, "low": one.low, "high": one.high}
