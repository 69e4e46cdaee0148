"""What the harness asks of a method, and what it gives it to begin with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np

from ammo_agents.ports import Factoriser
from ammo_agents.records import Matrix, Wide
from ammo_agents.replay.log import History, Item, Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What every method may know of the items before anybody rated them, and the parts it may use."""

    items: tuple[Item, ...]
    vectors: Matrix = field(compare=False)
    """Unit rows of the items' texts, shape (items, D), float32."""
    factorisers: Mapping[str, Factoriser] = field(default_factory=dict)
    """By name: ``implicit/als``."""
    seed: int = 7


class Method(Protocol):
    """Learns from some people and serves others, whom it has never seen."""

    name: str

    def learn(self, known: Sequence[History]) -> None:
        """Take in whole histories of people; what was learned before is forgotten."""
        ...

    def scores(self, past: History) -> Wide:
        """Return one score per item, shape (items,), finite, for a person with this past (may be empty)."""
        ...


@runtime_checkable
class Chooser(Protocol):
    """A method that fills slots by more than the order of its scores."""

    def slate(self, past: History, candidates: Rows, slots: int, rng: np.random.Generator) -> Rows:
        """Return at most `slots` of the candidates' rows, none twice."""
        ...


@runtime_checkable
class Asker(Protocol):
    """A method that knows which question is worth asking."""

    def question(
        self, past: History, askable: Rows, candidates: Rows, rng: np.random.Generator
    ) -> int:
        """Return the row of the item to ask about, one of `askable`; the slate will be of `candidates`."""
        ...
