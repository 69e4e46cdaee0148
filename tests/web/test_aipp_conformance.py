"""The conformance suite passes the real server, and fails servers that each break one promise."""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from ammo_agents.testing.aipp import AippReport, check_aipp

Plain = dict[str, Any]
Came = Callable[..., Awaitable[httpx.AsyncClient]]
FEED, VOTES = "/aipp/v1/feed", "/aipp/v1/interactions"
KEPT = {"status": "kept", "code": 200, "feedback": "b_x", "receipt": "yes", "detail": "", "fix": ""}


class Between(httpx.AsyncBaseTransport):
    """Stands between a client and the real server, and tells something else than it says."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send what `ask` makes of a request; answer what `tell` makes of the answer."""
        await request.aread()
        asked = self.ask(request)
        answer = await self.inner.handle_async_request(asked)
        await answer.aread()
        return self.tell(request, answer)

    def ask(self, request: httpx.Request) -> httpx.Request:
        return request

    def tell(self, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        try:
            body = answer.json()
        except ValueError:
            return answer
        if answer.status_code == 200 and request.url.path == FEED:
            return httpx.Response(200, json=self.feed(body))
        if answer.status_code == 200 and request.url.path == VOTES:
            given = json.loads(request.content)["interactions"]
            body["answers"] = [self.vote(v, a) for v, a in zip(given, body["answers"], strict=True)]
            return httpx.Response(200, json=body)
        return answer

    def feed(self, page: Plain) -> Plain:
        return page

    def vote(self, vote: Any, answer: Plain) -> Plain:
        return answer


def sent(request: httpx.Request, body: object, *, path: str = "", **headers: str) -> httpx.Request:
    """Return the request with another body, path or header."""
    kept = {k: v for k, v in request.headers.items() if k not in {"content-length", *headers}}
    url = request.url.copy_with(raw_path=path.encode()) if path else request.url
    return httpx.Request(request.method, url, headers={**kept, **headers}, json=body)


class AcceptsForged(Between):
    """Keeps votes for what nobody was shown."""

    def vote(self, vote: Any, answer: Plain) -> Plain:
        return {**answer, **KEPT} if answer["code"] == 404 and vote["act"] != "undo" else answer


class CountsTwice(Between):
    """Forgets event ids: a retry is a new event, and every act may be given again."""

    def ask(self, request: httpx.Request) -> httpx.Request:
        if request.url.path != VOTES or request.content[:1] != b"{" or len(request.content) > 1e5:
            return request
        try:
            body = json.loads(request.content)
            for vote in body["interactions"]:
                vote["event"] = uuid.uuid4().hex
        except (ValueError, TypeError, KeyError):
            return request
        return sent(request, body)

    def vote(self, vote: Any, answer: Plain) -> Plain:
        return {**answer, "event": vote.get("event", "") if isinstance(vote, dict) else ""}


class CountsTwiceQuietly(Between):
    """Says the right things, but has counted a vote twice: it can be taken back twice."""

    def vote(self, vote: Any, answer: Plain) -> Plain:
        again = isinstance(vote, dict) and vote.get("act") == "undo" and answer["code"] == 404
        return {**answer, "status": "kept", "code": 200} if again else answer


class PartsDoNotAddUp(Between):
    """Leaves out what a story does not need."""

    def feed(self, page: Plain) -> Plain:
        for item in page["items"]:
            item["parts"] = item["parts"][:1]
            item["score"] += 1e-4
        return page


class LeaksSlates(Between):
    """Believes whoever asks: somebody else's cursor opens their slate."""

    def __init__(self, inner: httpx.AsyncBaseTransport, token: str) -> None:
        super().__init__(inner)
        self.token = token

    def ask(self, request: httpx.Request) -> httpx.Request:
        if request.method != "GET" or request.url.path != FEED:
            return request
        headers = {**request.headers, "authorization": self.token}
        return httpx.Request("GET", request.url, headers=headers)


class TellsForeignFromUnknown(Between):
    """Answers 403 to what is somebody else's: so one knows that it exists."""

    def vote(self, vote: Any, answer: Plain) -> Plain:
        foreign = answer["code"] == 404 and not vote["impression"].startswith("AAAA")
        return {**answer, "detail": "not yours"} if foreign else answer


class ForgetsRequests(Between):
    """Gives a new slate to a repeated request."""

    def ask(self, request: httpx.Request) -> httpx.Request:
        if (request.method, request.url.path) != ("POST", FEED) or len(request.content) > 1e5:
            return request
        try:
            return sent(request, {**json.loads(request.content), "request_id": uuid.uuid4().hex})
        except (ValueError, TypeError, RecursionError):
            return request


class LearnsFromSeen(Between):
    """Makes an act of a passive signal."""

    def vote(self, vote: Any, answer: Plain) -> Plain:
        seen = isinstance(vote, dict) and vote.get("act") == "interactionSeen"
        return {**answer, **KEPT} if seen else answer


class LosesTheBatch(Between):
    """Refuses a whole batch for one bad item."""

    def tell(self, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        bad = request.url.path == VOTES and b'"code":422' in answer.content
        return httpx.Response(422, json={}) if bad else answer


class LetsAnybodyIn(Between):
    """Describes itself to those who have not logged in."""

    def tell(self, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        open_ = answer.status_code == 401 and request.url.path.endswith("describe")
        return httpx.Response(200, json={}) if open_ else answer


class BreaksDown(Between):
    """Answers 500 to what it cannot read."""

    def tell(self, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        return httpx.Response(500) if b"\\ud800" in request.content else answer


class SaysItDifferently(Between):
    """Sends problems as plain JSON."""

    def tell(self, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        code = answer.status_code
        return httpx.Response(code, json=answer.json()) if code == 422 else answer


class GivesNoChance(Between):
    """Logs a propensity of 0 for what it showed."""

    def feed(self, page: Plain) -> Plain:
        return {**page, "items": [{**item, "propensity": 0.0} for item in page["items"]]}


class WeighsPassive(Between):
    """Declares that having seen a card is worth something."""

    def tell(self, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if not request.url.path.endswith("describe") or answer.status_code != 200:
            return answer
        body = answer.json()
        for space in body["subspaces"]:
            for act in space["acts"]:
                act["weight"] = act["weight"] or 0.25
        return httpx.Response(200, json=body)


class SkipsSteps(Between):
    """Leaves out what is missing."""

    def tell(self, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if not request.url.path.endswith("intent") or answer.status_code != 200:
            return answer
        return httpx.Response(200, text="\n".join(answer.text.splitlines()[:4]))


class AlwaysHydrates(Between):
    """Sends a card nobody asked for."""

    def feed(self, page: Plain) -> Plain:
        items = [{**item, "card": item["card"] or {"id": item["id"]}} for item in page["items"]]
        return {**page, "items": items}


async def checked(come: Came, *, broken: type[Between] | None = None) -> AippReport:
    """Run the suite against the real server, or one that stands before it."""
    you = await come("ann", role="user", bearer=True)
    them = await come("bea", role="user", bearer=True)
    for client in (you, them) if broken else ():
        inner = client._transport
        more = (you.headers["authorization"],) if broken is LeaksSlates else ()
        client._transport = broken(inner, *more)
    return await check_aipp(you, other=them)


async def test_the_real_server_keeps_every_rule(come: Came) -> None:
    report = await checked(come)
    assert report.faults == (), report.text
    assert report.unchecked == (), report.text
    assert len(report.rules) == 15


@pytest.mark.parametrize(
    ("broken", "rules"),
    [
        (AcceptsForged, {"forged-impressions", "foreign-ids"}),
        (CountsTwice, {"votes-count-once"}),
        (CountsTwiceQuietly, {"votes-count-once"}),
        (PartsDoNotAddUp, {"parts-add-up"}),
        (LeaksSlates, {"foreign-ids"}),
        (TellsForeignFromUnknown, {"foreign-ids"}),
        (ForgetsRequests, {"same-request-same-slate"}),
        (LearnsFromSeen, {"passive-signals"}),
        (LosesTheBatch, {"batches"}),
        (LetsAnybodyIn, {"login-is-needed"}),
        (BreaksDown, {"bad-input"}),
        (SaysItDifferently, {"bad-input"}),
        (GivesNoChance, {"new-slate"}),
        (WeighsPassive, {"description"}),
        (SkipsSteps, {"intents"}),
        (AlwaysHydrates, {"hydration"}),
    ],
)
async def test_a_server_that_breaks_a_promise_is_found_out(
    come: Came, broken: type[Between], rules: set[str]
) -> None:
    report = await checked(come, broken=broken)
    found = {fault.partition(":")[0] for fault in report.faults}
    assert rules <= found, report.text


async def test_without_a_second_person_the_foreign_rules_are_not_passed(come: Came) -> None:
    report = await check_aipp(await come("ann", role="user", bearer=True))
    assert report.faults == ()
    assert report.unchecked == ("foreign-ids: no second person's token was given",)


async def test_something_that_is_no_aipp_server_keeps_next_to_nothing() -> None:
    async def nothing(_: httpx.Request) -> httpx.Response:
        return httpx.Response(404, text="not here")

    transport = httpx.MockTransport(nothing)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:1") as client:
        report = await check_aipp(client, other=client)
    assert len(report.faults) == len(report.rules)
