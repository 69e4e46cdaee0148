"""Studio's frame: whether this machine can train, and what it takes to make it so."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
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
    found = await asyncio.to_thread(versions, PARTS)
    return {**told(found), "person": app.person}


def told(found: Mapping[str, str]) -> Plain:
    """Return what these versions come to; an empty one is a part that is missing."""
    missing = [name for name, version in found.items() if not version]
    return {
        "installed": not missing,
        "missing": missing,
        "versions": {name: version for name, version in found.items() if version},
        "command": COMMAND,
        "size": SIZE,
    }


def versions(names: Sequence[str]) -> dict[str, str]:
    """Return the version of each distribution; empty = it is not installed. Nothing of it is imported; blocking."""
    found = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = ""
    return found
