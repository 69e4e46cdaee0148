"""Asks a child process to look at an index first: a crash of the bindings stays in the child (D6)."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

from ammo_agents.errors import DamagedError
from ammo_agents.metaspace.manifest import WAY_OUT, Manifest

PATIENCE_S = 60.0
"""Seconds a child may take for a sample."""
LONG_PATIENCE_S = 900.0
"""Seconds a child may take for every row of an index that was not closed cleanly."""


async def probe(folder: Path, manifest: Manifest, sample: int | None) -> None:
    """Let a child open `folder` and query `sample` rows of each collection for themselves; None = all.

    Raises:
        DamagedError: it crashed, took too long, or found anything that is not as it should be.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ammo_chroma.probe",
        str(folder),
        "all" if sample is None else str(sample),
        *manifest.shapes,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(PATIENCE_S if sample is not None else LONG_PATIENCE_S):
            out, _ = await child.communicate()
    except TimeoutError:
        raise _damaged(folder, "its probe took too long") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    _judge(folder, manifest, child.returncode or 0, out)


def _judge(folder: Path, manifest: Manifest, code: int, out: bytes) -> None:
    """Compare what the child saw with the manifest."""
    if code < 0:
        raise _damaged(folder, f"its probe was killed by {signal.Signals(-code).name}")
    try:
        seen = json.loads(out)
    except ValueError:
        raise _damaged(folder, f"its probe ended with code {code}") from None
    if seen.get("fault"):
        raise _damaged(folder, str(seen["fault"]))
    for name, found in seen["collections"].items():
        if found["missed"]:
            raise _damaged(
                folder,
                f"{found['missed']} of {found['asked']} rows of {name} do not find themselves",
            )
        if manifest.clean and found["ids"] != manifest.ids.get(name):
            raise _damaged(
                folder,
                f"{name} holds {found['count']} rows, {manifest.counts.get(name)} were left there",
            )


def _damaged(folder: Path, what: str) -> DamagedError:
    return DamagedError(f"index {folder.name}: {what}", hint=WAY_OUT)
