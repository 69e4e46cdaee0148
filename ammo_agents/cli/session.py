"""Runs one verb: in the process that owns the data directory if there is one, else here."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any

from ammo_agents.app import App, opened
from ammo_agents.cli import door, paint
from ammo_agents.errors import AmmoError, LockedError
from ammo_agents.settings import Loaded, folders, load
from ammo_agents.views import VERBS

Plain = dict[str, Any]


def perform(
    verb: str, *, flags: Mapping[str, object], as_json: bool, arguments: Mapping[str, object]
) -> None:
    """Run `verb` and show its answer on stdout; its exit code is the answer's ``exit``, if it has one."""
    loaded = load(flags)
    answer = asyncio.run(answered(loaded, verb, arguments))
    if as_json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
    else:
        paint.show(verb, answer)
    if answer.get("exit"):
        sys.exit(int(answer["exit"]))


async def answered(loaded: Loaded, verb: str, arguments: Mapping[str, object]) -> Plain:
    """Return the verb's answer, from the running AMMO when one owns the data directory.

    Raises:
        LockedError: another process owns it and does not answer.
    """
    access = VERBS[verb].access
    try:
        async with opened(loaded, access=access) as app:
            return await VERBS[verb].function(app, **arguments)
    except LockedError:
        place = folders(loaded.settings).data / door.SOCKET
        answer = await door.call(place, verb, arguments)
        if answer is None:
            raise
        return answer


async def serve(app: App, verb: str, arguments: Mapping[str, Any]) -> Plain:
    """Answer one call that came through the door; an expected error becomes a value."""
    if verb not in VERBS:
        return {"error": {"code": "AMMO-0101", "message": f"no verb {verb!r}", "fix": ""}}
    try:
        return await VERBS[verb].function(app, **arguments)
    except AmmoError as error:
        return door.as_value(error)


def card_ids(incomplete: str) -> list[tuple[str, str]]:
    """Return (id, title) of cards whose id begins with `incomplete`; nothing when there is no ledger."""

    async def found() -> list[tuple[str, str]]:
        async with opened(load(), access="read") as app:
            cards = await app.ledger.creations(limit=200)
            return [(c.id, c.title.text) for c in cards if c.id.startswith(incomplete)]

    try:
        return asyncio.run(found())
    except AmmoError:
        return []
