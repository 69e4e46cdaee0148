"""The Bayesian linear state of one person: L and h, q = L⁻¹h, and exact sums over events (W3).

Rows x, the mean m and q have shape (d,); L has shape (d, d); all float64. An event with reward y
and weight a enters with c = a/s².
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ammo_agents.errors import VectorError
from ammo_agents.records import Wide


class Belief(NamedTuple):
    """Precision L (d, d) and information h (d,)."""

    precision: Wide
    information: Wide


def observe(belief: Belief, x: Wide, y: float, c: float) -> Belief:
    """Return the belief after one event: L + c x xᵀ, h + c y x."""
    return Belief(belief.precision + c * np.outer(x, x), belief.information + (c * y) * x)


def forget(belief: Belief, origin: Belief, factor: float) -> Belief:
    """Return the belief with its distance to `origin` (the prior) shrunk by `factor` in [0, 1]."""
    if factor == 1.0:
        return belief
    return Belief(
        origin.precision + factor * (belief.precision - origin.precision),
        origin.information + factor * (belief.information - origin.information),
    )


def downdate(belief: Belief, x: Wide, y: float, c: float) -> Belief:
    """Return the belief without one of its events: the instant answer; a refold is the truth."""
    return observe(belief, x, y, -c)


def solve(belief: Belief) -> Wide:
    """Return q = L⁻¹h, shape (d,).

    Raises:
        VectorError: the result is not finite; the state must be folded again.
    """
    q: Wide = np.linalg.solve(belief.precision, belief.information).astype(np.float64, copy=False)
    if not np.isfinite(q).all():
        raise VectorError("the preference is not finite", hint="Fold it again from the events.")
    return q


def step(precision: Wide, q: Wide, x: Wide, y: float, c: float) -> Wide:
    """Return q⁺ - q of an event that has not happened yet: c L⁻¹x (y - x·q) / (1 + c x·L⁻¹x)."""
    reach = np.linalg.solve(precision, x)
    change: Wide = c * reach * (y - x @ q) / (1.0 + c * (x @ reach))
    return change


def shares(precision: Wide, phi: Wide, rows: Wide, c: Wide, surprise: Wide) -> Wide:
    """Return one number per event, shape (k,): c_k (φ·L⁻¹x_k)(y_k - x_k·m).

    With φ·m they add up to φ·q exactly. `rows` (k, d), `c` (k,), `surprise` (k,) = y - rows·m.
    """
    reach = np.linalg.solve(precision, phi)
    found: Wide = c * (rows @ reach) * surprise
    return found


def effects(precision: Wide, q: Wide, phi: Wide, rows: Wide, c: Wide, y: Wide) -> Wide:
    """Return what φ·q would lose without each event, shape (k,): a share is not an effect.

    Δ_k = c_k (φ·L⁻¹x_k)(y_k - x_k·q) / (1 - c_k x_k·L⁻¹x_k).
    """
    if not len(rows):
        return np.zeros(0)
    reach = np.linalg.solve(precision, rows.T)  # (d, k)
    leverage = np.einsum("kd,dk->k", rows, reach)
    loss: Wide = c * (phi @ reach) * (y - rows @ q) / (1.0 - c * leverage)
    return loss
