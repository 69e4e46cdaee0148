"""Kills a process with SIGKILL at random moments, again and again, and remembers what it had acknowledged.

The work under test is a function of a module: ``work(data, done, acknowledge)``. It opens what it
needs in `data`, goes on after the `done` acknowledgements of its lane (a client resends its last
few), and calls ``acknowledge(lane, number, note)`` only after a commit. It never returns by itself.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

Acknowledge = Callable[[str, int, str], None]
Work = Callable[[Path, Mapping[str, int], Acknowledge], None]
RESENT = 3
"""Cycles that a client sends again after a restart, not knowing which of them arrived."""
PATIENCE_S = 30.0
"""How long a child may be silent before it is killed all the same."""
WARM = ["ammo_agents.ledger", "numpy", "pydantic"]
"""Loaded once in the server that forks the children, so that a kill costs milliseconds."""


@dataclass(slots=True)
class Storm:
    """What a series of kills has left."""

    kills: int = 0
    idle: int = 0
    """Kills before the first acknowledgement of that life: while opening."""
    acknowledged: list[tuple[str, int, str]] = field(default_factory=list)
    fresh: list[tuple[str, int, str]] = field(default_factory=list)
    """What the last life acknowledged."""

    @property
    def done(self) -> dict[str, int]:
        """Return how far each lane has come: one more than its highest acknowledged number."""
        found: dict[str, int] = {}
        for lane, number, _ in self.acknowledged:
            found[lane] = max(found.get(lane, 0), number + 1)
        return found


def storm(
    work: Work,
    data: Path,
    *,
    kills: int,
    seed: int,
    most: int,
    after: Callable[[Storm], None],
) -> Storm:
    """Run `work` and kill it `kills` times; call `after` after each kill.

    A life ends a few milliseconds after 1 to `most` acknowledgements, so that a slow machine kills
    at the same points as a fast one; every fourth life ends after up to 0.2 s, wherever it is then.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(WARM)
    generator = np.random.default_rng(seed)
    found = Storm()
    for life in range(kills):
        wanted = int(generator.integers(1, most, endpoint=True)) if life % 4 else 0
        seconds = float(generator.uniform(0, 0.008 if wanted else 0.2))
        reader, writer = context.Pipe(duplex=False)
        child = context.Process(target=_live, args=(work, data, found.done, writer), daemon=True)
        child.start()
        writer.close()
        found.fresh = _listen(reader, wanted, seconds, child.kill)
        child.join()
        if child.exitcode != -9:
            raise AssertionError(f"the child ended by itself with {child.exitcode}")
        found.kills += 1
        found.idle += not found.fresh
        found.acknowledged += found.fresh
        after(found)
    return found


def _live(work: Work, data: Path, done: Mapping[str, int], writer: Connection) -> None:
    work(data, done, lambda lane, number, note: writer.send((lane, number, note)))


def _listen(
    reader: Connection, wanted: int, seconds: float, kill: Callable[[], None]
) -> list[tuple[str, int, str]]:
    """Return every whole acknowledgement that left the child before it was killed."""
    found = []
    with contextlib.suppress(EOFError, OSError):
        while len(found) < wanted and reader.poll(PATIENCE_S):
            found.append(reader.recv())
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if reader.poll(left):
                found.append(reader.recv())
        kill()
        while True:
            found.append(reader.recv())
    kill()
    reader.close()
    return found
