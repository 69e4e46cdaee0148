"""The AiPP over HTTP: JSON only, bodies bounded, refusals as problem+json (docs/aipp.md)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from ammo_agents.aipp import protocol
from ammo_agents.aipp.protocol import parsed
from ammo_agents.errors import AmmoError
from ammo_agents.views import aipp
from ammo_agents.web.held import hold
from ammo_agents.web.here import Here, RefusedHereError, needs
from ammo_agents.web.refusals import Refusal, of_error, problem
from ammo_agents.web.server import Page

router = APIRouter(prefix="/aipp/v1", tags=["aipp"])
LARGEST = 512_000
"""Bytes of a body: a hundred interactions with a note of average length; the gate stops what is larger still."""
JSON_KIND = "application/json"
LINES = "application/x-ndjson"
EVENTS = "text/event-stream"
Reader = Annotated[Here, needs("read")]
Voter = Annotated[Here, needs("feedback")]
SubspaceName = Annotated[str | None, Query(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "model": protocol.Problem,
        "content": {"application/problem+json": {}},
        "description": words,
    }
    for status, words in (
        (401, "No valid login or token."),
        (403, "The token lacks the scope."),
        (404, "Unknown, or somebody else's: told alike."),
        (409, "One id with two bodies."),
        (413, "The body is too large."),
        (415, "The body is no JSON by its type."),
        (422, "Malformed, or out of bounds."),
        (429, "A budget is spent."),
        (503, "A part is missing or damaged."),
        (507, "The disk is full."),
    )
}


def _takes(model: type[protocol.Asked]) -> dict[str, Any]:
    """Return what the OpenAPI says of a body that the route reads by itself."""
    found = model.model_json_schema(ref_template="#/components/schemas/{model}")
    found.pop("$defs", None)
    return {"requestBody": {"required": True, "content": {JSON_KIND: {"schema": found}}}}


@router.get("/feed", response_model=protocol.Feed, responses=PROBLEMS)
async def feed(
    request: Request,
    here: Reader,
    subspace: SubspaceName = None,
    limit: Annotated[int | None, Query(ge=1, le=protocol.MOST_CARDS)] = None,
    cursor: Annotated[str, Query(max_length=protocol.LONGEST_TOKEN)] = "",
    hydrate: Annotated[bool, Query()] = False,  # noqa: FBT002 - a query parameter
) -> Response:
    """Read what was presented before, newest first; nothing is chosen and nothing changes."""
    companion = await here.app.companion(subspace)
    shows = companion.shows
    found = await aipp.feed(
        here.app, subspace=subspace, limit=limit, cursor=cursor, hydrate=hydrate
    )
    body = protocol.Feed.model_validate(found).model_dump_json().encode()
    page = Page(person=here.app.person, subspace=companion.subspace, shows=shows, body=body)
    if here.grant.kind == "bearer" and shows == companion.shows:
        hold(here.server, here.secret, request.scope["query_string"], page)
    return Response(body, media_type=JSON_KIND)


@router.post(
    "/feed",
    response_model=protocol.Feed,
    responses=PROBLEMS,
    openapi_extra=_takes(protocol.FeedRequest),
)
async def new_feed(request: Request, here: Voter) -> dict[str, Any]:
    """Choose a new slate and present it: only what was presented can be voted on."""
    asked = parsed(protocol.FeedRequest, await _body(request))
    return await aipp.present(
        here.app,
        request_id=asked.request_id,
        subspace=asked.subspace,
        limit=asked.limit,
        hydrate=asked.hydrate,
    )


@router.post(
    "/interactions",
    response_model=protocol.Answers,
    responses=PROBLEMS,
    openapi_extra=_takes(protocol.Interactions),
)
async def interactions(request: Request, here: Voter) -> dict[str, Any]:
    """Judge up to 100 interactions, each by itself, and answer them in order."""
    asked = parsed(protocol.Envelope, await _body(request))
    return await aipp.interactions(here.app, given=asked.interactions)


@router.get("/describe", response_model=protocol.Description, responses=PROBLEMS)
async def describe(here: Reader, subspace: SubspaceName = None) -> dict[str, Any]:
    """Tell what each subspace counts as positive, seen and negative, its own acts and its card fields."""
    return await aipp.describe(here.app, subspace=subspace)


@router.post(
    "/intent",
    response_class=StreamingResponse,
    responses={**PROBLEMS, 200: {"content": {LINES: {}, EVENTS: {}}}},
    openapi_extra=_takes(protocol.IntentRequest),
)
async def intent(request: Request, here: Voter) -> Response:
    """Stream the discovery chain of a stated interest: a JSON line, or a server-sent event, per step."""
    asked = parsed(protocol.IntentRequest, await _body(request))
    steps = aipp.intent(
        here.app, asked.words, subspace=asked.subspace, limit=asked.limit, keep=asked.keep
    )
    first = await anext(steps)  # what refuses the whole request does so before the stream begins
    if asked.subspace is not None:
        here.app.subspace(asked.subspace)
    events = EVENTS in request.headers.get("accept", "")
    kind = EVENTS if events else LINES
    return StreamingResponse(_lines(first, steps, events=events), media_type=kind)


@router.get("/schema", responses=PROBLEMS, response_class=JSONResponse)
async def schema(here: Reader) -> JSONResponse:  # noqa: ARG001 - a login, like everything here
    """Give the JSON Schema of every record: docs/aipp.schema.json."""
    return JSONResponse(protocol.schema())


async def _body(request: Request) -> bytes:
    """Return a body that says it is JSON and is not too large; raises what the handlers answer."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON_KIND:
        raise RefusedHereError(
            Refusal(415, f"the body is {kind[:60] or 'of no type'}, not {JSON_KIND}", "Send JSON.")
        )
    body = await request.body()
    if len(body) > LARGEST:
        raise RefusedHereError(
            Refusal(413, f"the body is larger than {LARGEST:,} bytes", "Send smaller batches.")
        )
    return body


async def _lines(
    first: dict[str, Any], steps: AsyncIterator[dict[str, Any]], *, events: bool
) -> AsyncIterator[str]:
    """Yield each step as it comes; what fails in between is the last one."""
    yield _line(first, events=events)
    try:
        async for step in steps:
            yield _line(step, events=events)
    except AmmoError as error:
        told = json.loads(bytes(problem(of_error(error)).body))
        yield _line({"step": "error", "number": 0, **told}, events=events)


def _line(step: dict[str, Any], *, events: bool) -> str:
    text = json.dumps(step, ensure_ascii=False, allow_nan=False)
    if not events:
        return text + "\n"
    return f"event: {step['step']}\nid: {step['number']}\ndata: {text}\n\n"
