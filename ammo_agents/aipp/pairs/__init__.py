"""From what people said to pairs that can teach a buddy: built, cleaned, split, checked for leaks (W18)."""

from __future__ import annotations

from ammo_agents.aipp.pairs.figures import Baseline, Position, baselines, best, position
from ammo_agents.aipp.pairs.files import read, read_rows, write
from ammo_agents.aipp.pairs.leaks import Leak, check, leaks
from ammo_agents.aipp.pairs.record import Pair, Row, Said, Side, Taught, plain
from ammo_agents.aipp.pairs.split import Parted, split

__all__ = [
    "Baseline",
    "Leak",
    "Pair",
    "Parted",
    "Position",
    "Row",
    "Said",
    "Side",
    "Taught",
    "baselines",
    "best",
    "check",
    "leaks",
    "plain",
    "position",
    "read",
    "read_rows",
    "split",
    "write",
]
