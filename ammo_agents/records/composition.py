"""What people do to the map of subspaces: put them together, part them, show one in the other (W5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ammo_agents.records.ids import EntityId, SubspaceId

CompositionKind = Literal["link", "unlink", "merge", "split"]
EVERYTHING = SubspaceId("all")
"""The reserved subspace in which one User Buddy sees all the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """One change of the map; rows of creations and acts stay where they are."""

    kind: CompositionKind
    subspaces: tuple[SubspaceId, ...]
    """Whose creations it is about: one, or for a merge several."""
    into: SubspaceId
    """Where they are shown: a subspace for a link, a new name for a merge or a split."""
    entities: tuple[EntityId, ...] = ()
    """Only creations about these; empty = all."""
    title: str = ""
    """What people read for a new name."""
