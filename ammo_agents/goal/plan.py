"""What a creation will consist of, line by line, and what writers offer for the lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from ammo_agents.errors import AmmoError, BudgetError
from ammo_agents.records import Capability, Claim, Fact, Flag, Idea, Usage

LINES = 4
"""Lines of a card a tiny model writes: title, hook and two claims."""
FACTS_READ: dict[Capability, int] = {"tiny": 3, "small": 5, "large": 8}
"""Facts a model of each capability is shown for one card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line still to be written."""

    key: str
    """``title``, ``hook``, ``claim/0`` …: also the order of the card."""
    role: Literal["title", "sentence"]
    fact: Fact
    """The fact it tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One wording offered for one line."""

    key: str
    claim: Claim
    avoid: str = ""
    """The sentence it was made from; a variant that only repeats it is no gain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What stronger models add to a card; none of it states a fact."""

    question: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a writer handed in at one go."""

    variants: tuple[Variant, ...] = ()
    usage: Usage = field(default_factory=Usage)
    prompt: str = ""
    """Fingerprint of the prompt texts."""
    extras: Extras = field(default_factory=Extras)
    fault: str = ""
    """Why nothing usable came, in the words of the `ModelError`."""
    stage: Literal["model", "budget"] = "model"

    @classmethod
    def failed(cls, error: AmmoError, *, prompt: str) -> Sheet:
        """Return the empty sheet of a call that failed."""
        stage: Literal["model", "budget"] = "budget" if isinstance(error, BudgetError) else "model"
        return cls(fault=error.message, stage=stage, prompt=prompt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """The best passing variant of each line so far, and everything that did not pass."""

    accepted: dict[str, Claim] = field(default_factory=dict)
    flags: tuple[Flag, ...] = ()
    open: tuple[str, ...] = ()
    """Keys without a passing variant: all a writer hears of the gate."""
    tried: int = 0


def lines_of(idea: Idea) -> tuple[Line, ...]:
    """Return the lines of a card that tells one fact a line, the first fact in title and hook."""
    lead = idea.facts[0]
    told = idea.facts[1 : LINES - 1] or (lead,)
    return (
        Line(key="title", role="title", fact=lead),
        Line(key="hook", role="sentence", fact=lead),
        *(Line(key=f"claim/{n}", role="sentence", fact=f) for n, f in enumerate(told)),
    )


def in_order(claims: dict[str, Claim]) -> Sequence[Claim]:
    """Return the accepted body claims in the order of their keys."""
    keys = sorted((k for k in claims if k.startswith("claim/")), key=lambda k: int(k[6:]))
    return [claims[k] for k in keys]
