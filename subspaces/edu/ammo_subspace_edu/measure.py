"""How long a course takes: lengths and efforts as the READMEs write them, and the hours that follow from both."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ammo_agents.records import Quantity
from ammo_subspace_edu.catalogue import Row

SPAN = re.compile(r"(\d+)(?:\s*[-–]\s*(\d+))?\s*(week|month|hour|minute)s?(?:/week)?")
MINUTES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From `low` to `high` of a unit; both alike where one number is listed."""

    low: float
    high: float
    unit: str
    """``weeks``, ``months``, ``hours`` or ``minutes``."""

    def said(self, slot: str) -> tuple[Quantity, ...]:
        """Return the quantity that says it; of a range the lower end before it, in a slot ``…_from``."""
        unit = self.unit.removesuffix("s") if self.low == self.high == 1 else self.unit
        upper = Quantity(name=slot, value=self.high, unit=self.unit, text=f"{self.high:,g} {unit}")
        if self.low == self.high:
            return (upper,)
        lower = Quantity(name=f"{slot}_from", value=self.low, unit=self.unit, text=f"{self.low:,g}")
        return (lower, upper)

    def ends(self, name: str) -> tuple[Quantity, ...]:
        """Return both ends as raw numbers, for a fact's inputs."""
        return tuple(
            Quantity(name=f"{name}_{end}", value=value, unit=self.unit, text=f"{value:g}")
            for end, value in (("low", self.low), ("high", self.high))
        )


def span(text: str) -> Span | None:
    """Return what a cell says: ``6-10 hours/week`` → 6 to 10 hours; None = no number of a known unit."""
    found = SPAN.fullmatch(text.strip())
    if found is None:
        return None
    low = float(found.group(1))
    return Span(low=low, high=float(found.group(2) or low), unit=f"{found.group(3)}s")


def length(row: Row) -> Span | None:
    """Return how many weeks (or months) a course is listed with."""
    found = span(row.duration)
    return found if found is not None and found.unit in {"weeks", "months"} else None


def effort(row: Row) -> Span | None:
    """Return how many hours (or minutes) a week a course is listed with."""
    found = span(row.effort)
    return found if found is not None and found.unit in {"hours", "minutes"} else None


def hours(row: Row) -> Span | None:
    """Return weeks x hours a week: the fewest and the most hours that the listing can mean."""
    weeks, weekly = length(row), effort(row)
    if weeks is None or weekly is None or weeks.unit != "weeks" or weekly.unit != "hours":
        return None
    return Span(low=weeks.low * weekly.low, high=weeks.high * weekly.high, unit="hours")


def together(spans: Sequence[Span | None]) -> Span | None:
    """Return the sum of some spans of one unit; None where one is not known."""
    known = [s for s in spans if s is not None]
    if not known or len(known) < len(spans) or len({s.unit for s in known}) > 1:
        return None
    return Span(low=sum(s.low for s in known), high=sum(s.high for s in known), unit=known[0].unit)
