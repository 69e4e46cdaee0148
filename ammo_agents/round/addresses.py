"""Where a person's channels send to: kept with the keys in a file of mode 0600, and nowhere else (S12).

The line of an address holds a password, so it is in no ledger, log, backup, view or error.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ammo_agents import durable
from ammo_agents.errors import BadInputError, DamagedError, NotFoundError
from ammo_agents.ports import Address
from ammo_agents.records import PersonId

FILE = "channels.json"
SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
LONGEST = 2_000
"""Characters of an address."""
EVENTS = ("notice", "card", "feedback")
HIDDEN = "…"


def shown(address: Address) -> str:
    """Return an address as it may be seen: its scheme and nothing else."""
    return f"{address.url.partition('://')[0]}://{HIDDEN}"


def redacted(text: str, address: Address, *, most: int = 200) -> str:
    """Return `text` without any part of the address that could be secret, on one line, cut to `most`."""
    _, _, rest = address.url.partition("://")
    parts = [address.url, rest, address.secret, *re.split(r"[/?&=:@]", rest)]
    for part in sorted({p for p in parts if len(p) > 2}, key=len, reverse=True):
        text = text.replace(part, HIDDEN)
    return " ".join(text.split())[:most]


@dataclass(slots=True)
class AddressBook:
    """Reads and writes the file; one process owns a home, so nobody else writes meanwhile."""

    folder: Path
    """``<data>/keys``."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def all(self, person: PersonId) -> dict[str, Address]:
        """Return a person's addresses by name; raises `DamagedError` if the file cannot be read."""
        kept = (await asyncio.to_thread(self._read)).get(person, {})
        return {name: _address(name, value) for name, value in kept.items()}

    async def add(self, person: PersonId, address: Address) -> Address:
        """Keep an address; a webhook gets a secret of its own if it has none.

        Raises:
            BadInputError: a name that is no slug or is taken, a line that is no address, an unknown event.
        """
        problem = _problem(address)
        if problem:
            raise BadInputError(
                problem, hint="ammo inbox channel add phone, then ntfy://… or https://…"
            )
        value = {
            "provider": address.provider,
            "url": address.url,
            "secret": address.secret or secrets.token_hex(32),
            "private": address.private,
            "events": list(address.events),
        }
        async with self.turn:
            everybody = await asyncio.to_thread(self._read)
            own = everybody.setdefault(person, {})
            if address.name in own:
                raise BadInputError(
                    f"a channel is called {address.name!r} already",
                    hint=f"ammo inbox channel remove {address.name}",
                )
            own[address.name] = value
            await asyncio.to_thread(self._write, everybody)
        return _address(address.name, value)

    async def remove(self, person: PersonId, name: str) -> None:
        """Forget one address; raises `NotFoundError`."""
        async with self.turn:
            everybody = await asyncio.to_thread(self._read)
            if name not in everybody.get(person, {}):
                raise NotFoundError(
                    f"no channel is called {name!r}", hint="ammo inbox channel list"
                )
            del everybody[person][name]
            await asyncio.to_thread(self._write, everybody)

    async def forget(self, person: PersonId) -> int:
        """Forget everything of one person; return how many addresses that were."""
        async with self.turn:
            everybody = await asyncio.to_thread(self._read)
            gone = everybody.pop(person, {})
            if gone:
                await asyncio.to_thread(self._write, everybody)
        return len(gone)

    def _read(self) -> dict[str, dict[str, Any]]:
        place = self.folder / FILE
        try:
            found = json.loads(place.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise DamagedError(
                f"{place} is no JSON", hint="Move it away, and add your channels anew."
            ) from error
        if not isinstance(found, dict):
            raise DamagedError(f"{place} is no object", hint="Move it away.")
        return found

    def _write(self, everybody: Mapping[str, Mapping[str, Any]]) -> None:
        """Write the file whole: a kill leaves the old or the new one."""
        text = json.dumps(everybody, indent=1, sort_keys=True)
        durable.write_text(self.folder / FILE, text, private=True)


def _problem(address: Address) -> str:
    scheme, mark, rest = address.url.partition("://")
    if not SLUG.fullmatch(address.name):
        return "a channel's name has 1 to 32 letters a-z, digits, - or _"
    if not mark or not scheme.isascii() or not rest or len(address.url) > LONGEST:
        return f"an address is one line such as ntfy://…, of at most {LONGEST} characters"
    if any(letter.isspace() or not letter.isprintable() for letter in address.url):
        return "an address has no spaces and no control characters"
    unknown = sorted(set(address.events) - set(EVENTS))
    if unknown or not address.events:
        return f"there are the events {', '.join(EVENTS)}, not {', '.join(unknown) or 'none'}"
    return ""


def _address(name: str, value: Mapping[str, Any]) -> Address:
    return Address(
        name=name,
        provider=str(value.get("provider", "")),
        url=str(value.get("url", "")),
        secret=str(value.get("secret", "")),
        private=bool(value.get("private")),
        events=tuple(value.get("events", ("notice",))),
    )
