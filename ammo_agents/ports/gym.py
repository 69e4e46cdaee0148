"""Worlds to train a policy in, as a plugin offers them: Gymnasium's two methods and no library (W12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Gym(Protocol):
    """One open world."""

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin an episode; return (observation, info). The same seed begins the same episode."""
        ...

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Act once; return (observation, reward, terminated, truncated, info)."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


class GymProvider(Protocol):
    """Opens worlds of one sort."""

    name: str
    """Plugin and world: ``coin/slates``."""

    def open(self, *, seed: int) -> Gym:
        """Return an open world; everything random in it follows from `seed`."""
        ...
