"""The plugin hook of the apprise channels; the library is imported when one is opened (D14)."""

from __future__ import annotations

import asyncio
import importlib

from ammo_agents.hooks import hookimpl
from ammo_agents.ports import Address, Channel, ChannelProvider


class AppriseChannels:
    """Every address line that apprise knows."""

    name = "apprise"

    async def open(self, address: Address) -> Channel:
        """Return an open channel; raises `BadInputError` for a line apprise does not know."""
        module = await asyncio.to_thread(importlib.import_module, "ammo_apprise.channel")
        channel: Channel = await asyncio.to_thread(module.AppriseChannel, address)
        return channel


@hookimpl
def ammo_channels() -> list[ChannelProvider]:
    """Offer apprise's address lines."""
    return [AppriseChannels()]
