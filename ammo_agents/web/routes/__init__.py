"""The routes: one module a screen or an API; each calls one view or one action."""

from __future__ import annotations

import importlib
import importlib.util

from fastapi import FastAPI

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


def mount(app: FastAPI) -> None:
    """Add every router."""
    for name in ROUTERS:
        if importlib.util.find_spec(f"{__name__}.{name}") is None:
            continue
        app.include_router(importlib.import_module(f"{__name__}.{name}").router)
