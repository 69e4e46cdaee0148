"""What is right without learning anything, and what lies in the way pairs came to be: length, position, majority."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ammo_agents.aipp.pairs.near import normal
from ammo_agents.aipp.pairs.record import Pair
from ammo_agents.aipp.pairs.sides import users_of

AIM, WIDE = 0.5, 0.05
"""P(chosen stood higher) should be this, give or take."""
HEAVIEST = 10.0
"""Times the mean weight at most: one rare slot must not decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """How often a rule that learns nothing is right."""

    name: str
    n: int
    right: int
    ties: int
    """Where the rule has nothing to say."""

    @property
    def accuracy(self) -> float:
        """Share right, ties as wrong; 0.0 of nothing."""
        return self.right / self.n if self.n else 0.0

    @property
    def fair(self) -> float:
        """Share right with each tie as a half: what a model's accuracy is compared with."""
        return (self.right + self.ties / 2) / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Whether people chose a place and not a text."""

    n: int
    """Pairs whose two places are known."""
    higher: float
    """P(chosen stood higher), in [0, 1]."""
    weighted: float | None
    """The same, each pair weighted by 1 / (propensity of both places); None = no propensities are known."""

    @property
    def is_fair(self) -> bool:
        """Return whether it is 0.5 ± 0.05, by propensity where that is known."""
        told = self.higher if self.weighted is None else self.weighted
        return self.n == 0 or abs(told - AIM) <= WIDE


def baselines(pairs: Sequence[Pair], known: Sequence[Pair] = ()) -> tuple[Baseline, ...]:
    """Return what "longer wins", "shorter wins" and "the majority" come to on these pairs, each with its n.

    Length is in characters; equal length is a tie, and wrong in `accuracy`. The majority of a text is
    what other people did with it, in `known` and in these pairs: a text nobody else met is a tie.
    """
    longer = sum(len(p.chosen) > len(p.rejected) for p in pairs)
    shorter = sum(len(p.chosen) < len(p.rejected) for p in pairs)
    n, even = len(pairs), len(pairs) - longer - shorter
    leads = [_lead(p, by) for by in (_wins([*known, *pairs]),) for p in pairs]
    return (
        Baseline(name="longer", n=n, right=longer, ties=even),
        Baseline(name="shorter", n=n, right=shorter, ties=even),
        Baseline(
            name="majority", n=n, right=sum(x > 0 for x in leads), ties=sum(x == 0 for x in leads)
        ),
    )


def best(found: Sequence[Baseline]) -> Baseline:
    """Return the strongest rule: a result below it is no result."""
    return max(found, key=lambda one: (one.fair, one.name))


def position(pairs: Sequence[Pair]) -> Position:
    """Return how often the chosen text stood above the rejected one, before and after weighting by propensity."""
    placed = [
        (p, p.chosen_by.slot < p.rejected_by.slot)
        for p in pairs
        if p.chosen_by.slot is not None
        and p.rejected_by.slot is not None
        and p.chosen_by.slot != p.rejected_by.slot
    ]
    if not placed:
        return Position(n=0, higher=AIM, weighted=None)
    plain = sum(higher for _, higher in placed) / len(placed)
    told = [(_weight(p), higher) for p, higher in placed]
    weighed = [(weight, higher) for weight, higher in told if weight is not None]
    if not weighed:
        return Position(n=len(placed), higher=plain, weighted=None)
    most = HEAVIEST * sum(weight for weight, _ in weighed) / len(weighed)
    capped = [(min(weight, most), higher) for weight, higher in weighed]
    above = sum(weight for weight, higher in capped if higher)
    return Position(
        n=len(placed), higher=plain, weighted=above / sum(weight for weight, _ in capped)
    )


def _weight(pair: Pair) -> float | None:
    one, other = pair.chosen_by.propensity, pair.rejected_by.propensity
    return None if not one or not other else 1.0 / (one * other)


def _wins(pairs: Sequence[Pair]) -> Mapping[str, Counter[str]]:
    """Return text → person → times chosen less times rejected."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for place, pair in enumerate(pairs):
        who = min(users_of(pair), default=f"#{place}")
        found[normal(pair.chosen)][who] += 1
        found[normal(pair.rejected)][who] -= 1
    return found


def _lead(pair: Pair, wins: Mapping[str, Counter[str]]) -> float:
    """Return how much better others did with the chosen text: mean over the other people who met each."""
    own = users_of(pair)
    means = []
    for text in pair.texts:
        others = [
            (won > 0) - (won < 0)
            for who, won in wins[normal(text)].items()
            if who not in own and not who.startswith("#")
        ]
        means.append(sum(others) / len(others) if others else 0.0)
    return means[0] - means[1]
