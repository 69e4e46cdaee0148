"""Time as a part that can be chosen."""

from __future__ import annotations

import datetime as dt
from typing import Protocol


class Clock(Protocol):
    """Tells the wall time. The world of a subspace has its own days (`Triggers`)."""

    def now(self) -> dt.datetime:
        """Return the time now, aware, in UTC."""
        ...


class WallClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        """Return the time now, aware, in UTC."""
        return dt.datetime.now(dt.UTC)
