"""Cards that stand on facts of two subspaces: what an entity leads to elsewhere, said by its own Goal Buddy (W5, W7)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ammo_agents.goal.trigger import Stimulus
from ammo_agents.ports import Wording
from ammo_agents.records import Edge, Entity, EntityId, Fact, IdeaKind, Shift, SubspaceId

WORD = re.compile(r"[^\W_]{3,}")


@dataclass(slots=True, kw_only=True)
class Bridges:
    """What leads from a world to other subspaces, and which pairs were told of already."""

    edges: Sequence[Edge]
    """Heaviest first."""
    entities: Mapping[EntityId, Entity]
    """The entities of other subspaces that edges end at."""
    facts: Mapping[EntityId, Sequence[Fact]]
    """Their standing facts."""
    wordings: Mapping[str, Wording]
    """How those may be said."""
    done: set[tuple[EntityId, EntityId]] = field(default_factory=set)

    def pair(self, own: Mapping[EntityId, Sequence[Fact]]) -> tuple[Edge, Fact, Fact] | None:
        """Return the next pair nobody has told of, with the two facts that have most words in common."""
        for edge in self.edges:
            ends = edge.source, edge.target
            if ends in self.done:
                continue
            here, there = own.get(edge.source, ()), self.facts.get(edge.target, ())
            both = [(len(_words(a) & _words(b)), a.id, b.id, a, b) for a in here for b in there]
            if both:
                _, _, _, first, second = max(both, key=lambda found: found[:3])
                return edge, first, second
            self.done.add(ends)
        return None

    def stimulus(
        self,
        space: SubspaceId,
        date: dt.date,
        own: Mapping[EntityId, Sequence[Fact]],
        seed: int,
    ) -> Stimulus | None:
        """Return a reason to write of the next pair nobody was asked to tell of."""
        found = self.pair(own)
        if found is None:
            return None
        edge, first, second = found
        shift = Shift(subspace=space, entity=edge.source, date=date, facts=(first, second))
        return Stimulus(
            kind=IdeaKind.CURIOSITY, date=date, shift=shift, entity=edge.source, seed=seed
        )

    def asked(self, shift: Shift) -> None:
        """Take note that somebody is writing of a pair: nobody is asked again."""
        self.done.update(
            (shift.entity, fact.entity) for fact in shift.facts if fact.subspace != shift.subspace
        )


def _words(fact: Fact) -> set[str]:
    return set(WORD.findall(fact.statement.lower()))
