"""``GET /metrics`` for Prometheus: needs a token with the scope admin."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from ammo_agents.views.metering import figures
from ammo_agents.web.here import Here, needs

router = APIRouter()


@router.get("/metrics", include_in_schema=False)
async def metrics(here: Annotated[Here, needs("admin")]) -> Response:
    """Give every figure in Prometheus' text format."""
    text = here.server.metrics.text(await figures(here.app))
    return Response(text, media_type=CONTENT_TYPE_LATEST)
