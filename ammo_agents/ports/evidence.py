"""Checkers beyond the rule gate."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


class Evidence(Protocol):
    """A pluggable entailment checker. It may only add flags: the rule gate stays (W8)."""

    name: str

    async def entails(self, premise: str, claim: str) -> float:
        """Return P(premise entails claim), in [0, 1]."""
        ...


@runtime_checkable
class PrincipleJudge(Evidence, Protocol):
    """A checker that can also weigh principles written in free words (W23)."""

    def weighs(self, principle: str) -> bool:
        """Return whether it can weigh this principle; called while buddies are read, it does no work."""
        ...

    async def keeps(self, principle: str, text: str) -> float:
        """Return P(text keeps the principle), in [0, 1]."""
        ...
