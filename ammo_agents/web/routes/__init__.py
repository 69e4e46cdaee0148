"""The routes: one module a screen or an API; each calls one view or one action."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from fastapi import FastAPI

from ammo_agents.aipp.protocol import Problem

ROUTERS: tuple[str, ...] = (
    "api_aipp",
    "login",
    "for_you",
    "first_run",
    "you",
    "inbox",
    "chat",
    "stream",
    "map",
    "subspaces",
    "studio",
    "studio_data",
    "studio_train",
    "studio_promote",
    "api_studio",
    "health",
    "feeds",
    "importing",
    "metrics",
    "api",
    "api_inbox",
    "api_openai",
    "api_search",
    "api_mcp",
    "api_chat",
)
"""Modules of this package whose `router` is part of the app, in order: what programs ask most comes first,
because every route before the right one is tried in vain."""


WORDS = {
    400: "Malformed, or out of bounds.",
    401: "No valid login or token.",
    403: "The login lacks the scope, or the form its token.",
    404: "Unknown, or somebody else's: told alike.",
    409: "It contradicts what is there.",
    413: "The body is too large.",
    415: "The body is no JSON by its type.",
    422: "Malformed, out of bounds, or meaningless here.",
    429: "A budget is spent.",
    502: "The model gave no answer.",
    503: "A part is missing or damaged.",
    507: "The disk is full.",
}
"""Every way an address of the API may refuse, as the OpenAPI tells it."""


def mount(app: FastAPI) -> None:
    """Add every router, with the refusals that each of its addresses may give."""
    for name in ROUTERS:
        if importlib.util.find_spec(f"{__name__}.{name}") is None:
            continue
        router = importlib.import_module(f"{__name__}.{name}").router
        app.include_router(router, responses=_foreign() if name == "api_openai" else _own())


def _own() -> dict[int | str, dict[str, Any]]:
    """Return AMMO's refusals: problem+json."""
    kind = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"model": Problem, "content": kind, "description": words}
        for status, words in WORDS.items()
        if status != 400
    }


def _foreign() -> dict[int | str, dict[str, Any]]:
    """Return the refusals of OpenAI's shape, ``{"error": {message, type, param, code}}``.

    What is refused before a route is found, is refused in AMMO's own shape.
    """
    own = {"schema": {"$ref": "#/components/schemas/Problem"}}
    plain = {"type": "object", "required": ["error"], "properties": {"error": {"type": "object"}}}
    return {
        status: {
            "content": {"application/json": {"schema": plain}, "application/problem+json": own},
            "description": words,
        }
        for status, words in WORDS.items()
    }
