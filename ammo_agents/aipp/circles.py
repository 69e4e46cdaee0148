"""Circles: what people with a like taste share, kept as totals over so many that nobody stands out (W12).

Two people are alike where their predicted scores are, on a fixed set of well-known entities: their q cannot
be compared, since different q may rank alike. What everybody shares is taken out first (a partial
correlation given φ·m and the people's mean), or all would be alike in liking what is good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ammo_agents.aipp.preference import Prior
from ammo_agents.geometry import SIZE, Indices
from ammo_agents.geometry.space import SMALLEST
from ammo_agents.records import Wide

LANDMARKS = 200
"""Well-known entities on which people are compared."""
FEWEST_LANDMARKS = 20
"""With fewer, likeness would be chance."""
LEAST = 10
"""People of a circle at least; never fewer than k."""
CIRCLES = 8
"""Circles at most: of the ten things the nearest one likes most beyond others, people new to it liked .173 with
an eighth of the known people each, .151 with ten; a circle taken by chance gives .085 (docs/taste.md has the data)."""
HEARD = 3
"""Acts from which on a served person has a circle."""
ALIKE = 0.2
"""Likeness below which nobody is called alike: of 380 people, three likes of somebody new gave .36 on average."""


class Liking(NamedTuple):
    """How a circle likes one entity."""

    people: int
    """Who of the circle liked it: k or more."""
    more: float
    """Their share of the circle less the share elsewhere (counted as 0 where fewer than k liked it there)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """People of like taste, as totals."""

    people: int
    """How many they are."""
    scores: Wide = field(compare=False)
    """Mean over them of what their own acts add to a landmark's score, shape (landmarks,)."""
    liked: Mapping[str, Liking] = field(default_factory=dict)
    """Entity id → how they like it; entities fewer than k of them liked are not there."""

    def favourites(self, most: int) -> list[tuple[str, Liking]]:
        """Return what they like more than others do, most so first."""
        order = sorted(self.liked.items(), key=lambda item: (-item[1].more, item[0]))
        return [item for item in order if item[1].more > 0][:most]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circles:
    """The circles of a community and what finds a person's."""

    landmarks: tuple[str, ...]
    """Entity ids, best known first."""
    rows: Wide = field(compare=False)
    """φ of the landmarks, shape (landmarks, width)."""
    common: Wide = field(compare=False)
    """Mean over all people of what their own acts add, shape (landmarks,)."""
    circles: tuple[Circle, ...]

    def nearest(self, q: Wide, prior: Prior) -> tuple[Circle, float] | None:
        """Return the circle whose taste is most like that of `q`, and how alike they are, up to 1.

        The first of equals wins. None: no circle is alike, as for a `q` that says nothing of its own.
        """
        expected = self.rows[:, :SIZE] @ prior.mean
        own = (self.rows @ q - expected)[None]
        known = np.stack([circle.scores for circle in self.circles])
        likeness = _bare(known, expected, self.common) @ _bare(own, expected, self.common)[0]
        place = int(np.argmax(likeness))
        found = float(likeness[place])
        return None if found < ALIKE else (self.circles[place], found)


class Heard(NamedTuple):
    """One known person: φ of what they rated, shape (n, width), the rewards, and rows of what they liked."""

    rows: Wide
    rewards: Wide
    liked: Indices


