"""A circuit breaker: after some faults in a row a provider is left alone for a while (D13)."""

from __future__ import annotations

import time
from collections.abc import Callable

from ammo_agents.errors import ModelCrashedError

Seconds = Callable[[], float]


class Breaker:
    """Closed, it lets calls through; open, it refuses them; after `rest_s` one call may try again."""

    def __init__(
        self,
        provider: str,
        *,
        faults: int = 4,
        rest_s: float = 30.0,
        seconds: Seconds = time.monotonic,
    ) -> None:
        self.provider = provider
        self._limit = faults
        self._rest_s = rest_s
        self._seconds = seconds
        self._faults = 0
        self._closed_at = float("-inf")

    def check(self) -> None:
        """Raise `ModelCrashedError` while the provider rests."""
        left = self._closed_at - self._seconds()
        if left > 0:
            raise ModelCrashedError(
                f"provider {self.provider!r} failed {self._faults} times in a row and is left alone for {left:.0f} s",
                hint="Wait, or choose another model with: ammo models list",
            )
        if self._faults >= self._limit:
            self._closed_at = self._seconds() + self._rest_s

    def worked(self) -> None:
        """Note an answer: the provider is well."""
        self._faults = 0
        self._closed_at = float("-inf")

    def failed(self) -> None:
        """Note a fault of the provider; enough of them in a row open the breaker."""
        self._faults += 1
        if self._faults >= self._limit:
            self._closed_at = self._seconds() + self._rest_s
