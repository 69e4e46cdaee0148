"""The rules of an AiPP server, one function each; the first line of its docstring is the promise."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from ammo_agents.aipp.protocol import Description, IntentStep, Problem
from ammo_agents.aipp.signals import EXPLICIT, PASSIVE
from ammo_agents.testing.aipp_exchange import (
    Exchange,
    Plain,
    Rule,
    UncheckedRuleError,
    as_feed,
    expect,
    new_id,
)

CLOSE = 1e-6
"""Parts may miss their score by so much."""
FEED, VOTES = "/aipp/v1/feed", "/aipp/v1/interactions"
DESCRIBE, INTENT = "/aipp/v1/describe", "/aipp/v1/intent"
EVERY = (("GET", FEED), ("POST", FEED), ("POST", VOTES), ("GET", DESCRIBE), ("POST", INTENT))
STEPS = ["understood", "subspaces", "buddies", "slate", "missing"]
DEEP = 1_000
HOSTILE: Mapping[str, bytes] = {
    "no body": b"",
    "half a body": b'{"interactions": [',
    "a list": b"[]",
    "a depth of 1,000": b"[" * DEEP + b"]" * DEEP,
    "NaN": b'{"interactions": [NaN], "request_id": NaN, "words": NaN}',
    "1e999": b'{"request_id": "a", "limit": 1e999, "interactions": 1e999, "words": 1e999}',
    "a lone surrogate": b'{"request_id": "\\ud800", "interactions": ["\\ud800"], "words": "\\ud800"}',
    "a NUL": b'{"request_id": "a\\u0000", "interactions": "\\u0000", "words": "a\\u0000b"}',
    "bytes that are no text": b'{"request_id": "\xff\xfe"}',
    "an unknown field": b'{"request_id": "a", "interactions": [], "words": "a", "person": "bo"}',
    "10,000 items": json.dumps({"interactions": [{}] * 10_000}).encode(),
    "a text of 100,000 letters": json.dumps({"request_id": "a" * 100_000}).encode(),
    "5 MB": b'{"words": "' + b"a" * 5_000_000 + b'"}',
}
"""Bodies that no address takes."""


# --- who may ask -----------------------------------------------------------------------------
async def login_is_needed(exchange: Exchange) -> None:
    """Without a valid token every address answers 401."""
    wrong = {"Authorization": "Bearer nobody-has-this-token"}
    for method, path in EVERY:
        body = b"{}" if method == "POST" else None
        answer = await _sent(exchange.you, method, path, body, headers=wrong)
        expect(answer.status_code == 401, f"{method} {path} got {answer.status_code}, not 401")


# --- feed ------------------------------------------------------------------------------------
async def new_slate(exchange: Exchange) -> None:
    """A new slate has distinct cards, ascending positions, and chances in (0, 1]."""
    items = await _shown(exchange)
    ids, positions = [i["id"] for i in items], [i["position"] for i in items]
    expect(len(set(ids)) == len(ids), f"a card is in the slate twice: {ids}")
    expect(positions == sorted(set(positions)), f"positions {positions} do not ascend")
    for item in items:
        for chance in ("propensity", "inclusion"):
            expect(0 < item[chance] <= 1, f"{item['id']} has {chance} {item[chance]}")
    tokens = {i["impression"] for i in items}
    expect(len(tokens) == len(items), "two cards share an impression")


async def parts_add_up(exchange: Exchange) -> None:
    """The parts of every score add up to it, before and after a vote."""
    items = await _shown(exchange)
    _sums(items)
    token = items[0]["impression"]
    await exchange.vote(event=new_id(), impression=token, act="interactionLike")
    _sums(await _shown(exchange))
    await exchange.vote(event=new_id(), impression=token, act="undo")


async def same_request_same_slate(exchange: Exchange) -> None:
    """The same request id gives the same slate again; with another body it is 409."""
    name = new_id()
    one = await exchange.page(request_id=name, limit=2)
    two = await exchange.page(request_id=name, limit=2)
    exchange.fresh += one["items"]
    expect(bool(one["items"]) and _told(one) == _told(two), "the same request id, another slate")
    answer = await exchange.you.post(FEED, json={"request_id": name, "limit": 3})
    expect(answer.status_code == 409, f"one request id, two limits: {answer.status_code}, not 409")


async def reading_changes_nothing(exchange: Exchange) -> None:
    """GET reads what was presented last, the same each time, and presents nothing new."""
    page = await exchange.page(limit=2)
    exchange.fresh += page["items"]
    if page["cursor"] is None:
        raise UncheckedRuleError("the server has no card left that this person has not seen")
    for asked in ({}, {"cursor": page["cursor"]}):
        reads = [as_feed(await _read(exchange, asked)) for _ in range(2)]
        told = [_told(read) for read in reads]
        expect(told[0] == told[1], f"two reads with {asked} differ")
        expect(told[0] == _told(page), f"reading with {asked} is not the slate presented last")


async def hydration(exchange: Exchange) -> None:
    """`hydrate` brings the whole card of each item, and without it there is none."""
    bare = as_feed(await _read(exchange, {}))
    full = as_feed(await _read(exchange, {"hydrate": "true"}))
    expect(all(item["card"] is None for item in bare["items"]), "a skeleton carried cards")
    for item in full["items"]:
        card = item["card"] or {}
        expect(card.get("id") == item["id"], f"the card of {item['id']} is {card.get('id')}")


# --- votes -----------------------------------------------------------------------------------
async def votes_count_once(exchange: Exchange) -> None:
    """A vote is kept with a receipt; its retry gets the same answer; a second one is 409; one undo is all."""
    token, first, second = (await exchange.card())["impression"], new_id(), new_id()
    like = {"impression": token, "act": "interactionLike"}
    kept = await exchange.vote(event=first, **like)
    expect(kept["status"] == "kept" and kept["code"] == 200, f"a vote got {_short(kept)}")
    expect(bool(kept["feedback"] and kept["receipt"]), "a vote got no feedback id or no receipt")
    again = await exchange.vote(event=first, **like)
    same = {**kept, "status": "repeated"}
    expect(again == same, f"the retry of a vote got {_short(again)}")
    twice = await exchange.vote(event=second, **like)
    refused = twice["status"] == "refused" and twice["code"] == 409
    expect(refused, f"a second event of the same act got {_short(twice)}")
    back = await exchange.vote(event=new_id(), impression=token, act="undo")
    expect(back["status"] == "kept", f"an undo got {_short(back)}")
    more = await exchange.vote(event=new_id(), impression=token, act="undo")
    expect(more["code"] == 404, f"a vote that counts once was taken back twice: {_short(more)}")


async def event_ids_are_unique(exchange: Exchange) -> None:
    """One event id with another body is 409 and changes nothing."""
    token, event = (await exchange.card())["impression"], new_id()
    await exchange.vote(event=event, impression=token, act="interactionLike")
    other = await exchange.vote(event=event, impression=token, act="save")
    expect(other["code"] == 409, f"one event id, two bodies: {_short(other)}")
    await exchange.vote(event=new_id(), impression=token, act="undo")
    more = await exchange.vote(event=new_id(), impression=token, act="undo")
    expect(more["code"] == 404, "the refused vote was counted")


async def forged_impressions(exchange: Exchange) -> None:
    """An impression that was changed or invented is 404 with one answer, and uses nothing up."""
    token = (await exchange.card())["impression"]
    wrong = [_changed(token, at) for at in range(len(token))]
    wrong += [token[:-1], token + "A", "A", "A" * len(token), token[::-1]]
    answers = []
    for start in range(0, len(wrong), 50):
        batch = [
            {"event": new_id(), "impression": one, "act": "interactionLike"}
            for one in wrong[start : start + 50]
        ]
        answers += await exchange.votes(*batch)
    for said, one in zip(answers, wrong, strict=True):
        expect(said["code"] == 404, f"the forged impression {one[:12]}… got {_short(said)}")
    expect(len({_refusal(said) for said in answers}) == 1, "forged impressions get several answers")
    honest = await exchange.vote(event=new_id(), impression=token, act="interactionLike")
    expect(honest["status"] == "kept", f"after forged ones the true one got {_short(honest)}")
    await exchange.vote(event=new_id(), impression=token, act="undo")


async def foreign_ids(exchange: Exchange) -> None:
    """Another person's impressions and cursors are answered like ones that never were."""
    if exchange.other is None:
        raise UncheckedRuleError("no second person's token was given")
    page = await exchange.page(limit=2)
    exchange.fresh += page["items"]
    token = (await exchange.card())["impression"]
    like = {"act": "interactionLike"}
    foreign, made_up = await exchange.votes(
        {"event": new_id(), "impression": token, **like},
        {"event": new_id(), "impression": "A" * len(token), **like},
        by=exchange.other,
    )
    expect(foreign["code"] == 404, f"another person's impression got {_short(foreign)}")
    expect(
        _refusal(foreign) == _refusal(made_up), "a foreign impression is told from an unknown one"
    )
    for cursor in (page["cursor"], page["next"]):
        if cursor is not None:
            await _foreign_cursor(exchange.other, cursor, page)
    theirs = as_feed(await exchange.other.get(FEED))
    expect(theirs["slate"] != page["slate"], "another person reads this person's newest slate")


