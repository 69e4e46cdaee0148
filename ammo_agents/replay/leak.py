"""Stands between the log and a method, so that no method ever learns from whom it is judged on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ammo_agents.errors import BadInputError, LeakError
from ammo_agents.records import Wide
from ammo_agents.replay.log import History, Rows
from ammo_agents.replay.method import Asker, Chooser, Method

SHARED, FEWEST = 0.5, 5
"""A history of which this share, and at least so many lines, are another person's is that person's copy."""


KEPT = 5
"""Taught methods kept at a time: one per fold."""


@dataclass(slots=True)
class Sealed:
    """A method behind glass: it is handed copies, and only what it may know.

    `learn` refuses the evaluated people, by name and by what they said; `scores`, `slate` and
    `question` refuse a past that holds what is still to be judged.
    """

    method: Method
    again: Callable[[], Method] | None = None
    """Makes another one of the kind: then what a group of people taught is kept, and not learned twice."""
    looked: int = 0
    """How many hand-overs were inspected."""
    _taught: dict[bytes, Method] = field(default_factory=dict)
    _judged: Mapping[str, History] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The method's name."""
        return self.method.name

    def learn(self, known: Sequence[History], judged: Sequence[History]) -> None:
        """Let the method learn from `known`.

        Raises:
            LeakError: one of them is judged, under this or another name.
        """
        self._judged = {person.person: person for person in judged}
        both = [person.person for person in known if person.person in self._judged]
        if both:
            raise LeakError(
                f"{len(both)} people would be learned from and judged on: {', '.join(both[:5])}",
                hint="Whoever is evaluated must not be among the known people.",
            )
        _no_copies(known, judged)
        self.looked += 1
        if self.again is None:
            self.method.learn(_copies(known))
            return
        group = _group(known)
        if group not in self._taught:
            while len(self._taught) >= KEPT:
                self._taught.pop(next(iter(self._taught)))
            self._taught[group] = self.again()
            self._taught[group].learn(_copies(known))
        self.method = self._taught[group]

    def scores(self, past: History, hidden: Rows, *, since: float = np.inf) -> Wide:
        """Return the method's scores for a person with this past.

        `hidden` are the items still to be judged; `since` is the time of the first of them where the
        protocol goes by time.

        Raises:
            LeakError: the past holds one of them, or something later.
            BadInputError: scores of another shape, or that are not finite.
        """
        self._look(past, hidden, since)
        found = np.asarray(self.method.scores(past), np.float64)
        if found.ndim != 1 or not np.isfinite(found).all():
            raise BadInputError(
                f"{self.name} gives scores of shape {found.shape}, or one that is not finite",
                hint="A method returns one finite number per item.",
            )
        return found

    def slate(
        self, past: History, candidates: Rows, slots: int, rng: np.random.Generator
    ) -> Rows | None:
        """Return the method's own slate; None if it has none beyond its scores.

        Raises:
            LeakError: the past holds a candidate.
            BadInputError: a slate that is none.
        """
        if not isinstance(self.method, Chooser):
            return None
        self._look(past, candidates, np.inf)
        chosen = np.asarray(self.method.slate(past, candidates.copy(), slots, rng), np.intp)
        if (
            len(chosen) > slots
            or len(np.unique(chosen)) != len(chosen)
            or not np.isin(chosen, candidates).all()
        ):
            raise BadInputError(
                f"{self.name} chose {chosen.tolist()}, which is no slate of {slots} candidates",
                hint="A slate holds candidates, none twice, at most as many as there are slots.",
            )
        return chosen

    def question(
        self, past: History, askable: Rows, hidden: Rows, rng: np.random.Generator
    ) -> int | None:
        """Return which item the method would ask about; None if it does not ask by itself."""
        if not isinstance(self.method, Asker):
            return None
        self._look(past, np.concatenate([askable, hidden]), np.inf)
        chosen = int(self.method.question(past, askable.copy(), hidden.copy(), rng))
        if chosen not in askable:
            raise BadInputError(
                f"{self.name} asks about {chosen}, which cannot be asked about",
                hint="A question is about one of the items offered.",
            )
        return chosen

    def _look(self, past: History, hidden: Rows, since: float) -> None:
        self.looked += 1
        future = np.intersect1d(past.items, hidden)
        if len(future):
            raise LeakError(
                f"the past of {past.person} holds {len(future)} items that are still to be judged",
                hint="Hand out only what came before.",
            )
        if len(past) and past.times[-1] > since:
            raise LeakError(
                f"the past of {past.person} reaches {past.times[-1]:.0f}, beyond the first judged rating at {since:.0f}",
                hint="Hand out only what came before.",
            )


def _no_copies(known: Sequence[History], judged: Sequence[History]) -> None:
    """Raise `LeakError` when a known history says what a judged person said, item, rating and time."""
    if not known or not judged:
        return
    told = np.unique(np.concatenate([_lines(person) for person in judged]))
    found = np.isin(np.concatenate([_lines(person) for person in known]), told)
    ends = np.cumsum([len(person) for person in known])
    for person, lines in zip(known, np.split(found, ends[:-1]), strict=True):
        shared = int(lines.sum())
        if shared >= max(FEWEST, SHARED * len(person)):
            raise LeakError(
                f"{shared} of {len(person)} ratings of the known person {person.person} are those of people to be judged",
                hint="Somebody is in the log under two names: keep one of them.",
            )


def _copies(people: Sequence[History]) -> list[History]:
    return [person.at(slice(None)) for person in people]


def _group(people: Sequence[History]) -> bytes:
    """Return a hash of who they are and what they said."""
    whole = hashlib.sha256()
    for person in people:
        whole.update(f"{person.person}\n{len(person)}\n".encode())
        whole.update(_lines(person).tobytes())
    return whole.digest()


def _lines(person: History) -> NDArray[np.uint64]:
    """Return one mixed 64-bit number per rating: equal lines give equal numbers."""
    mixed = person.items.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    for column, factor in (
        (person.ratings, 0xC2B2AE3D27D4EB4F),
        (person.times, 0x165667B19E3779F9),
    ):
        bits = np.ascontiguousarray(column + 0.0).view(np.uint64)  # -0 becomes 0
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(factor) + bits
    return mixed
