"""Facts of the market as a whole, and of the calendar: breadth, best and worst week, halvings."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from ammo_agents.records import Fact, Series, Source
from ammo_subspace_coin import display
from ammo_subspace_coin.coins import COINS, MARKET
from ammo_subspace_coin.facts import NOTABLE
from ammo_subspace_coin.market import Market
from ammo_subspace_coin.spot import SHOWN, Spot, tell

RARE_DAY = 7.0
"""Surprise of a halving, in nats: about once in three years."""
ANNIVERSARY = 5.9
"""Surprise of a day that comes once a year: ln 365."""
PROTOCOL = Source(
    name="The block reward schedule of the protocol",
    licence="public domain",
    verified_by="public block history, dates in UTC, entered by the authors of ammo_subspace_coin",
)


def breadth(market: Market, t: int) -> Fact | None:
    """Return that nearly all coins went the same way, or None on a mixed day."""
    risers, fallers = int(market.risers[t]), int(market.fallers[t])
    moves = market.change[t, market.free]
    total = int(np.count_nonzero(~np.isnan(moves)))
    most = max(risers, fallers)
    surprise = float(market.breadth_surprise[t])
    if total < 5 or most < 0.9 * total or not surprise >= NOTABLE / 2:
        return None
    up = risers > fallers
    median = float(np.nanmedian(moves))
    day = market.prices.date(t)
    return tell(
        "coin.breadth_up" if up else "coin.breadth_down",
        MARKET,
        day,
        (
            display.bare("risers" if up else "fallers", most, "coins"),
            display.count("total", total, "coins"),
            display.date("date", day),
            display.signed("median", median),
        ),
        surprise=surprise,
        inputs=(
            display.raw("risers", risers, "coins"),
            display.raw("fallers", fallers, "coins"),
            display.raw("median", median, "share"),
        ),
        series=_risers(market, t),
    )


def best_and_worst(market: Market, t: int) -> list[Fact]:
    """Return who gained and who lost most in the seven days up to t, where there were gains and losses."""
    week = np.where(market.free, market.week[t], np.nan)
    total = int(np.count_nonzero(~np.isnan(week)))
    if total < 5:
        return []
    best, worst = int(np.nanargmax(week)), int(np.nanargmin(week))
    told = []
    if week[best] >= 0.0005:
        told.append(_of_week(market, t, best, "coin.best_week", total))
    if week[worst] <= -0.0005:
        told.append(_of_week(market, t, worst, "coin.worst_week", total))
    return told


def _of_week(market: Market, t: int, k: int, predicate: str, total: int) -> Fact:
    spot = Spot(market, t, k)
    change = spot.at(market.week)
    return tell(
        predicate,
        MARKET,
        spot.day,
        (
            display.name("name", spot.coin.name),
            display.count("total", total, "coins"),
            display.date("date", spot.day),
            display.percent("change", change),
        ),
        surprise=spot.at(market.week_surprise),
        inputs=(
            display.raw("close", spot.close(), "USD"),
            display.raw("close_then", spot.close(7), "USD"),
        ),
        mentions=(spot.coin.id,),
        series=spot.series,
    )


def halving(row: dict[str, Any]) -> Fact:
    """Return that a block reward halved on its day."""
    coin = COINS[row["symbol"]]
    return tell(
        "coin.halving",
        coin.id,
        row["date"],
        (
            display.name("name", coin.name),
            display.amount("before", row["before"], coin.symbol),
            display.amount("after", row["after"], coin.symbol),
            display.date("date", row["date"]),
        ),
        surprise=RARE_DAY,
        source=PROTOCOL,
    )


def anniversary(row: dict[str, Any], day: dt.date) -> Fact | None:
    """Return that a halving was a whole number of years ago, or None on other days."""
    halved: dt.date = row["date"]
    years = day.year - halved.year
    if years < 1 or (day.month, day.day) != (halved.month, halved.day):
        return None
    coin = COINS[row["symbol"]]
    return tell(
        "coin.halving_anniversary",
        coin.id,
        day,
        (
            display.name("name", coin.name),
            display.date("date", day),
            display.count("years", years, "years"),
            display.date("halved", halved),
        ),
        surprise=ANNIVERSARY,
        source=PROTOCOL,
    )


def _risers(market: Market, t: int) -> Series:
    rows = range(max(0, t + 1 - SHOWN), t + 1)
    return Series(
        title="Coins that rose",
        unit="coins",
        dates=tuple(market.prices.date(i) for i in rows),
        values=tuple(float(market.risers[i]) for i in rows),
    )