async def _foreign_cursor(other: httpx.AsyncClient, cursor: str, page: Plain) -> None:
    answer = await other.get(FEED, params={"cursor": cursor})
    unknown = await other.get(FEED, params={"cursor": "A" * len(cursor)})
    leaks = any(item["id"] in answer.text for item in page["items"])
    expect(not leaks, "another person's cursor leads to this person's slate")
    expect(answer.status_code == 404, f"another person's cursor got {answer.status_code}")
    expect(answer.text == unknown.text, "a foreign cursor is told from an unknown one")


async def batches(exchange: Exchange) -> None:
    """A batch is answered in order, one bad item loses no other, and more than 100 items are refused."""
    token = (await exchange.card())["impression"]
    given: list[object] = [
        {"event": "first", "impression": token},
        {"event": new_id(), "impression": token, "act": "interactionLike"},
        7,
        {"event": "last", "impression": token, "act": "no-act-is-called-this"},
    ]
    answers = await exchange.votes(*given)
    codes = [answer["code"] for answer in answers]
    expect(codes == [422, 200, 422, 422], f"a batch with bad items got {codes}")
    expect([answers[0]["event"], answers[3]["event"]] == ["first", "last"], "answers out of order")
    await exchange.vote(event=new_id(), impression=token, act="undo")
    item = {"event": "e", "impression": token, "act": "skip"}
    answer = await exchange.you.post(VOTES, json={"interactions": [item] * 101})
    expect(answer.status_code in {413, 422}, f"101 items got {answer.status_code}")


