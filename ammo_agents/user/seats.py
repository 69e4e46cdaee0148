"""Whose turn it is in a feed over several subspaces: seats are dealt before cards are drawn (W5, W11).

Half of all seats go by turn, to the subspace that has waited longest; the other half by liking. So however
large one subspace is, in any 2S + 2 cards in a row each of S subspaces that has something to show has one. The
draw inside the dealt seats is the usual one: its chances are exact, for what could have taken the seat.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ammo_agents.geometry import top_k
from ammo_agents.records import BuddyId, SubspaceId, Wide
from ammo_agents.user.rank import CONTENDERS, FLAT, NEWCOMER_CONTENDERS, Candidates

ROOM = 8
"""Places among a subspace's contenders that are kept for the best card of each of its seats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Where a mixed feed stands."""

    waiting: tuple[SubspaceId, ...]
    """Every subspace, the one that has waited longest first."""
    by_turn: bool
    """Does a single next seat go by turn (True) or by liking?"""
    seed: int
    """Which cards of an unknown liking are among the contenders follows from it."""


def seated(
    pool: Candidates, spaces: Sequence[SubspaceId], scores: Wide, n: int, turns: Turns
) -> Candidates:
    """Return the candidates of a draw of `n` cards with their seats; `spaces` and `scores` belong to the rows.

    One seat: everybody's when it goes by liking, else those of the subspace whose turn it is. More: as
    many seats as cards, each of one subspace, its buddies dealt over its seats by rank.
    """
    rows = _by_space(spaces)
    if n < 1 or len(rows) < 2:
        return pool
    unknown = float(np.ptp(scores)) <= FLAT
    order = [space for space in turns.waiting if space in rows]
    if n == 1 and not (turns.by_turn or unknown):
        return pool
    if n == 1:
        return pool.only(np.array(rows[order[0]], np.intp))
    ranked = {space: _ranked(pool, places, scores) for space, places in rows.items()}
    counts = _counts(
        {s: [best for _, best in r] for s, r in ranked.items()},
        order,
        n,
        n if unknown else (n + 1) // 2,
    )
    return _dealt(pool, rows, ranked, counts, scores, _Most(unknown, turns.seed))


@dataclass(frozen=True, slots=True)
class _Most:
    unknown: bool
    seed: int

    def of(self, places: list[int], scores: Wide, spaces: int) -> list[int]:
        """Return the contenders among one subspace's cards: an equal share of all that can be in a draw."""
        most = (NEWCOMER_CONTENDERS if self.unknown else CONTENDERS) // spaces - ROOM
        if len(places) <= most:
            return places
        if self.unknown:
            rng = np.random.default_rng(self.seed)
            return [places[k] for k in rng.permutation(len(places))[:most]]
        return [places[k] for k in top_k(scores[places], most)]


def _by_space(spaces: Sequence[SubspaceId]) -> dict[SubspaceId, list[int]]:
    rows: dict[SubspaceId, list[int]] = defaultdict(list)
    for row, space in enumerate(spaces):
        rows[space].append(row)
    return rows


def _ranked(pool: Candidates, places: Sequence[int], scores: Wide) -> list[tuple[BuddyId, float]]:
    """Return a subspace's buddies with the score of their best card, best first."""
    best: dict[BuddyId, float] = {}
    for row in places:
        buddy = pool.buddies[row]
        best[buddy] = max(float(scores[row]), best.get(buddy, -np.inf))
    return sorted(best.items(), key=lambda item: (-item[1], item[0]))


def _counts(
    best: Mapping[SubspaceId, Sequence[float]], order: Sequence[SubspaceId], n: int, by_turn: int
) -> dict[SubspaceId, int]:
    """Return how many seats each subspace has: first by turn, then by liking."""
    counts = dict.fromkeys(order, 0)
    while sum(counts.values()) < n:
        open_ = [space for space in order if counts[space] < len(best[space])]
        if not open_:
            break
        if sum(counts.values()) < by_turn:
            fewest = min(counts[space] for space in open_)
            chosen = next(space for space in open_ if counts[space] == fewest)
        else:
            chosen = max(open_, key=lambda space: best[space][counts[space]])
        counts[chosen] += 1
    return counts


def _dealt(
    pool: Candidates,
    rows: Mapping[SubspaceId, list[int]],
    ranked: Mapping[SubspaceId, Sequence[tuple[BuddyId, float]]],
    counts: Mapping[SubspaceId, int],
    scores: Wide,
    most: _Most,
) -> Candidates:
    """Return the contenders with their seats: a buddy of rank r sits on seat r mod b of its subspace's b."""
    taken, seats, begun = [], {}, 0
    served = [space for space, count in counts.items() if count]
    for space in served:
        rank = {buddy: r for r, (buddy, _) in enumerate(ranked[space])}
        leaders = _leaders(pool, rows[space], scores, counts[space], rank)
        for row in {*most.of(rows[space], scores, len(served)), *leaders}:
            taken.append(row)
            seats[row] = begun + rank[pool.buddies[row]] % counts[space]
        begun += counts[space]
    places = np.array(sorted(taken), np.intp)
    chosen = pool.only(places)
    return Candidates(
        ids=chosen.ids,
        rows=chosen.rows,
        buddies=chosen.buddies,
        seats=np.array([seats[row] for row in places.tolist()], np.intp),
    )


def _leaders(
    pool: Candidates, places: Sequence[int], scores: Wide, count: int, rank: Mapping[BuddyId, int]
) -> list[int]:
    """Return the best card of each of the first `count` buddies: no seat of theirs stays empty."""
    best: dict[BuddyId, int] = {}
    for row in places:
        buddy = pool.buddies[row]
        if rank[buddy] < count and (buddy not in best or scores[row] > scores[best[buddy]]):
            best[buddy] = row
    return list(best.values())
