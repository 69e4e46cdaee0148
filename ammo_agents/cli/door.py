"""The way into a running AMMO: a Unix socket in its data directory, one JSON line each way.

The verb that writes while `ammo up` owns the data directory is done by that process (D1).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from ammo_agents import errors
from ammo_agents.errors import AmmoError, BadInputError

SOCKET = "ammo.sock"
LIMIT = 64 * 1024 * 1024
"""Bytes of one line; an answer with every card of a large space stays below."""

Answerer = Callable[[str, Mapping[str, Any]], Awaitable[dict[str, Any]]]


@asynccontextmanager
async def opened(place: Path, answer: Answerer) -> AsyncIterator[None]:
    """Answer calls on the socket at `place` (mode 0600) while the body runs."""

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await reader.readline()
            given = json.loads(line)
            reply = await answer(str(given["verb"]), dict(given["arguments"]))
        except (ValueError, KeyError, TypeError) as error:
            reply = as_value(BadInputError(f"the call through the door is malformed: {error}"))
        writer.write(json.dumps(reply, ensure_ascii=False).encode() + b"\n")
        try:
            await writer.drain()
        except ConnectionError:
            return
        finally:
            writer.close()

    await asyncio.to_thread(place.unlink, missing_ok=True)
    server = await asyncio.start_unix_server(one, path=str(place), limit=LIMIT)
    await asyncio.to_thread(place.chmod, 0o600)
    try:
        yield
    finally:
        server.close()
        await asyncio.to_thread(place.unlink, missing_ok=True)


async def call(place: Path, verb: str, arguments: Mapping[str, object]) -> dict[str, Any] | None:
    """Return the running AMMO's answer, or None when nobody answers at `place`.

    Raises:
        AmmoError: the same error the verb would have raised here.
    """
    try:
        reader, writer = await asyncio.open_unix_connection(str(place), limit=LIMIT)
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    writer.write(json.dumps({"verb": verb, "arguments": dict(arguments)}).encode() + b"\n")
    await writer.drain()
    line = await reader.readline()
    writer.close()
    if not line:
        return None
    answer: dict[str, Any] = json.loads(line)
    if "error" in answer:
        raise as_error(answer["error"])
    return answer


def as_value(error: AmmoError) -> dict[str, Any]:
    """Return an error as a value that can travel."""
    return {"error": {"code": error.code, "message": error.message, "fix": error.hint}}


def as_error(value: Mapping[str, str]) -> AmmoError:
    """Return the error that a value stands for; an unknown code becomes a plain `AmmoError`."""
    kinds = {
        kind.code: kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, AmmoError)
    }
    kind = kinds.get(value["code"], AmmoError)
    return kind(value["message"], hint=value["fix"])
