"""``GET /api/v1/search``: cards and facts nearest to some words."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from ammo_agents.views import search as views
from ammo_agents.web.here import Here, needs

router = APIRouter(prefix="/api/v1", tags=["pages"])


@router.get("/search")
async def search(
    here: Annotated[Here, needs("read")],
    words: Annotated[str, Query(min_length=1, max_length=views.LONGEST)],
    n: Annotated[int, Query(ge=1, le=views.MOST)] = 8,
    subspace: Annotated[str | None, Query(max_length=64, pattern=r"^[a-z0-9_-]+$")] = None,
) -> dict[str, Any]:
    """Give the cards and facts nearest to words, with their cosine scores; nothing is recorded."""
    return await views.search(here.app, words=words, n=n, subspace=subspace)
