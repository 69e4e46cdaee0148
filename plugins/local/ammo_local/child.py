"""Keeps one llama.cpp child process: starts it, notices its death, kills it, starts it again.

A cooperative time limit does not stop a C call, so everything here ends in a kill (D13).
"""

from __future__ import annotations

import asyncio
import json
import secrets
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from ammo_agents.errors import ModelCrashedError, ModelTimeoutError

COMMAND = (sys.executable, "-m", "ammo_local.server")
FREE_FAILURES = 2
"""Crashes in a row that are answered by an immediate restart; after them the wait doubles."""
LONGEST_WAIT_S = 60.0


@dataclass(slots=True)
class Child:
    """One child process and the circuit breaker before it."""

    options: Mapping[str, object]
    command: Sequence[str] = COMMAND
    start_s: float = 120.0
    """Seconds until a start is given up."""
    address: str = ""
    token: str = ""
    check: Callable[[], object] = object
    """Run before every start, in the same thread: refuses a model file that has changed."""
    starts: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _log: IO[bytes] | None = None
    _failures: int = 0
    _not_before: float = 0.0
    _starting: asyncio.Task[None] | None = None
    _closed: bool = False
    _noted: int = 0

    @property
    def pid(self) -> int | None:
        """The process id while the child lives."""
        return self._process.pid if self.alive and self._process else None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    async def ready(self) -> None:
        """Return when the child answers; starts it, or starts it again, when it does not run.

        Raises:
            ModelCrashedError: it does not start, or it has crashed so often that it must wait.
        """
        if self._starting is None or self._starting.done():
            if self.alive:
                return
            self._refuse_early()
            self._starting = asyncio.create_task(asyncio.to_thread(self._start))
        # Shielded: a caller that gives up leaves the start, which others wait for too, alone.
        await asyncio.shield(self._starting)

    async def kill(self) -> None:
        """End the process now; the next `ready` starts it again."""
        process = self._process
        if process is not None:
            await asyncio.to_thread(_end, process)

    async def close(self) -> None:
        """End the process for good."""
        self._closed = True
        if self._starting is not None:
            await asyncio.wait([self._starting])
        await self.kill()
        if self._log is not None:
            self._log.close()
            self._log = None

    def answered(self) -> None:
        """Note a good answer: the breaker closes."""
        self._failures = 0
        self._not_before = 0.0

    async def crashed(self, start: int) -> None:
        """Note that the child of this start failed its callers, once, and make sure it is gone."""
        if start != self.starts:
            return  # another caller saw the same crash, and a new child runs
        if self._noted != start:
            self._noted = start
            self._failed()
        await self.kill()

    def _failed(self) -> None:
        """Note a crash: from the third in a row the next start waits 1, 2, 4 … 60 s."""
        self._failures += 1
        extra = self._failures - FREE_FAILURES
        if extra > 0:
            self._not_before = time.monotonic() + min(2.0 ** (extra - 1), LONGEST_WAIT_S)

    def last_words(self) -> str:
        """Return the end of what the child wrote to its log, on one line."""
        if self._log is None:
            return ""
        size = self._log.seek(0, 2)
        self._log.seek(max(0, size - 2000))
        lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:200] if lines else ""

    def _refuse_early(self) -> None:
        if self._closed:
            raise ModelCrashedError("the local model is closed", hint="Open it again.")
        wait = self._not_before - time.monotonic()
        if wait > 0:
            raise ModelCrashedError(
                f"the local model crashed {self._failures} times in a row; next start in {wait:.0f} s",
                hint="See free memory and the model's file: ammo doctor",
            )

    def _start(self) -> None:
        self.check()
        if self._log is not None:
            self._log.close()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        self.token = secrets.token_urlsafe(24)
        self.starts += 1
        process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log
        )
        self._process = process
        try:
            self.address = self._greet(process)
        except (OSError, ValueError, KeyError) as error:
            _end(process)
            self._failed()
            said = self.last_words() or str(error)
            raise ModelCrashedError(
                f"the local model does not start: {said}",
                hint="See free memory and the model's file: ammo doctor",
            ) from error
        except ModelTimeoutError:
            _end(process)
            self._failed()
            raise

    def _greet(self, process: subprocess.Popen[bytes]) -> str:
        assert process.stdin is not None
        assert process.stdout is not None
        line = json.dumps({**self.options, "token": self.token}) + "\n"
        process.stdin.write(line.encode())
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], self.start_s)
        if not ready:
            raise ModelTimeoutError(
                f"the local model did not start within {self.start_s:.0f} s",
                hint="Choose a smaller model: ammo models list",
            )
        return str(json.loads(process.stdout.readline())["address"])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
