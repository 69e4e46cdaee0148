"""What ``ammo doctor`` and the Health page look at beside Python, disk, models and plugins."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from pathlib import Path
from typing import Any

from ammo_agents.adapters.folder import AdapterFolder
from ammo_agents.app import App, opened
from ammo_agents.errors import AmmoError
from ammo_agents.settings import secret
from ammo_agents.views import adapters

Plain = dict[str, Any]
PORT = 8642
"""Where the server listens unless told otherwise."""
ADDRESS = "server.json"
"""File of the data folder in which a running server says where it listens."""
SCARCE_MB = 400
"""Free memory below which a local model may not start."""
KEYS = (
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "GEMINI_API_KEY",
    "MISTRAL_API_KEY",
    "OPENROUTER_API_KEY",
)
"""Variables that hosted models read; only whether they are set is ever told."""


def check(name: str, state: str, detail: str, fix: str = "") -> Plain:
    """Return one line of the doctor: state is ``ok``, ``warn`` or ``bad``."""
    return {"name": name, "state": state, "detail": detail, "fix": fix}


async def further(app: App) -> list[Plain]:
    """Return the checks of memory, write access, port, keys, network, index and adapters."""
    found = await asyncio.to_thread(_around, app)
    return [*found, await _index(app), await _adapters(app)]


async def _adapters(app: App) -> Plain:
    """Tell what writes for whom beside the base, and which adapter may not."""
    folder = AdapterFolder.of(app.settings)
    every, faults = await asyncio.to_thread(folder.all), await asyncio.to_thread(folder.faults)
    wrong = [f"{name}: {why}" for name, why in faults.items()]
    here = []
    if await asyncio.to_thread(app.folders.ledger.exists):
        try:
            async with opened(app.loaded, access="read") as filled:
                for one in await adapters.live(filled):
                    here.append(f"{one['target']} writes with {one['adapter']}")
                    wrong += [f"{one['target']}: {one['fault']}"] if one["fault"] else []
        except AmmoError:
            pass  # the ledger has a check of its own
    said = f"{len(every)} kept, {'; '.join(here) or 'none is live'}"
    if not wrong:
        return check("adapters", "ok", said)
    return check(
        "adapters",
        "warn",
        f"{said}; not used: {'; '.join(wrong)}",
        "The base writes in their place. Go back: ammo runs rollback TARGET",
    )


def _around(app: App) -> list[Plain]:
    return [_memory(), _writing(app.folders.data), _port(app.folders.data), _network(app), _keys()]


def _memory() -> Plain:
    free = available_mb()
    if free is None:
        return check("memory", "ok", "this system does not say")
    scarce = free < SCARCE_MB
    fix = "Close something, or use a hosted model: ammo config show" if scarce else ""
    return check("memory", "warn" if scarce else "ok", f"{free} MB available", fix)


def available_mb() -> int | None:
    """Return the memory that can still be had, in MB; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    sizes = dict(line.split(":", 1) for line in lines if ":" in line)
    found = sizes.get("MemAvailable", "").split()
    return int(found[0]) // 1000 if found and found[0].isdigit() else None


def _writing(place: Path) -> Plain:
    while not place.exists():
        place = place.parent
    if os.access(place, os.W_OK | os.X_OK):
        return check("write access", "ok", f"{place} can be written")
    fix = f"Give yourself the right to write there, or choose another home: AMMO_HOME (now {place})"
    return check("write access", "bad", f"{place} cannot be written", fix)


def _port(data: Path) -> Plain:
    """Tell where AMMO listens; if it does not, whether the usual port is free."""
    try:
        told = json.loads((data / ADDRESS).read_text(encoding="utf-8"))
        port = int(told["port"])
    except (OSError, ValueError, KeyError, TypeError):
        if _answers(PORT):
            fix = "Stop it, or give AMMO another port: ammo up --port 8643"
            return check("port", "warn", f"{PORT} is taken by another program", fix)
        return check("port", "ok", f"{PORT} is free; AMMO does not run now")
    if _answers(port):
        return check("port", "ok", f"AMMO answers at 127.0.0.1:{port}")
    fix = "It was killed; start it again: ammo up"
    return check("port", "warn", f"AMMO was last at 127.0.0.1:{port} and does not answer", fix)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.3):
            return True
    except OSError:
        return False


def _network(app: App) -> Plain:
    if app.settings.offline:
        return check("network", "ok", "offline: every connection beyond this machine is refused")
    if app.settings.live or not app.settings.model.startswith(("local/", "scripted/")):
        return check("network", "ok", "asked for by your settings; Health lists what leaves")
    return check("network", "ok", "not needed: nothing leaves this machine")


def _keys() -> Plain:
    there = [name for name in KEYS if secret(name)]
    return check(
        "keys", "ok", ", ".join(f"{n} is set" for n in there) or "none, and none is needed"
    )


async def _index(app: App) -> Plain:
    """Tell how the vector index is: open in this process, or as it was left."""
    index = app.parts.index
    if index is not None:
        told = index.health()
        degraded = str(told["state"]).startswith("degraded")
        detail = f"{told['state']}: {told['serving']} serves" + (
            f", {told['reason']}" if degraded else ""
        )
        fix = (
            "Exact search serves meanwhile; rebuild it: ammo metaspace rebuild" if degraded else ""
        )
        return check("index", "warn" if degraded else "ok", detail, fix)
    left = await asyncio.to_thread((app.folders.index / "current.json").exists)
    words = (
        "closed; it opens when it is needed" if left else "none yet; it is made when it is needed"
    )
    return check("index", "ok", words)
