"""What a subspace brings: its knowledge, what happens in it, and how its facts may be worded (W5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from ammo_agents.records import Edge, EntityId, Fact, GoalBuddy, Knowledge, Shift, SubspaceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How facts of one predicate may be said: what a writer needs, and what the gate lets through."""

    examples: tuple[tuple[str, str], ...] = ()
    """(slot sentence, a true rewriting of it) pairs that teach a model the task."""
    words: frozenset[str] = frozenset()
    """Content words (lower case) that a statement of this predicate entails beyond its own."""
    titles: tuple[str, ...] = ()
    """Frames for titles, with the fact's slots; the realiser's choice and a model's examples."""
    frames: tuple[str, ...] = ()
    """Alternative frames for the sentence, equally true; the realiser varies among them."""
    around: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Slot name → words one of which must stand right before the slot; empty tuple = anything.
    It keeps 'from {open} to {close}' from being turned round. A name that has an entry may not be left out either."""
    keeps: tuple[frozenset[str], ...] = ()
    """Sets of words (lower case) that carry what the statement relates or how far it reaches (*based*, *here*):
    of each set one must stand in every sentence, for without it the rest says something else, and false."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A subspace's own feedback act: an AiPP mod (W15)."""

    name: str
    label: str
    reward: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CardField:
    """A field of a subspace's cards, filled from the facts a card cites: an AiPP mod, declared, never code (W15)."""

    name: str
    """A slug: ``change``."""
    label: str
    """What stands before it on a card: ``Change``."""
    predicate: str
    """Kind of fact it is filled from: ``coin.jump``; a trailing ``*`` takes every kind that begins so."""
    quantity: str
    """Name of that fact's quantity: ``change``."""
    kind: Literal["text", "number", "date"] = "text"


class Triggers(Protocol):
    """The subspace's world, day by day: the replayed or live source of shifts."""

    def day(self) -> dt.date:
        """Return the day the world has reached."""
        ...

    async def advance(self) -> Sequence[Shift] | None:
        """Move the world one day on and return that day's shifts, most surprising first; None at its end."""
        ...

    def knowledge(self) -> Sequence[Fact]:
        """Return the facts known on this day, beyond the standing ones: most recent first."""
        ...

    async def scheduled(self) -> Sequence[Shift]:
        """Return what the calendar asks for on this day (a week is over, an anniversary)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOptions:
    """How a subspace's world is entered."""

    start: dt.date | None = None
    """The first day; None = where the subspace thinks a newcomer should begin."""
    live: bool = False
    """Ask the network; off by default."""
    only: tuple[str, ...] = ()
    """Entity slugs to keep; empty = all."""


class QuietTriggers:
    """The world of a subspace in which nothing happens by itself: its day never moves."""

    def __init__(self, day: dt.date) -> None:
        self._day = day

    def day(self) -> dt.date:
        """Return the one day of this world."""
        return self._day

    async def advance(self) -> Sequence[Shift] | None:
        """Return None: there is no next day."""
        return None

    def knowledge(self) -> Sequence[Fact]:
        """Return nothing beyond the standing facts."""
        return ()

    async def scheduled(self) -> Sequence[Shift]:
        """Return nothing: this calendar is empty."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subspace:
    """A district of the MetaSpace, as a plugin declares it. Only `id`, `title` and `knowledge` are needed."""

    id: SubspaceId
    title: str
    knowledge: Callable[[], Knowledge]
    """Loaded once, when the subspace is opened; never at import."""
    summary: str = ""
    triggers: Callable[[FeedOptions], Triggers] | None = None
    wordings: Mapping[str, Wording] = field(default_factory=dict)
    """Predicate → wording; a predicate without one is said near its own words."""
    buddies: Callable[[Knowledge], Sequence[GoalBuddy]] | None = None
    """None = one Goal Buddy per entity that has facts or edges (W6)."""
    actions: tuple[Action, ...] = ()
    fields: tuple[CardField, ...] = ()
    """What a card shows beside its sentences."""
    match: Callable[[str, int | None], EntityId | None] | None = None
    """Return the entity that others call by a title and a year; None = by its name alone."""
    bridges: Callable[[Mapping[SubspaceId, Knowledge]], Sequence[Edge]] | None = None
    """Return edges from its entities to those of other subspaces that are installed (W5), given what those know."""
    principles: tuple[str, ...] = ()
    """What every creation here must keep to, checked like claims (W23)."""
    attribution: str = ""
    """The notice its data's licence asks for."""
    origin: Literal["data", "simulation"] = "data"
    seed: Callable[[], bytes] | None = None
    """Return its seed pack (`round.seeds`), for a home that has no cards of it yet; blocks to read a file."""
