"""The world of this subspace as it is now: one public market endpoint, off unless a person asks for it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import httpx
import numpy as np
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from ammo_agents.errors import BadInputError
from ammo_agents.ports import FeedOptions
from ammo_agents.records import Fact, Shift, Source
from ammo_subspace_coin import display, signals
from ammo_subspace_coin.coins import COIN, COINS, Coin
from ammo_subspace_coin.market import MEMORY, STABLE
from ammo_subspace_coin.prices import shipped_prices
from ammo_subspace_coin.replay import SHIFT, kept
from ammo_subspace_coin.spot import tell

URL = "https://api.coingecko.com/api/v3/coins/markets"
TIMEOUT_S = 10.0
"""Seconds for a whole answer."""
LIMIT = 5_000_000
"""Bytes after which an answer is dropped."""
PAUSE = dt.timedelta(minutes=10)
"""Between two questions to the endpoint."""
GECKO = {
    "binance-coin": "binancecoin",
    "crypto-com-coin": "crypto-com-chain",
    "xrp": "ripple",
}
"""Slug → the endpoint's id, where they differ."""
SOURCE = Source(
    name="CoinGecko public market data",
    url="https://www.coingecko.com",
    verified_by="read from the endpoint and checked for form by ammo_subspace_coin",
)


class Quote(BaseModel):
    """One coin as the endpoint states it."""

    id: str = Field(max_length=80)
    current_price: float = Field(gt=0, allow_inf_nan=False)
    price_change_percentage_24h: float = Field(ge=-100, le=1e6, allow_inf_nan=False)


QUOTES = TypeAdapter(list[Quote])


def utc_now() -> dt.datetime:
    """Return the time."""
    return dt.datetime.now(dt.UTC)


class CoinLive:
    """Asks a public endpoint for prices; an answer that cannot be used is no shift, and `fault` says why.

    Raises:
        BadInputError: a slug in ``options.only`` that no coin has, or an address that is not https.
    """

    def __init__(
        self, options: FeedOptions, *, url: str = URL, now: Callable[[], dt.datetime] = utc_now
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "::1"}:
            raise BadInputError(
                f"the live source {url!r} is not https", hint="Take an address with https."
            )
        self.fault = ""
        """Why the last question brought nothing; empty = it brought quotes."""
        keep = kept(options.only)
        self._coins = {
            GECKO.get(coin.slug, coin.slug): coin
            for coin in COINS.values()
            if coin.id in keep and coin.symbol not in STABLE
        }
        self._url = url
        self._now = now
        self._day = now().date()
        self._asked: dt.datetime | None = None
        self._facts: list[Fact] = []
        # Each coin's own daily moves, sorted: what a live move is held against.
        self._past = _past_moves()

    def day(self) -> dt.date:
        """Return the UTC day of the last question."""
        return self._day

    async def advance(self) -> Sequence[Shift]:
        """Ask for the present, at most every ten minutes, and return the coins that moved unusually."""
        now = self._now()
        if self._asked is not None and now - self._asked < PAUSE:
            return ()
        self._asked, self._day = now, now.date()
        try:
            quotes = QUOTES.validate_json(await self._ask())
        except (httpx.HTTPError, TimeoutError) as error:
            self.fault = f"no answer: {type(error).__name__} {error}".strip()
            return ()
        except ValidationError as error:
            first = error.errors()[0]
            self.fault = f"an answer of the wrong form: {first['msg']}"
            return ()
        except ValueError as error:
            self.fault = str(error)
            return ()
        self.fault = ""
        self._facts = [self._fact(self._coins[q.id], q) for q in quotes if q.id in self._coins]
        self._facts.sort(key=lambda f: (-f.surprise, f.id))
        return [
            Shift(subspace=COIN, entity=fact.entity, date=self._day, facts=(fact,))
            for fact in self._facts
            if fact.surprise >= SHIFT
        ]

    def knowledge(self) -> Sequence[Fact]:
        """Return the facts of the last good answer."""
        return tuple(self._facts)

    async def scheduled(self) -> Sequence[Shift]:
        """Return nothing: the present keeps no calendar."""
        return ()

    async def _ask(self) -> bytes:
        """Return the body of the answer; raises `ValueError` for one that is no JSON of our size."""
        query = {"vs_currency": "usd", "ids": ",".join(sorted(self._coins)), "per_page": "250"}
        body = bytearray()
        async with (
            asyncio.timeout(TIMEOUT_S),
            httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False) as client,
            client.stream("GET", self._url, params=query) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise ValueError(f"status {answer.status_code} instead of 200")
            kind = answer.headers.get("content-type", "")
            if "json" not in kind:
                raise ValueError(f"{kind or 'an untyped answer'} instead of JSON")
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > LIMIT:
                    raise ValueError(f"an answer over {LIMIT:,} bytes")
        return bytes(body)

    def _fact(self, coin: Coin, quote: Quote) -> Fact:
        change = quote.price_change_percentage_24h / 100
        past = self._past[coin.symbol]
        larger = len(past) - int(np.searchsorted(past, abs(change), side="left"))
        return tell(
            "coin.now_up" if change > 0 else "coin.now_down",
            coin.id,
            self._day,
            (
                display.name("name", coin.name),
                display.price("close", quote.current_price),
                display.date("date", self._day),
                display.percent("change", change),
                display.count("window", 24, "hours"),
            ),
            surprise=float(-np.log((1 + larger) / (1 + len(past)))),
            inputs=(
                display.raw("price", quote.current_price, "USD"),
                display.raw("change", change, "share"),
            ),
            source=SOURCE,
        )


def _past_moves() -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    prices = shipped_prices()
    moves = np.abs(signals.change(prices.close))[-MEMORY:]
    return {
        symbol: np.sort(moves[~np.isnan(moves[:, k]), k]) for symbol, k in prices.columns.items()
    }
