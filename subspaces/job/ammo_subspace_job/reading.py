"""Reads the packed files of this package."""

from __future__ import annotations

import gzip
import json
from functools import cache
from importlib import resources
from typing import Any


@cache
def lines(name: str) -> tuple[dict[str, Any], ...]:
    """Return the records of ``data/<name>.jsonl.gz``; read once."""
    path = resources.files("ammo_subspace_job").joinpath("data", f"{name}.jsonl.gz")
    text = gzip.decompress(path.read_bytes()).decode("utf-8")
    return tuple(json.loads(line) for line in text.splitlines())
