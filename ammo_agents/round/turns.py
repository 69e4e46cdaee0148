"""The draws of a feed over several subspaces: seats are dealt first, then cards are drawn as everywhere (W5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ammo_agents.aipp.explanation import parts
from ammo_agents.geometry.mixed import FIRST
from ammo_agents.geometry.pick import Term
from ammo_agents.records import (
    BuddyId,
    CreationId,
    Part,
    Preference,
    Slate,
    SubspaceId,
    Wide,
    digest,
)
from ammo_agents.round.draw import Draw, Known, others
from ammo_agents.user.rank import Candidates
from ammo_agents.user.seats import Turns, seated


@dataclass(slots=True, kw_only=True)
class MixedDraw(Draw):
    """How slates over several subspaces are chosen; `path` tells whose turn is next."""

    spaces: tuple[SubspaceId, ...]
    titles: Mapping[SubspaceId, str]
    space_of: Callable[[CreationId], SubspaceId]
    path: list[SubspaceId] = field(default_factory=list)
    """The subspaces of the cards of this feed that stand, oldest first."""

    async def choose(
        self, known: Known, pool: Candidates, n: int | None = None, *, ahead: int = 0
    ) -> Slate:
        """Return a slate of `n` cards with its reasons, each subspace in its turn."""
        dealt = self.dealt(known.preference, pool, n, self.path, ahead)
        return await Draw.choose(self, known, dealt, n, ahead=ahead)

    async def foresee(
        self, known: Known, pool: Candidates, n: int | None = None, *, ahead: int = 0
    ) -> tuple[CreationId, ...]:
        """Return the cards that `choose` would choose, without chances and reasons."""
        dealt = self.dealt(known.preference, pool, n, self.path, ahead)
        return await Draw.foresee(self, known, dealt, n, ahead=ahead)

    async def upcoming(
        self, known: Known, pool: Candidates, n: int, avoid: Sequence[BuddyId] = ()
    ) -> tuple[CreationId, ...]:
        """Return the next `n` cards as they would come one by one."""
        found: list[CreationId] = []
        told, path = list(avoid), list(self.path)
        for ahead in range(n):
            open_ = others(pool.without(set(found)), told)
            dealt = self.dealt(known.preference, open_, 1, path, ahead)
            one = await Draw.foresee(self, known, dealt, 1, ahead=ahead)
            if not one:
                break
            found.append(one[0])
            path.append(self.space_of(one[0]))
            told = [*told[1:], pool.buddies[pool.ids.index(one[0])]]
        return tuple(found)

    def dealt(
        self,
        preference: Preference,
        pool: Candidates,
        n: int | None,
        path: Sequence[SubspaceId],
        ahead: int = 0,
    ) -> Candidates:
        """Return the candidates with their seats, for a feed that has come this far."""
        scores = np.zeros(len(pool.ids)) if self.mix == "plain" else pool.rows @ preference.q
        turns = Turns(waiting=self.waiting(path), by_turn=len(path) % 2 == 1, seed=self.seed(ahead))
        spaces = [self.space_of(id) for id in pool.ids]
        return seated(pool, spaces, scores, n or self.settings.slots, turns)

    def waiting(self, path: Sequence[SubspaceId]) -> tuple[SubspaceId, ...]:
        """Return the subspaces, the one that has waited longest first; at first in an order of the person's own."""
        last = {space: place for place, space in enumerate(path)}
        return tuple(sorted(self.spaces, key=lambda s: (last.get(s, -1), digest([self.person, s]))))

    def parts(
        self, known: Known, row: Wide, chosen: Mapping[int, Term] | None = None
    ) -> tuple[Part, ...]:
        """Return every term of a row's score; what is felt for its subspace in general is a term of its own."""
        preference = known.preference
        plain, found = row.copy(), []
        for place in np.flatnonzero(row[FIRST : FIRST + len(self.spaces)]):
            at = FIRST + int(place)
            plain[at] = 0.0
            value = float(row[at] * preference.q[at])
            found.append(Part(kind="space", label=self._general(int(place), value), value=value))
        rest = parts(preference, known.events, plain, prior=known.prior, chosen=chosen)
        return (*rest, *(part for part in found if part.value))

    def _general(self, place: int, value: float) -> str:
        space = self.spaces[place]
        less = "" if value > 0 else " less"
        return f"you like {self.titles.get(space, space)}{less} in general"
