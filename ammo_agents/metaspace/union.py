"""Several living matrices seen as one: what a feed over more than one subspace is chosen from (W5).

Nothing is kept twice for long: rows are copied when their owner grows, and dropped when their owner drops them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ammo_agents.metaspace.living import Living, LivingMatrix
from ammo_agents.records import SubspaceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One matrix, and which of its creations are shown here."""

    living: LivingMatrix
    takes: Callable[[Living], bool] = lambda _: True


class LivingUnion(LivingMatrix):
    """The living creations of several subspaces, each once; follows its members as they grow and shrink."""

    def __init__(self, name: SubspaceId, members: Sequence[Member]) -> None:
        self.members = tuple(members)
        self._mark: tuple[tuple[int, int], ...] = ()
        self._all: list[Living] = []
        super().__init__(name)

    @property
    def about(self) -> list[Living]:
        """What the rows are, as of now."""
        self.follow()
        return self._all

    @about.setter
    def about(self, value: list[Living]) -> None:
        self._all = value

    def follow(self) -> None:
        """Take up what the members have gained or lost since the last look."""
        mark = tuple((m.living.retired, len(m.living.about)) for m in self.members)
        if mark == self._mark:
            return
        before, self._mark = self._mark, mark
        begun = [count for _, count in before]
        if [gone for gone, _ in mark] != [gone for gone, _ in before]:
            self._empty()
            begun = [0] * len(mark)
        for member, first, (_, count) in zip(self.members, begun, mark, strict=True):
            rows = member.living.matrix
            for at in range(first, count):
                one = member.living.about[at]
                if one.id not in self and member.takes(one):
                    self._take(one, rows[at])
