"""Texts that stand for what will be written in a subspace: what the first basis of φ is fitted on."""

from __future__ import annotations

from collections.abc import Sequence

from ammo_agents.records import Fact, Knowledge

TEXTS = 256
"""Texts of the subspace that the first basis is fitted on."""


def sample(title: str, recent: Sequence[Fact], knowledge: Knowledge) -> list[str]:
    """Return texts of a subspace that are like what will be written in it, spread evenly; its title if it has none."""
    texts = [fact.statement for fact in (*recent, *knowledge.facts)]
    texts += [f"{entity.name}. {entity.summary}" for entity in knowledge.entities]
    step = max(1, len(texts) // TEXTS)
    return texts[::step][:TEXTS] or [title]
