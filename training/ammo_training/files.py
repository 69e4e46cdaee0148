"""Reads the JSON of a run, and names files and values by their hash."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ammo_agents.errors import DamagedError


def read_json(path: Path) -> dict[str, Any]:
    """Return the object a JSON file holds.

    Raises:
        DamagedError: it is not there, is no JSON or no object; it names the file.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DamagedError(
            f"{path} cannot be read: {error}", hint="Move the folder away; nothing is read from it."
        ) from error
    if not isinstance(found, dict):
        raise DamagedError(f"{path} holds no JSON object", hint="Move the folder away.")
    return found


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex; blocking."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_of_json(value: object) -> str:
    """Return the SHA-256 over canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
