"""From what people said to pairs that can teach a buddy: built, cleaned, split, checked for leaks (W18)."""

from __future__ import annotations

from ammo_agents.aipp.pairs.files import read, read_rows, write
from ammo_agents.aipp.pairs.record import Pair, Row, Said, Side, Taught, plain

__all__ = ["Pair", "Row", "Said", "Side", "Taught", "plain", "read", "read_rows", "write"]
