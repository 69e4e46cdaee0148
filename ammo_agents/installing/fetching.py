"""Fetches one file over https; the only part of installing that speaks to the network by itself."""

from __future__ import annotations

import httpx

from ammo_agents.errors import BadInputError, NotFoundError

SECONDS = 60.0


def get(address: str, *, largest: int, follow: bool) -> bytes:
    """Return what lies at an address, at most `largest` bytes; blocks.

    Raises:
        NotFoundError: it cannot be fetched. BadInputError: it is larger.
    """
    kept = bytearray()
    try:
        with httpx.stream("GET", address, timeout=SECONDS, follow_redirects=follow) as answer:
            answer.raise_for_status()
            for part in answer.iter_bytes():
                kept += part
                if len(kept) > largest:
                    raise BadInputError(
                        f"{address} is larger than {largest:,} bytes",
                        hint="That is not what AMMO looks for.",
                    )
    except httpx.HTTPError as error:
        raise NotFoundError(
            f"{address} cannot be fetched: {error}", hint="Try again, or use a copy of it."
        ) from error
    return bytes(kept)
