"""One apprise address. The library's log may hold the address, so it goes nowhere (S12)."""

from __future__ import annotations

import asyncio
import logging
import re

import apprise

from ammo_agents.errors import BadInputError
from ammo_agents.ports import Address, Delivery, Message

SERVICE_S = 30
"""Seconds one try may take in all."""
LOGGER = logging.getLogger("apprise")
LOGGER.propagate = False
LOGGER.addHandler(logging.NullHandler())
ASSET = apprise.AppriseAsset(
    app_id="AMMO",
    app_desc="AMMO",
    app_url="",
    image_url_mask="",
    image_url_logo="",
    async_mode=False,
    http_redirects=False,
    storage_mode=apprise.PersistentStoreMode.MEMORY,
    pgp_autogen=False,
    pem_autogen=False,
    service_timeout=SERVICE_S,
)
"""Nothing on the disk, no picture from elsewhere, no redirect followed."""


class AppriseChannel:
    """Sends by one address line."""

    def __init__(self, address: Address) -> None:
        self.name = address.name
        self._apprise = apprise.Apprise(asset=ASSET)
        if not self._apprise.add(address.url):
            scheme = re.sub(r"\W", "", address.url.partition("://")[0])[:20]
            raise BadInputError(
                f"apprise does not know how to send to this {scheme}:// line",
                hint="Its page lists the form of every line: https://appriseit.com/services/",
            )

    async def send(self, message: Message) -> Delivery:
        """Try once, in a thread; a refusal is a value."""
        return await asyncio.to_thread(self._send, message)

    async def close(self) -> None:
        """Drop the services."""
        self._apprise.clear()

    def _send(self, message: Message) -> Delivery:
        body = f"{message.body}\n\n{message.url}".strip()
        done = self._apprise.notify(
            body=body or message.title,
            title=message.title,
            body_format=apprise.NotifyFormat.TEXT,
            log_level=logging.WARNING,
        )
        if done:
            return Delivery(delivered=True)
        said = [str(entry.message) for entry in done.logs()]
        return Delivery(
            delivered=False, error=said[-1] if said else f"apprise says: {done.status.name}"
        )
