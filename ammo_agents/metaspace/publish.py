"""Stages 4 and 5 in the space: give a creation its place, and see whether that place is taken."""

from __future__ import annotations

from dataclasses import dataclass

from ammo_agents.geometry import NEAR, novelty, unit
from ammo_agents.metaspace.door import check_unit
from ammo_agents.metaspace.living import LivingMatrix
from ammo_agents.metaspace.space import MetaSpace
from ammo_agents.records import Creation, CreationId, Placed, Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """The living creation nearest to a place."""

    id: CreationId
    title: str
    cosine: float


async def embed(creation: Creation, space: MetaSpace) -> Placed:
    """Return the creation with the place of its words (`Creation.text`)."""
    rows = await space.embed([creation.text])
    return place(creation, rows[0], space)


def place(creation: Creation, vector: Vector, space: MetaSpace) -> Placed:
    """Return the creation at the place `vector`, shape (D,), brought to length 1.

    Raises:
        VectorError: zero, NaN, infinite, or of another D; the message names the creation.
    """
    row = check_unit(creation.id, unit(vector, name=creation.id), space.dim)
    return Placed(creation=creation, vector=row, space=space.fingerprint)


def nearest(vector: Vector, living: LivingMatrix) -> Neighbour | None:
    """Return the living creation with the largest cosine to a unit row; None in an empty space."""
    if not len(living):
        return None
    cosines = living.matrix @ vector
    at = int(cosines.argmax())
    one = living.about[at]
    return Neighbour(id=one.id, title=one.title, cosine=float(cosines[at]))


def duplicate(vector: Vector, living: LivingMatrix, *, limit: float = NEAR) -> Neighbour | None:
    """Return the living creation that already says this (cosine > `limit`), or None."""
    found = nearest(vector, living)
    return found if found is not None and found.cosine > limit else None


def newness(vector: Vector, living: LivingMatrix) -> float:
    """Return 1 - the largest cosine to what lives, in [0, 2]; 1 in an empty space."""
    return novelty(vector, living.matrix)
