"""What another way of choosing would have been worth, from slates that were drawn by chance (W14).

A slate with candidates C, shown S of size n, inclusion π of the policy that drew it and π' of the
policy in question; the reward of a slate is the mean of its cards' rewards y in [0, 1]:

    w_i = min(π'_i/π_i, 20)
    IPS    V = (1/T) Σ_t (1/n) Σ_{i in S} w_i y_i
    SNIPS  V = Σ w_i y_i / Σ w_i
    DR     V = (1/T) Σ_t (1/n) [ Σ_{i in C} π'_i f_i + Σ_{i in S} w_i (y_i - f_i) ]
    ESS    (Σ w)² / Σ w²

    lost   1 - Σ min(π', 20 π) / Σ π'              the part of π' that cut weights cannot stand for

f is a prediction made before the slate was shown. A verdict is refused, as a value, where the log
cannot carry one: a deterministic draw, cards that had no chance, fewer than 100 effective cards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ammo_agents.errors import BadInputError
from ammo_agents.geometry.space import Indices, finite
from ammo_agents.records import Wide

CLIP = 20.0
"""Weights are cut here: a little bias for much less variance, and said so."""
ENOUGH = 100.0
"""Effective cards a verdict needs."""
UNCOVERED = 0.05
"""Part of π' that may be lost to cut weights and to cards without a chance: IPS is off by at most that."""
RESAMPLES = 1_000
CERTAIN = 1e-9
"""An inclusion this near to 0 or 1 is no chance draw: the exact integral's own error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedSlate:
    """One slate as it was drawn, with what another policy would have done and predicted."""

    person: str
    shown: Indices
    """The cards shown, as places among the candidates, shape (n,)."""
    reward: Wide = field(compare=False)
    """y of the shown cards, shape (n,), in [0, 1]."""
    inclusion: Wide = field(compare=False)
    """π of every candidate, shape (C,)."""
    target: Wide = field(compare=False)
    """π' of every candidate, shape (C,)."""
    baseline: Wide = field(compare=False)
    """f of every candidate, shape (C,), from other rounds than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value per slot with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyValue:
    """What a policy would have been worth per slot, or why nobody can say."""

    ips: Estimate | None
    snips: Estimate | None
    dr: Estimate | None
    """The one to quote."""
    logged: float
    """Mean reward per slot of the slates as they were."""
    slates: int
    people: int
    effective: float
    """ESS in cards."""
    clipped: float
    """Share of shown cards whose weight was cut at 20."""
    uncovered: float
    """Part of π' that cut weights cannot stand for: a bound on what is missing from IPS."""
    unit: str
    """What the bootstrap drew: ``people``, or ``slates`` where there is one person."""
    refused: str = ""
    """Why there is no verdict; empty = there is one."""


def policy_value(
    slates: Sequence[LoggedSlate], *, seed: int, resamples: int = RESAMPLES
) -> PolicyValue:
    """Return IPS, SNIPS and DR with intervals by bootstrap over people, or the reason there are none.

    Raises:
        BadInputError: a slate's arrays do not belong together, or hold chances outside [0, 1].
        VectorError: a number is not finite.
    """
    kept = [_checked(slate) for slate in slates if len(slate.shown)]
    people = sorted({slate.person for slate in kept})
    if not kept:
        return _refusal("no slate with cards was kept")
    sums = np.array([_sums(slate) for slate in kept])
    ess = float(sums[:, 2].sum() ** 2 / sums[:, 4].sum()) if sums[:, 4].sum() > 0 else 0.0
    cards = float(sums[:, 6].sum())
    uncovered = float(np.mean([_uncovered(slate) for slate in kept]))
    unit = "people" if len(people) > 1 else "slates"
    who = {person: k for k, person in enumerate(people)}
    units = np.array([who[s.person] for s in kept]) if unit == "people" else np.arange(len(kept))
    values = _values(sums[None].sum(axis=1))[:, 0]
    refused = _problem(kept, ess, uncovered)
    estimates: list[Estimate | None] = [None, None, None]
    if not refused:
        spread = _bootstrap(sums, units, np.random.default_rng(seed), resamples)
        low, high = np.quantile(spread, [0.025, 0.975], axis=1)
        estimates = [
            Estimate(value=float(v), low=float(a), high=float(b))
            for v, a, b in zip(values, low, high, strict=True)
        ]
    return PolicyValue(
        ips=estimates[0],
        snips=estimates[1],
        dr=estimates[2],
        logged=float(np.mean([slate.reward.mean() for slate in kept])),
        slates=len(kept),
        people=len(people),
        effective=ess,
        clipped=float(sums[:, 5].sum()) / cards,
        uncovered=uncovered,
        unit=unit,
        refused=refused,
    )


