"""What the rules of an AiPP server stand on: two people's clients, and cards that carry no vote yet."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from ammo_agents.aipp.protocol import Answers, Feed

Plain = dict[str, Any]
PAGE = 4
"""Cards that are asked for at once."""


class BrokenRuleError(Exception):
    """A server that does not keep a rule; the text says what it did instead."""


class UncheckedRuleError(Exception):
    """A rule that could not be looked at here; the text says what is missing."""


@dataclass(slots=True, kw_only=True)
class Exchange:
    """What the rules share: the person's client, another person's, and cards that carry no vote yet."""

    you: httpx.AsyncClient
    other: httpx.AsyncClient | None = None
    subspace: str | None = None
    fresh: list[Plain] = field(default_factory=list)

    async def page(self, *, limit: int = PAGE, request_id: str = "", **more: object) -> Plain:
        """Return a new slate that keeps the schema."""
        asked = {"request_id": request_id or new_id(), "limit": limit, **more}
        if self.subspace is not None:
            asked["subspace"] = self.subspace
        answer = await self.you.post("/aipp/v1/feed", json=asked)
        return as_feed(answer)

    async def card(self) -> Plain:
        """Return an item that was shown and carries no vote yet."""
        if not self.fresh:
            self.fresh = list((await self.page())["items"])
        if not self.fresh:
            raise UncheckedRuleError("the server has no card left that this person has not seen")
        return self.fresh.pop(0)

    async def votes(self, *given: object, by: httpx.AsyncClient | None = None) -> list[Plain]:
        """Return the answers to a batch, which must be one per item and in order."""
        answer = await (by or self.you).post(
            "/aipp/v1/interactions", json={"interactions": list(given)}
        )
        expect(answer.status_code == 200, f"a batch got {answer.status_code}: {answer.text[:200]}")
        found: list[Plain] = Answers.model_validate(answer.json()).model_dump()["answers"]
        expect(len(found) == len(given), f"{len(given)} items got {len(found)} answers")
        return found

    async def vote(self, **item: object) -> Plain:
        """Return the answer to one interaction."""
        return (await self.votes(item))[0]


Rule = Callable[[Exchange], Awaitable[None]]


def expect(kept: bool, fault: str) -> None:  # noqa: FBT001 - reads like a sentence
    """Raise `BrokenRuleError` with what the server did, unless it kept the rule."""
    if not kept:
        raise BrokenRuleError(fault)


def as_feed(answer: httpx.Response) -> Plain:
    """Return a feed that keeps the schema."""
    expect(answer.status_code == 200, f"a feed got {answer.status_code}: {answer.text[:200]}")
    return Feed.model_validate(answer.json()).model_dump()


def new_id() -> str:
    """Return an id nobody used."""
    return f"check-{uuid.uuid4().hex}"
