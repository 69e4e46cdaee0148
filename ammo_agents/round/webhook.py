"""A signed call to a program of the person's own: CloudEvents 1.0 JSON, HMAC-SHA256 over time and body.

The time is signed too, so that an old call cannot be played again. Nothing is asked of a proxy, no
redirect is followed, no cookie is kept; a public address is resolved once a call, checked, and connected to.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import hmac
import json
import secrets
from urllib.parse import urlsplit

import httpx

from ammo_agents.errors import BadInputError, RefusedError
from ammo_agents.ports import Address, Delivery, Message
from ammo_agents.round.channels import addresses_of, is_public

HEADER = "X-AMMO-Signature"
TOLERANCE_S = 300
"""Seconds a receiver should let a signature be old, or ahead."""
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
TRIES = 3
"""One call and two more, each after a wait with jitter; later ones are the queue's."""
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which trying again at once may help."""
TYPES = {"card": "ammo.card.created", "feedback": "ammo.feedback"}
"""CloudEvents type by the kind of a message; every other kind is ``ammo.notice``."""


def signature(secret: str, body: bytes, at: int) -> str:
    """Return the header's value: ``t=<seconds>,v1=<hex of HMAC-SHA256(secret, "<seconds>." + body)>``."""
    return f"t={at},v1={_digest(secret, body, at)}"


def verify(
    secret: str, header: str, body: bytes, now: int, *, tolerance: int = TOLERANCE_S
) -> bool:
    """Return whether a call is from AMMO, unchanged, and at most `tolerance` seconds old or ahead."""
    parts = dict(item.strip().partition("=")[::2] for item in header.split(","))
    at, given = parts.get("t", ""), parts.get("v1", "")
    if not (at.isascii() and at.isdigit() and len(at) <= 15) or abs(now - int(at)) > tolerance:
        return False
    return hmac.compare_digest(_digest(secret, body, int(at)).encode(), given.encode())


def cloud_event(message: Message) -> bytes:
    """Return a message as one CloudEvents 1.0 event in structured JSON."""
    event = {
        "specversion": "1.0",
        "id": message.id,
        "source": "urn:ammo:home",
        "type": TYPES.get(message.kind, "ammo.notice"),
        "subject": message.id,
        "time": message.at.astimezone(dt.UTC).isoformat(),
        "datacontenttype": "application/json",
        "data": {
            "person": message.person,
            "kind": message.kind,
            "title": message.title,
            "body": message.body,
            "url": message.url,
            **message.more,
        },
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


class Webhook:
    """One address that is called."""

    def __init__(self, address: Address) -> None:
        self.name = address.name
        self._address = address
        self._client = httpx.AsyncClient(
            timeout=TIMEOUT, follow_redirects=False, trust_env=False, headers={"User-Agent": "ammo"}
        )

    async def send(self, message: Message) -> Delivery:
        """Call, and twice more if it may help; any 2xx answer counts as delivered."""
        body, error = cloud_event(message), ""
        for tried in range(TRIES):
            if tried:
                await asyncio.sleep(0.5 * tried + secrets.randbelow(500) / 1000)
            try:
                response = await self._call(body)
            except httpx.HTTPError as fault:
                error = f"no answer: {type(fault).__name__}"
                continue
            except (OSError, RefusedError, BadInputError) as fault:
                return Delivery(delivered=False, error=f"not called: {fault}")
            if response.is_success:
                return Delivery(delivered=True)
            error = f"it answered {response.status_code}"
            if response.status_code not in AGAIN:
                break
        return Delivery(delivered=False, error=error)

    async def close(self) -> None:
        """Close the connections; the cookies of answers go with them."""
        await self._client.aclose()

    async def _call(self, body: bytes) -> httpx.Response:
        now = int(dt.datetime.now(dt.UTC).timestamp())
        url, host = await self._target()
        headers = {
            "Host": host,
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            HEADER: signature(self._address.secret, body, now),
        }
        name = urlsplit(self._address.url).hostname or ""
        request = self._client.build_request(
            "POST", url, content=body, headers=headers, extensions={"sni_hostname": name}
        )
        response = await self._client.send(request, stream=True)
        await response.aclose()  # what it answers is nobody's business
        self._client.cookies.clear()
        return response

    async def _target(self) -> tuple[httpx.URL, str]:
        """Return where to connect and the Host to name; a public address is pinned to what was checked."""
        url = httpx.URL(self._address.url)
        host = url.netloc.decode("ascii")
        if self._address.private:
            return url, host
        found = await addresses_of(url.host, url.port or (443 if url.scheme == "https" else 80))
        if not found or not all(is_public(one) for one in found):
            raise RefusedError("the address is not public any more")
        return url.copy_with(host=str(found[0])), host


def _digest(secret: str, body: bytes, at: int) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
