"""What another way of choosing would have been worth, read off the slates a person was shown (W14)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ammo_agents import geometry
from ammo_agents.aipp.feedback import ACTS
from ammo_agents.errors import BadInputError
from ammo_agents.geometry import Groups
from ammo_agents.geometry.offpolicy import LoggedSlate
from ammo_agents.records import BuddyId, CreationId, Feedback, Slate, SlateId, Wide
from ammo_agents.user.rank import is_newcomer

SILENT = {act.name: act.reward for act in ACTS}["skip"]
"""What a card counts that was shown in a slate the person answered, and got no answer itself: a skip."""
OFF = 1e-3
"""A logged chance that differs by more from its own draw was drawn by other rules."""

Kind = Literal["greedy", "random", "share"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A way to fill slots from the same scores."""

    kind: Kind
    share: float = 0.0
    """ε, for kind ``share``."""

    @property
    def name(self) -> str:
        """``greedy``, ``random`` or ``exploring 0.15``."""
        return f"exploring {self.share:g}" if self.kind == "share" else self.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Slates that can be weighed, and why the others cannot."""

    slates: tuple[LoggedSlate, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


def policy_named(name: str) -> Policy:
    """Return the policy ``greedy``, ``random`` or an exploration share such as ``0.3``.

    Raises:
        BadInputError: another name, or a share outside [0, 1).
    """
    if name == "greedy":
        return Policy(kind="greedy")
    if name == "random":
        return Policy(kind="random")
    try:
        share = float(name)
    except ValueError:
        share = -1.0
    if not 0 <= share < 1:
        raise BadInputError(
            f"no policy is called {name!r}",
            hint="Name greedy, random or an exploration share in [0, 1), such as 0.3.",
        )
    return Policy(kind="share", share=share) if share > 0 else Policy(kind="greedy")


def read(
    slates: Sequence[Slate],
    acts: Sequence[Feedback],
    buddies: Mapping[CreationId, BuddyId],
    policy: Policy,
) -> Read:
    """Return logged slates with π recomputed from what was logged, and π' of the policy.

    Left out, and counted: a slate nobody answered (perhaps nobody looked), one drawn for variety (its
    chances have no formula), and one whose logged chances are not those of its own scores and τ.
    """
    said: dict[SlateId, dict[CreationId, float]] = {}
    for act in acts:
        if act.slate is not None and act.weight > 0:
            said.setdefault(act.slate, {})[act.creation] = act.reward
    kept, left_out = [], Counter[str]()
    for slate in slates:
        why = _unusable(slate, said, buddies)
        logged = None if why else _logged(slate, said[slate.id], buddies, policy)
        if logged is None:
            left_out[why or "its logged chances are of another draw"] += 1
        else:
            kept.append(logged)
    return Read(slates=tuple(kept), left_out=dict(left_out))


def _unusable(
    slate: Slate,
    said: Mapping[SlateId, Mapping[CreationId, float]],
    buddies: Mapping[CreationId, BuddyId],
) -> str:
    if not slate.slots or slate.id not in said:
        return "nothing in it was answered"
    if len(slate.scores) != len(slate.candidates) or any(
        c not in buddies for c in slate.candidates
    ):
        return "its candidates are not all known"
    return "it was drawn for variety" if is_newcomer(slate) else ""


def _logged(
    slate: Slate,
    said: Mapping[CreationId, float],
    buddies: Mapping[CreationId, BuddyId],
    policy: Policy,
) -> LoggedSlate | None:
    scores = np.array(slate.scores, np.float64)
    _, numbers = np.unique([buddies[c] for c in slate.candidates], return_inverse=True)
    groups = numbers.astype(np.intp)
    n = len(slate.slots)
    at = {creation: place for place, creation in enumerate(slate.candidates)}
    shown = np.array([at[slot.creation] for slot in slate.slots], np.intp)
    inclusion = chances(scores, n, slate.tau, groups)
    logged = np.array([slot.inclusion for slot in slate.slots])
    if np.abs(inclusion[shown] - logged).max() > OFF:
        return None
    return LoggedSlate(
        person=slate.person,
        shown=shown,
        reward=np.array([said.get(slot.creation, SILENT) for slot in slate.slots]),
        inclusion=inclusion,
        target=target(policy, scores, n, groups),
        baseline=np.clip(scores, 0.0, 1.0),
    )


def chances(scores: Wide, n: int, tau: float, groups: Groups) -> Wide:
    """Return π of every candidate, shape (C,); at τ = 0 that of the greedy slate."""
    if tau > 0:
        return geometry.inclusion(scores, n, tau, groups=groups)
    pi = np.zeros(len(scores))
    pi[geometry.first_of_groups(scores, n, groups)] = 1.0
    return pi


def target(policy: Policy, scores: Wide, n: int, groups: Groups) -> Wide:
    """Return π' of every candidate under a policy, at most one card per Goal Buddy, shape (C,)."""
    if policy.kind == "random":
        return geometry.inclusion(np.zeros(len(scores)), n, 1.0, groups=groups)
    share = policy.share if policy.kind == "share" else 0.0
    tau = geometry.tau_for(scores, n, share, groups=groups) if share > 0 else 0.0
    return chances(scores, n, tau, groups)
