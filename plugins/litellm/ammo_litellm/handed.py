"""Coroutines that a thread hands over, and that nobody may ever fetch.

litellm prepares a call in a thread: a function there returns a coroutine, which the loop then awaits.
Cancelled in between, the loop drops it, and Python complains of a coroutine that was never awaited.
Here what is dropped is closed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec

P = ParamSpec("P")


class Handed(Coroutine[Any, Any, Any]):
    """A coroutine that closes itself when it is dropped before it was begun."""

    def __init__(self, inner: Coroutine[Any, Any, Any]) -> None:
        self._inner = inner
        self._begun = False

    def __await__(self) -> Generator[Any, Any, Any]:
        """Run the coroutine."""
        self._begun = True
        return self._inner.__await__()

    def send(self, value: Any) -> Any:
        """Run the coroutine on to its next stop."""
        self._begun = True
        return self._inner.send(value)

    def throw(self, *given: Any) -> Any:
        """Raise an exception inside the coroutine."""
        self._begun = True
        return self._inner.throw(*given)

    def close(self) -> None:
        """End the coroutine."""
        self._begun = True
        self._inner.close()

    def __del__(self) -> None:
        """Close what nobody fetched."""
        if not self._begun:
            self._inner.close()


class Threads(ThreadPoolExecutor):
    """Threads whose functions may return coroutines."""

    def submit(self, fn: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs) -> Future[Any]:
        """Run a function; a coroutine that it returns is handed over with care."""

        def called() -> Any:
            found = fn(*args, **kwargs)
            return Handed(found) if inspect.iscoroutine(found) else found

        return super().submit(called)
