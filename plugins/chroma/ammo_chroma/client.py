"""The only module that imports chromadb: one constructor, one guard around the bindings (D7, pitfalls 1)."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import chromadb
from chromadb.config import Settings

from ammo_agents.errors import DamagedError, RefusedError
from ammo_agents.metaspace.manifest import WAY_OUT

T = TypeVar("T")
VERSION: str = chromadb.__version__
SPACE = "ip"
"""Distance = 1 - inner product."""
_constructing = threading.Lock()


def open_client(folder: Path) -> Any:
    """Return the embedded client on `folder`; constructors race each other, so there is one at a time."""
    with _constructing:
        return guarded(
            lambda: chromadb.PersistentClient(
                path=str(folder.resolve()),
                settings=Settings(anonymized_telemetry=False, allow_reset=False),
            )
        )


def open_collection(client: Any, name: str) -> Any:
    """Return a collection made without an embedding function, in the inner-product space.

    Raises:
        DamagedError: the folder holds it in another space (Chroma would keep that one silently).
    """
    found = guarded(
        lambda: client.get_or_create_collection(
            name, embedding_function=None, configuration={"hnsw": {"space": SPACE}}
        )
    )
    space = (found.configuration_json.get("hnsw") or {}).get("space")
    if space != SPACE:
        raise DamagedError(
            f"Chroma keeps {name!r} in the space {space!r}, not {SPACE!r}", hint=WAY_OUT
        )
    return found


def guarded(call: Callable[[], T]) -> T:
    """Return what `call` into the bindings gives.

    Raises:
        DamagedError: anything it raises, a Rust panic (a BaseException) too; exit signals pass.
    """
    try:
        return call()
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        raise DamagedError(
            f"Chroma failed: {type(error).__name__}: {str(error)[:300]}", hint=WAY_OUT
        ) from error


def check_process(owner: int) -> None:
    """Raise `RefusedError` in a forked child, where every call into the bindings hangs."""
    if os.getpid() != owner:
        raise RefusedError(
            f"the index was opened by process {owner}, this is its fork {os.getpid()}",
            hint="Start child processes with spawn, and let one process own the index.",
        )