async def passive_signals(exchange: Exchange) -> None:
    """A passive signal is kept only with consent, and never becomes an act."""
    told = Description.model_validate((await exchange.you.get(DESCRIBE)).json())
    token = (await exchange.card())["impression"]
    for signal in PASSIVE:
        more = {"dwell_ms": 1200} if signal.name == "dwell" else {}
        said = await exchange.vote(event=new_id(), impression=token, act=signal.name, **more)
        expect(said["feedback"] is None, f"{signal.name} became the act {said['feedback']}")
        wanted = 200 if told.passive else 403
        expect(said["code"] == wanted, f"{signal.name} got {_short(said)}, not {wanted}")
    back = await exchange.vote(event=new_id(), impression=token, act="undo")
    expect(back["code"] == 404, "a passive signal could be taken back like an act")


# --- describe and intent ---------------------------------------------------------------------
async def description(exchange: Exchange) -> None:
    """Every subspace tells all common acts; passive ones weigh nothing; numbers are in range."""
    told = Description.model_validate((await exchange.you.get(DESCRIBE)).json())
    expect(bool(told.subspaces), "no subspace is described")
    for space in told.subspaces:
        acts = {act.name: act for act in space.acts}
        missing = {signal.name for signal in (*EXPLICIT, *PASSIVE)} - set(acts)
        expect(not missing, f"{space.id} lacks {sorted(missing)}")
        for name, act in acts.items():
            passive = act.signal == "passive"
            expect(passive == (act.meaning == "seen"), f"{name} is {act.signal} and {act.meaning}")
            expect(not passive or act.weight == 0, f"the passive act {name} weighs {act.weight}")


