"""``ammo mcp``: AMMO's tools for other agents, on stdin and stdout."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping
from typing import Any

from ammo_agents import telemetry
from ammo_agents.cli import session
from ammo_agents.cli.options import FLAGS
from ammo_agents.errors import MissingPartError
from ammo_agents.settings import load


def serve(*, subspace: str | None) -> None:
    """Answer one client until it closes stdin; verbs go to the running AMMO when one owns the home.

    Raises:
        MissingPartError: the package `mcp` is not installed.
    """
    try:
        server = importlib.import_module("ammo_agents.mcp.server")
    except ModuleNotFoundError as error:
        raise MissingPartError(
            f"ammo mcp needs the package {error.name!r}, which is not installed",
            hint="pip install 'ammo-agents[mcp]'",
        ) from error
    loaded = load({**FLAGS, "subspace": subspace})

    async def call(verb: str, arguments: Mapping[str, object]) -> dict[str, Any]:
        return await session.answered(loaded, verb, arguments)

    telemetry.start(loaded.settings.telemetry)
    try:
        asyncio.run(server.build(call).run_stdio_async())
    finally:
        telemetry.stop()
