"""A thread with an event loop of its own, for a library that blocks the loop it runs in."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from ammo_litellm.handed import Threads

T = TypeVar("T")


class Aside:
    """Runs coroutines beside the caller's loop: what blocks there, blocks nobody here.

    The thread starts with the first `enter` and stops with the last `leave`.
    """

    def __init__(self, farewell: Callable[[], Awaitable[None]]) -> None:
        self._farewell = farewell
        self._guests = 0
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def enter(self) -> None:
        """Note one more guest; the first one starts the thread."""
        with self._lock:
            self._guests += 1
            if self._guests > 1:
                return
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._live, name="ammo-litellm", daemon=True)
            self._thread.start()

    async def leave(self) -> None:
        """Note one guest less; the last one closes connections and stops the thread."""
        with self._lock:
            self._guests -= 1
            loop, thread = self._loop, self._thread
            if self._guests or loop is None or thread is None:
                return
            self._loop = self._thread = None
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._say_farewell(), loop))
        loop.call_soon_threadsafe(loop.stop)
        await asyncio.to_thread(thread.join)

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what `work` returns; cancelled here, it is cancelled there."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._running()))

    async def stream(
        self, source: AsyncIterator[T], deadline: Callable[[], float]
    ) -> AsyncGenerator[T, None]:
        """Yield what `source` yields there; left early, it is cancelled there.

        Raises:
            TimeoutError: nothing came before `deadline`, which returns the seconds that are left.
        """
        here = asyncio.get_running_loop()
        queue: asyncio.Queue[T | None] = asyncio.Queue()

        async def pour() -> None:
            try:
                async for item in source:
                    here.call_soon_threadsafe(queue.put_nowait, item)
            finally:
                if not here.is_closed():
                    here.call_soon_threadsafe(queue.put_nowait, None)

        pouring = asyncio.run_coroutine_threadsafe(pour(), self._running())
        try:
            while True:
                # Not wait_for: on Python 3.11 it loses a cancellation that comes with an item.
                async with asyncio.timeout(deadline()):
                    item = await queue.get()
                if item is None:
                    break
                yield item
            await asyncio.wrap_future(pouring)
        finally:
            pouring.cancel()

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise RuntimeError("nobody has entered")
        return self._loop

    def _live(self) -> None:
        loop = self._loop
        if loop is None:
            return
        loop.set_default_executor(Threads(thread_name_prefix="ammo-litellm"))
        try:
            loop.run_forever()
        finally:
            loop.close()

    async def _say_farewell(self) -> None:
        mine = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not mine]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._farewell()
        await asyncio.get_running_loop().shutdown_asyncgens()
        await asyncio.get_running_loop().shutdown_default_executor()
