"""Typed lines without blocking the loop, from a terminal, a pipe or a file."""

from __future__ import annotations

import asyncio
import threading
from typing import TextIO


class Lines:
    """Reads lines in a thread of its own, which never keeps the process alive."""

    def __init__(self, stream: TextIO) -> None:
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._stream = stream
        threading.Thread(target=self._read, daemon=True).start()

    async def next(self) -> str | None:
        """Return the next line; None at the end of input or after `close`."""
        return await self._queue.get()

    def close(self) -> None:
        """End the input now: whoever waits for a line gets None."""
        self._queue.put_nowait(None)

    def _read(self) -> None:
        for line in self._stream:
            if self._loop.is_closed():
                return
            self._loop.call_soon_threadsafe(self._queue.put_nowait, line)
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._queue.put_nowait, None)
