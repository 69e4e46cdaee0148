"""Checkers beyond the rule gate."""

from __future__ import annotations

from typing import Protocol


class Evidence(Protocol):
    """A pluggable entailment checker. It may only add flags: the rule gate stays (W8)."""

    name: str

    async def entails(self, premise: str, claim: str) -> float:
        """Return P(premise entails claim), in [0, 1]."""
        ...
