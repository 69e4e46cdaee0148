"""A small world: entities of two kinds, people who like one of them, texts that tell the kinds apart."""

from __future__ import annotations

import numpy as np

from ammo_agents.aipp.community import Known, School
from ammo_agents.geometry import fit_basis, unit_rows

ENTITIES, D = 80, 8
NAMES = tuple(f"film/{number:03}" for number in range(ENTITIES))
KIND = np.arange(ENTITIES) % 2


def people(count: int = 40, *, rated: int = 40, seed: int = 1, noise: float = 0.1) -> list[Known]:
    """Return people of two tastes by turns: even ones like even entities; some entities are good for all."""
    rng = np.random.default_rng(seed)
    goodness = rng.normal(0, 0.08, ENTITIES)
    found = []
    for person in range(count):
        met = np.sort(rng.permutation(ENTITIES)[:rated])
        taste = np.where(KIND[met] == person % 2, 0.3, -0.3)
        rewards = np.clip(0.55 + taste + goodness[met] + rng.normal(0, noise, rated), 0, 1)
        found.append(Known(person=f"p{person:04}", entities=met, rewards=rewards))
    return found


def school(**more: object) -> School:
    """Return a school whose texts lean to one side by kind."""
    rng = np.random.default_rng(2)
    rows = rng.normal(0, 0.6, (ENTITIES, D))
    rows[:, 0] += np.where(KIND == 0, 1.0, -1.0)
    vectors = unit_rows(rows.astype(np.float32))
    given = {"entities": NAMES, "vectors": vectors, "basis": fit_basis(vectors), "factoriser": None}
    return School(**{**given, **more})  # type: ignore[arg-type]