def gathered(
    people: Sequence[Heard],
    prior: Prior,
    landmarks: Sequence[tuple[str, Wide]],
    entities: Sequence[str],
    k: int,
) -> Circles | None:
    """Return the circles of these people; None where people or landmarks are too few.

    `landmarks` are (entity id, φ), best known first; rows of what somebody liked point into `entities`.
    Every number that is kept comes from k people or more.
    """
    least = max(k, LEAST, len(people) // CIRCLES)
    if len(people) < least or len(landmarks) < FEWEST_LANDMARKS:
        return None
    rows = np.stack([row for _, row in landmarks[:LANDMARKS]])
    own = np.stack([rows @ _own(one, prior) for one in people])
    expected, common = rows[:, :SIZE] @ prior.mean, own.mean(axis=0)
    groups = grouped(_bare(own, expected, common), least)
    votes = np.zeros((len(people), len(entities)), bool)
    for row, one in zip(votes, people, strict=True):
        row[one.liked] = True
    return Circles(
        landmarks=tuple(name for name, _ in landmarks[:LANDMARKS]),
        rows=rows,
        common=common,
        circles=tuple(
            Circle(
                people=len(group),
                scores=own[group].mean(axis=0),
                liked=_liked(votes, group, entities, k),
            )
            for group in groups
        ),
    )


def grouped(points: Wide, least: int) -> list[Indices]:
    """Return groups of at least `least` of these rows (people, m), each sorted; together they are all.

    A group is halved along its first principal direction, where the two halves are tightest, while both
    can have `least`. The same rows give the same groups.
    """
    waiting: list[Indices] = [np.arange(len(points), dtype=np.intp)]
    done: list[Indices] = []
    while waiting:
        group = waiting.pop()
        order, cut = _cut(points[group], least)
        if cut:
            waiting += [np.sort(group[order[cut:]]), np.sort(group[order[:cut]])]
        else:
            done.append(group)
    return sorted(done, key=lambda group: (-len(group), int(group[0])))


def _cut(points: Wide, least: int) -> tuple[Indices, int]:
    """Return the rows in order along their first direction, and where to cut; 0 = not at all."""
    n = len(points)
    if n < 2 * least:
        return np.arange(n, dtype=np.intp), 0
    centred = points - points.mean(axis=0)
    _, lengths, directions = np.linalg.svd(centred, full_matrices=False)
    if lengths[0] <= SMALLEST:
        return np.arange(n, dtype=np.intp), 0
    direction = directions[0] * np.sign(directions[0][np.abs(directions[0]).argmax()])
    along = centred @ direction
    order = np.argsort(along, kind="stable")
    left = np.cumsum(along[order])[:-1]
    sizes = np.arange(1, n)
    between = left**2 / sizes + left**2 / (n - sizes)  # the two sums are opposite
    allowed = between[least - 1 : n - least]
    return order.astype(np.intp), least + int(np.argmax(allowed))


def _own(one: Heard, prior: Prior) -> Wide:
    """Return q - m of a known person, as if each reward were one act of weight 1 today."""
    head = one.rows[:, :SIZE]
    precision = np.diag(1.0 / prior.variance) + head.T @ head / prior.noise
    surprise = one.rewards - head @ prior.mean
    moved = np.linalg.solve(precision, head.T @ surprise / prior.noise)
    pulls = np.array([prior.pull(reward, 1.0) for reward in one.rewards.tolist()], np.float64)
    return np.concatenate([moved, pulls @ one.rows[:, SIZE:]])


def _bare(own: Wide, expected: Wide, common: Wide) -> Wide:
    """Return each row without what everybody shares, with length 1 (or 0 where nothing is left)."""
    shared = np.stack([np.ones_like(expected), expected, common])
    _, lengths, directions = np.linalg.svd(shared, full_matrices=False)
    directions = directions[lengths > SMALLEST * max(1.0, float(lengths[0]))]
    left = own - own @ directions.T @ directions
    length = np.linalg.norm(left, axis=1, keepdims=True)
    weak = SMALLEST * np.maximum(1.0, np.linalg.norm(own, axis=1, keepdims=True))
    bare: Wide = np.where(length > weak, left / np.maximum(length, weak), 0.0)
    return bare


def _liked(
    votes: NDArray[np.bool_], group: Indices, entities: Sequence[str], k: int
) -> dict[str, Liking]:
    inside = votes[group].sum(axis=0)
    outside = votes.sum(axis=0) - inside
    others = max(1, len(votes) - len(group))
    found = {}
    for row in np.flatnonzero(inside >= k).tolist():
        elsewhere = int(outside[row]) if outside[row] >= k else 0
        people = int(inside[row])
        found[entities[row]] = Liking(people, people / len(group) - elsewhere / others)
    return found
