"""The sorts of channels there are, and what may be typed as the address of one (S9)."""

from __future__ import annotations

import asyncio
import importlib
import ipaddress
import socket
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from ammo_agents.errors import BadInputError, MissingPartError, RefusedError
from ammo_agents.hooks import Plugins
from ammo_agents.ports import Address, Channel, ChannelProvider

WEBHOOK = "webhook"
APPRISE = "apprise"


class Webhooks:
    """Signed calls to a program of the person's own; httpx is imported when one is opened."""

    name = WEBHOOK

    async def open(self, address: Address) -> Channel:
        """Return an open webhook."""
        module = await asyncio.to_thread(importlib.import_module, "ammo_agents.round.webhook")
        channel: Channel = module.Webhook(address)
        return channel


def providers(plugins: Plugins) -> dict[str, ChannelProvider]:
    """Return every sort of channel by name: the core's webhook, and what plugins offer."""
    return {WEBHOOK: Webhooks(), **{one.name: one for one in plugins.channels()}}


async def checked(
    name: str,
    line: str,
    events: Sequence[str],
    *,
    owner: bool,
    offered: Mapping[str, ChannelProvider],
) -> Address:
    """Return the address that a line means; ``http(s)://`` is a webhook, anything else is apprise's.

    Raises:
        BadInputError: a line that is no address; it is not repeated.
        RefusedError: a private address or an apprise line from somebody who is not the owner.
        MissingPartError: nothing is installed that knows it.
    """
    line = line.strip()
    scheme = line.partition("://")[0].lower()
    provider = WEBHOOK if scheme in {"http", "https"} else APPRISE
    if provider == WEBHOOK:
        private = await _is_private(line)
        if not owner and (private or scheme != "https"):
            raise RefusedError(
                "only the owner of this machine may send to a private address or without TLS",
                hint="Give a public https:// address.",
            )
        return Address(
            name=name, provider=provider, url=line, private=private, events=tuple(events)
        )
    if not owner:
        raise RefusedError(
            "only the owner of this machine may add this sort of channel",
            hint="Give a public https:// address, or ask the owner.",
        )
    if provider not in offered:
        raise MissingPartError(
            f"nothing here knows how to send to {scheme[:20]}://", hint="pip install ammo-apprise"
        )
    if set(events) != {"notice"}:
        raise BadInputError(
            "only a webhook takes other events than notices", hint="Leave them out."
        )
    address = Address(name=name, provider=provider, url=line, private=True)
    channel = await offered[provider].open(address)
    await channel.close()
    return address


async def addresses_of(host: str, port: int) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Return what a host resolves to, once; raises `OSError`."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    unique = dict.fromkeys(str(info[4][0]).partition("%")[0] for info in found)
    return [ipaddress.ip_address(text) for text in unique]


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Return whether an address is one of the open internet."""
    inner = getattr(address, "ipv4_mapped", None) or address
    return bool(inner.is_global) and not inner.is_multicast


async def _is_private(line: str) -> bool:
    """Return whether a webhook's host is on this machine or network now; unknown counts as public.

    A public one is looked up again before each call, so what is unknown now is not let through later.
    """
    try:
        parts = urlsplit(line)
        host, port = parts.hostname, parts.port or 443
    except ValueError:
        host, port = None, 0
    if not host:
        raise BadInputError("a webhook's address has a host", hint="As in https://example.org/hook")
    try:
        return not all(is_public(one) for one in await addresses_of(host, port))
    except OSError:
        return False
