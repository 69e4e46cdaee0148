"""The live world against a server on this machine: good answers, and every bad one."""

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from ammo_subspace_coin.live import LIMIT, CoinLive
from ammo_subspace_coin.prices import Prices

from ammo_agents.errors import BadInputError
from ammo_agents.ports import FeedOptions
from ammo_agents.testing import fact_faults

GOOD = [
    {"id": "bitcoin", "current_price": 64000.5, "price_change_percentage_24h": -31.25},
    {"id": "ethereum", "current_price": 3000, "price_change_percentage_24h": 0.4},
    {"id": "somecoin", "current_price": 1, "price_change_percentage_24h": 1.0},
]


class Hands:
    """A clock for the world, and what the server was asked."""

    def __init__(self) -> None:
        self.time = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)
        self.asked: list[str] = []

    def now(self) -> dt.datetime:
        return self.time


@asynccontextmanager
async def served(
    body: bytes, *, kind: str = "application/json", status: str = "200 OK"
) -> AsyncIterator[tuple[CoinLive, Hands]]:
    hands = Hands()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        hands.asked.append(request.split(b" ")[1].decode())
        head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        try:
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}/markets"
        yield (
            await asyncio.to_thread(CoinLive, FeedOptions(live=True), url=url, now=hands.now),
            hands,
        )


async def test_an_unusual_move_is_a_shift_and_a_usual_one_is_only_known(prices: Prices) -> None:
    async with served(json.dumps(GOOD).encode()) as (world, hands):
        shifts = await world.advance()
        assert [s.facts[0].statement for s in shifts] == [
            "Bitcoin stood at $64,000.50 on 5 January 2026, down 31.2% over 24 hours."
        ]
        assert shifts[0].surprise > 5
        assert {f.entity for f in world.knowledge()} == {"coin/bitcoin", "coin/ethereum"}
        assert [fault for f in world.knowledge() for fault in fact_faults(f)] == []
        assert world.day() == dt.date(2026, 1, 5)
        assert world.fault == ""
        assert "binancecoin" in hands.asked[0]


async def test_it_asks_at_most_every_ten_minutes(prices: Prices) -> None:
    async with served(json.dumps(GOOD).encode()) as (world, hands):
        await world.advance()
        hands.time += dt.timedelta(minutes=9)
        assert await world.advance() == ()
        hands.time += dt.timedelta(minutes=2)
        assert len(await world.advance()) == 1
        assert len(hands.asked) == 2


@pytest.mark.parametrize(
    ("body", "kind", "status", "reason"),
    [
        (b"<html>Sorry</html>", "text/html", "200 OK", "text/html instead of JSON"),
        (b"<html>Sorry</html>", "application/json", "200 OK", "wrong form"),
        (b'{"error": "limit"}', "application/json", "200 OK", "wrong form"),
        (
            b'[{"id": "bitcoin", "current_price": null, "price_change_percentage_24h": 1}]',
            "application/json",
            "200 OK",
            "wrong form",
        ),
        (
            b'[{"id": "bitcoin", "current_price": -4, "price_change_percentage_24h": 1}]',
            "application/json",
            "200 OK",
            "wrong form",
        ),
        (b"[]", "application/json", "429 Too Many Requests", "status 429"),
        (b" " * (LIMIT + 1), "application/json", "200 OK", "over 5,000,000 bytes"),
    ],
    ids=["html", "html-as-json", "object", "null", "negative", "limited", "huge"],
)
async def test_an_answer_that_cannot_be_used_is_no_shift_and_its_reason_is_kept(
    prices: Prices, body: bytes, kind: str, status: str, reason: str
) -> None:
    async with served(body, kind=kind, status=status) as (world, _):
        assert await world.advance() == ()
        assert world.knowledge() == ()
        assert reason in world.fault


async def test_nobody_at_home_is_no_shift(prices: Prices) -> None:
    async with served(b"") as (world, _):
        pass
    assert await world.advance() == ()
    assert world.fault.startswith("no answer")


def test_an_address_without_https_is_refused() -> None:
    with pytest.raises(BadInputError, match="not https"):
        CoinLive(FeedOptions(live=True), url="http://example.org/markets")