def _sums(slate: LoggedSlate) -> tuple[float, ...]:
    """Return IPS and DR terms, Σw, Σwy, Σw², cut weights, cards and 1, for one slate."""
    n, f = len(slate.shown), slate.baseline
    raw = slate.target[slate.shown] / slate.inclusion[slate.shown]
    w = np.minimum(raw, CLIP)
    y = slate.reward
    correction = float((w * (y - f[slate.shown])).sum())
    return (
        float((w * y).sum()) / n,
        (float(slate.target @ f) + correction) / n,
        float(w.sum()),
        float((w * y).sum()),
        float((w**2).sum()),
        float((raw > CLIP).sum()),
        float(n),
        1.0,
    )


def _values(total: Wide) -> Wide:
    """Return IPS, SNIPS and DR from sums (k, 8), shape (3, k)."""
    count = total[:, 7]
    mass = np.maximum(total[:, 2], 1e-300)
    return np.array([total[:, 0] / count, total[:, 3] / mass, total[:, 1] / count])


def _bootstrap(sums: Wide, units: Indices, rng: np.random.Generator, resamples: int) -> Wide:
    """Return the three values for each resample of whole units, shape (3, resamples)."""
    size = int(units.max()) + 1
    per_unit = np.zeros((size, sums.shape[1]))
    np.add.at(per_unit, units, sums)
    times = rng.multinomial(size, np.full(size, 1.0 / size), size=resamples).astype(np.float64)
    return _values(times @ per_unit)


def _problem(kept: Sequence[LoggedSlate], effective: float, uncovered: float) -> str:
    drawn = [bool(((s.inclusion > CERTAIN) & (s.inclusion < 1 - CERTAIN)).any()) for s in kept]
    choice = [len(s.inclusion) > len(s.shown) for s in kept]
    if any(choice) and not any(drawn):
        return (
            "the slates were not drawn by chance: a deterministic log says nothing of other cards"
        )
    if uncovered > UNCOVERED:
        return (
            f"{uncovered:.0%} of the policy's cards had next to no chance in the log: "
            f"no weight up to {CLIP:g} makes up for them"
        )
    if effective < ENOUGH:
        return f"{effective:.0f} effective cards, and a verdict needs {ENOUGH:.0f}"
    return ""


def _uncovered(slate: LoggedSlate) -> float:
    total = float(slate.target.sum())
    held = float(np.minimum(slate.target, CLIP * slate.inclusion).sum())
    return max(0.0, 1.0 - held / total) if total > 0 else 0.0


def _checked(slate: LoggedSlate) -> LoggedSlate:
    size = len(slate.inclusion)
    for name in ("reward", "inclusion", "target", "baseline"):
        finite(getattr(slate, name), name=f"the {name} of a logged slate")
    fits = len(slate.target) == len(slate.baseline) == size and len(slate.reward) == len(
        slate.shown
    )
    if not fits or slate.shown.min() < 0 or slate.shown.max() >= size:
        raise BadInputError(
            f"a logged slate has {len(slate.shown)} cards and {len(slate.reward)} rewards "
            f"for {size} candidates",
            hint="π, π' and f have one number per candidate, y one per card shown.",
        )
    chances = np.concatenate([slate.inclusion, slate.target])
    if chances.min() < 0 or chances.max() > 1 + 1e-6 or slate.inclusion[slate.shown].min() <= 0:
        raise BadInputError(
            "a logged slate holds a chance outside [0, 1], or shows a card that had none",
            hint="π is the exact inclusion probability the slate was drawn with.",
        )
    return slate


def _refusal(why: str) -> PolicyValue:
    return PolicyValue(
        ips=None,
        snips=None,
        dr=None,
        logged=0.0,
        slates=0,
        people=0,
        effective=0.0,
        clipped=0.0,
        uncovered=0.0,
        unit="people",
        refused=why,
    )
