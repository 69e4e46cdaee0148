"""The Bayesian linear state of one person: L and h, q = L⁻¹h, and exact sums over events (W3).

Rows x, the mean m and q have shape (d,); L has shape (d, d); all float64. An event with reward y
and weight a enters with c = a/s².

A row may be longer than L: its tail E is what is liked together with it (`geometry.company`). Nothing
is inverted there: the tail of h is u = Σ e_k E_k, the tail of q is that of h, and E·u is linear in
every event as well.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ammo_agents.errors import VectorError
from ammo_agents.records import Wide


class Belief(NamedTuple):
    """Precision L (d, d) and information h (d,) or, with a tail of k, (d + k,)."""

    precision: Wide
    information: Wide


def observe(belief: Belief, x: Wide, y: float, c: float, pull: float = 0.0) -> Belief:
    """Return the belief after one event: L + c x xᵀ, h + c y x; u + pull E in the tails."""
    size = len(belief.precision)
    head = x[:size]
    added = (c * y) * x
    added[size:] = pull * x[size:]
    return Belief(belief.precision + c * np.outer(head, head), belief.information + added)


def forget(belief: Belief, origin: Belief, factor: float) -> Belief:
    """Return the belief with its distance to `origin` (the prior) shrunk by `factor` in [0, 1]."""
    if factor == 1.0:
        return belief
    return Belief(
        origin.precision + factor * (belief.precision - origin.precision),
        origin.information + factor * (belief.information - origin.information),
    )


def downdate(belief: Belief, x: Wide, y: float, c: float, pull: float = 0.0) -> Belief:
    """Return the belief without one of its events: the instant answer; a refold is the truth."""
    return observe(belief, x, y, -c, -pull)


def solve(belief: Belief) -> Wide:
    """Return q = L⁻¹h, shape (d,), followed by the tail u where there is one.

    Raises:
        VectorError: the result is not finite; the state must be folded again.
    """
    size = len(belief.precision)
    head = np.linalg.solve(belief.precision, belief.information[:size])
    q: Wide = np.concatenate([head, belief.information[size:]])
    if not np.isfinite(q).all():
        raise VectorError("the preference is not finite", hint="Fold it again from the events.")
    return q


def step(precision: Wide, q: Wide, x: Wide, y: float, c: float, pull: float = 0.0) -> Wide:
    """Return q⁺ - q of an event that has not happened yet: c L⁻¹x (y - x·q) / (1 + c x·L⁻¹x); pull E in the tail."""
    size = len(precision)
    head = x[:size]
    reach = np.linalg.solve(precision, head)
    change = c * reach * (y - head @ q[:size]) / (1.0 + c * (head @ reach))
    return np.concatenate([change, pull * x[size:]])


class Weights(NamedTuple):
    """Events as a fold counts them, k of them."""

    rows: Wide
    """φ, shape (k, d) or (k, d + tail)."""
    y: Wide
    """Rewards, shape (k,)."""
    c: Wide
    """a_k gamma^age / s², shape (k,)."""
    pulls: Wide
    """What each added along its tail, shape (k,)."""


def shares(precision: Wide, phi: Wide, events: Weights, mean: Wide) -> Wide:
    """Return one number per event, shape (k,): c_k (φ·L⁻¹x_k)(y_k - x_k·m) + pull_k E·E_k.

    With φ·m, `mean` of shape (d,), they add up to φ·q exactly.
    """
    size = len(precision)
    heads = events.rows[:, :size]
    reach = np.linalg.solve(precision, phi[:size])
    found: Wide = events.c * (heads @ reach) * (events.y - heads @ mean)
    return found + events.pulls * (events.rows[:, size:] @ phi[size:])


def effects(precision: Wide, q: Wide, phi: Wide, events: Weights) -> Wide:
    """Return what φ·q would lose without each event, shape (k,): a share is not an effect.

    Δ_k = c_k (φ·L⁻¹x_k)(y_k - x_k·q) / (1 - c_k x_k·L⁻¹x_k) + pull_k E·E_k.
    """
    if not len(events.rows):
        return np.zeros(0)
    size = len(precision)
    heads = events.rows[:, :size]
    reach = np.linalg.solve(precision, heads.T)  # (d, k)
    leverage = np.einsum("kd,dk->k", heads, reach)
    surprise = events.y - heads @ q[:size]
    loss: Wide = events.c * (phi[:size] @ reach) * surprise / (1.0 - events.c * leverage)
    return loss + events.pulls * (events.rows[:, size:] @ phi[size:])