async def intents(exchange: Exchange) -> None:
    """An intent streams five numbered steps: nearest first, with a slate whose parts add up."""
    asked = {"words": "I want to learn about something new", "limit": 2}
    answer = await exchange.you.post(INTENT, json=asked)
    expect(answer.status_code == 200, f"an intent got {answer.status_code}: {answer.text[:200]}")
    steps = [json.loads(line) for line in answer.text.splitlines() if line]
    for step in steps:
        IntentStep.model_validate(step)
    expect([step["step"] for step in steps] == STEPS, f"steps {[s['step'] for s in steps]}")
    expect([step["number"] for step in steps] == [1, 2, 3, 4, 5], "steps are numbered otherwise")
    for found in (steps[1]["subspaces"], steps[2]["buddies"]):
        near = [one["cosine"] for one in found]
        expect(near == sorted(near, reverse=True), f"the nearest do not come first: {near}")
        expect(all(-1.000001 <= cosine <= 1.000001 for cosine in near), f"no cosines: {near}")
    for card in steps[3]["cards"]:
        _adds_up(card["id"], card["reasons"], card["score"])


# --- bad input -------------------------------------------------------------------------------
async def bad_input(exchange: Exchange) -> None:
    """What cannot be used is 413 or 422 with problem+json, never a 500."""
    for path in (FEED, VOTES, INTENT):
        for what, body in HOSTILE.items():
            answer = await _sent(exchange.you, "POST", path, body)
            expect(answer.status_code in {413, 422}, f"{path} with {what}: {answer.status_code}")
            _problem(answer, f"{path} with {what}")
        answer = await _sent(exchange.you, "POST", path, b"{}", kind="text/plain")
        expect(answer.status_code in {415, 422}, f"{path} as text: {answer.status_code}")
    for asked in (
        {"limit": "0"},
        {"limit": "1e999"},
        {"cursor": "A" * 9_000},
        {"subspace": "../x"},
    ):
        answer = await exchange.you.get(FEED, params=asked)
        expect(answer.status_code in {404, 422}, f"GET {FEED} {asked}: {answer.status_code}")
        _problem(answer, f"GET {FEED} {asked}")


# --- inside ----------------------------------------------------------------------------------
async def _shown(exchange: Exchange) -> list[Plain]:
    """Return the items of a new slate; the rules after this one may vote on all but the first."""
    page = await exchange.page()
    items: list[Plain] = page["items"]
    if not items:
        raise UncheckedRuleError("the server has no card left that this person has not seen")
    exchange.fresh += items[1:]
    return items


async def _read(exchange: Exchange, asked: Mapping[str, str]) -> httpx.Response:
    where = (
        {} if exchange.subspace is None or "cursor" in asked else {"subspace": exchange.subspace}
    )
    return await exchange.you.get(FEED, params={**where, **asked})


async def _sent(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    body: bytes | None,
    *,
    headers: Mapping[str, str] | None = None,
    kind: str = "application/json",
) -> httpx.Response:
    sent = {"Content-Type": kind, **(headers or {})} if body is not None else dict(headers or {})
    return await client.request(method, path, content=body, headers=sent)


def _sums(items: Iterable[Plain]) -> None:
    for item in items:
        _adds_up(item["id"], item["parts"], item["score"])


def _adds_up(id: str, parts: Iterable[Plain], score: float) -> None:
    total = math.fsum(part["value"] for part in parts)
    expect(abs(total - score) <= CLOSE, f"{id}: the parts add up to {total}, the score is {score}")


def _told(page: Plain) -> list[Any]:
    """Return what must be the same when a page is read again."""
    return [page["slate"], [{**item, "card": None} for item in page["items"]]]


def _changed(token: str, at: int) -> str:
    """Return the token with another letter at one place."""
    return token[:at] + ("B" if token[at] == "A" else "A") + token[at + 1 :]


def _refusal(answer: Plain) -> tuple[object, ...]:
    return answer["code"], answer["detail"], answer["fix"]


def _short(answer: Plain) -> str:
    return f"{answer['status']} {answer['code']} {answer['detail']}".strip()


def _problem(answer: httpx.Response, where: str) -> None:
    kind = answer.headers.get("content-type", "")
    expect(kind.startswith("application/problem+json"), f"{where} is answered as {kind!r}")
    told = Problem.model_validate(answer.json())
    expect(told.status == answer.status_code, f"{where}: status {told.status} in the body")


RULES: tuple[Rule, ...] = (
    login_is_needed,
    description,
    new_slate,
    parts_add_up,
    same_request_same_slate,
    reading_changes_nothing,
    hydration,
    votes_count_once,
    event_ids_are_unique,
    forged_impressions,
    foreign_ids,
    batches,
    passive_signals,
    intents,
    bad_input,
)
"""In the order they are looked at."""
