"""The same tools over HTTP: one request, one server, no session; who asks was checked before."""

from __future__ import annotations

from typing import Any

from mcp.server.transport_security import TransportSecuritySettings

from ammo_agents.mcp.server import Call, build


async def answer(call: Call, scope: Any, receive: Any, send: Any) -> None:
    """Answer one ASGI request of streamable HTTP; the web app's gate has checked `Host` and `Origin`."""
    server = build(call)
    server.streamable_http_app(
        stateless_http=True,
        json_response=True,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    manager = server.session_manager
    async with manager.run():
        await manager.handle_request(scope, receive, send)
