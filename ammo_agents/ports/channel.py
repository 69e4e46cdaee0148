"""Ways out of the inbox: a notice may also go to a phone, a mailbox or a program (W13).

The inbox is the record and no channel: a channel that fails loses nothing, it is tried again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from ammo_agents.records import PersonId

MessageKind = Literal["notify", "question", "review", "card", "feedback", "test"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What goes out once; the same `id` again is the same message, sent again after a crash."""

    id: str
    person: PersonId
    kind: MessageKind
    """``notify``, ``question`` and ``review`` are notices; ``card`` and ``feedback`` are for programs only."""
    title: str
    body: str
    url: str = ""
    """Where to read on; empty = nowhere."""
    at: dt.datetime
    more: Mapping[str, Any] = field(default_factory=dict)
    """What a program can use besides: a JSON object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where one channel sends to. It holds passwords: it is kept with the keys and never shown."""

    name: str
    """What the person calls it."""
    provider: str
    """Which provider opens it: ``webhook``, ``apprise``."""
    url: str = field(repr=False)
    secret: str = field(default="", repr=False)
    """What a webhook is signed with."""
    private: bool = False
    """Its owner typed an address of this machine or network; others may only send to public ones (S9)."""
    events: tuple[str, ...] = ("notice",)
    """What goes there: ``notice``, ``card``, ``feedback``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of one try."""

    delivered: bool
    error: str = ""
    """Why not, without the address."""


class Channel(Protocol):
    """An open way out."""

    name: str

    async def send(self, message: Message) -> Delivery:
        """Try to deliver; a refusal is a value, nothing is raised for it. May take some seconds."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class ChannelProvider(Protocol):
    """Opens channels of one sort."""

    name: str
    """``apprise``."""

    async def open(self, address: Address) -> Channel:
        """Return an open channel; nothing is sent yet.

        Raises:
            BadInputError: an address of no known form; the message does not repeat it.
        """
        ...
