"""Studio's frame: whether this machine can train, and what it takes to make it so."""

from __future__ import annotations

import asyncio
from importlib import metadata
from typing import Any

from ammo_agents.app import App

Plain = dict[str, Any]
PARTS = ("ammo-training", "torch", "transformers", "trl", "peft")
"""Distributions a job computes with, the plugin first."""
COMMAND = "make setup-train"
SIZE = "1.2 GB on the disk with the CPU build of torch"


async def training(app: App) -> Plain:
    """Return whether fine-tuning is installed, with the versions, and the one command that installs it."""
    found = await asyncio.to_thread(_versions)
    return {
        "installed": all(found.get(name) for name in PARTS),
        "missing": [name for name in PARTS if not found.get(name)],
        "versions": {name: version for name, version in found.items() if version},
        "command": COMMAND,
        "size": SIZE,
        "person": app.person,
    }


def _versions() -> dict[str, str]:
    """Return the version of each part; empty = it is not installed. Nothing of it is imported."""
    found = {}
    for name in PARTS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = ""
    return found
