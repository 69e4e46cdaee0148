"""Facts of one coin on one day, told from the signals: what fired, in words whose every number is a quantity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from ammo_agents.records import Fact
from ammo_subspace_coin import display, signals
from ammo_subspace_coin.coins import COINS
from ammo_subspace_coin.market import MONTH, QUARTER, YEAR, Market, read_market
from ammo_subspace_coin.prices import Prices
from ammo_subspace_coin.spot import Spot, series_of

NOTABLE = 2.3
"""Nats from which a move, a volume or a streak is told: one day in ten."""
RARE = 3.4
"""Nats from which slow signals (correlation, pace, lead) are told: one day in thirty."""
OFF_PEG = 0.005
"""Distance from a dollar, as a share, from which a stable coin has left its peg."""
ONCE = 6.0
"""Surprise of a first day, in nats: about once in 400 days."""


def jump(spot: Spot) -> Fact:
    """Tell a move beyond the coin's own volatility."""
    m = spot.market
    change, usual = spot.at(m.change), spot.at(m.usual)
    return spot.tell(
        "coin.rise" if change > 0 else "coin.fall",
        (
            display.percent("change", change),
            display.price("close", spot.close()),
            display.times("times", abs(change) / usual),
            display.percent("usual", usual),
            display.count("window", MONTH, "days"),
        ),
        surprise=spot.at(m.change_surprise),
        inputs=(
            display.raw("close", spot.close(), "USD"),
            display.raw("close_before", spot.close(1), "USD"),
            display.raw("mean_absolute_change", usual, "share"),
        ),
    )


def close(spot: Spot) -> Fact:
    """Tell the day's close and its change; the plainest fact there is."""
    m = spot.market
    change = spot.at(m.change)
    shown = display.percent("change", change)
    flat = shown.value == 0
    predicate = "coin.close_flat" if flat else _way("coin.close", change)
    said = (display.price("close", spot.close()), *(() if flat else (shown,)))
    inputs = (
        display.raw("close", spot.close(), "USD"),
        display.raw("close_before", spot.close(1), "USD"),
    )
    # Ordinary by construction: what is unusual about the day has facts of its own.
    return spot.tell(predicate, said, surprise=0.0, inputs=inputs)


def month(spot: Spot) -> Fact:
    """Tell the change over a month."""
    change = spot.at(spot.market.month)
    said = (
        display.price("close", spot.close()),
        display.percent("change", change),
        display.count("window", MONTH, "days"),
    )
    inputs = (
        display.raw("close", spot.close(), "USD"),
        display.raw("close_then", spot.close(MONTH), "USD"),
    )
    return spot.tell(_way("coin.month", change), said, surprise=0.0, inputs=inputs)


def volume(spot: Spot) -> Fact:
    """Tell a spike of the traded volume."""
    m = spot.market
    traded, usual = spot.at(m.prices.volume), spot.at(m.usual_volume)
    title = f"{spot.coin.name}, volume in a day"
    return spot.tell(
        "coin.volume",
        (
            display.large("volume", traded),
            display.times("times", traded / usual),
            display.large("usual", usual),
            display.count("window", MONTH, "days"),
        ),
        surprise=spot.at(m.volume_surprise),
        inputs=(display.raw("volume", traded, "USD"), display.raw("mean_volume", usual, "USD")),
        series=series_of(spot, m.prices.volume[:, spot.k], title, "USD"),
    )


def high(spot: Spot) -> Fact:
    """Tell the highest close in so many days, or in the whole history."""
    m = spot.market
    return _extreme(spot, int(spot.at(m.top)), spot.at(m.top_surprise), "high")


def low(spot: Spot) -> Fact:
    """Tell the lowest close in so many days, or in the whole history."""
    m = spot.market
    return _extreme(spot, int(spot.at(m.bottom)), spot.at(m.bottom_surprise), "low")


def _extreme(spot: Spot, span: int, surprise: float, kind: str) -> Fact:
    price = display.price("close", spot.close())
    inputs = (display.raw("close", spot.close(), "USD"), display.raw("rows", span, "days"))
    if span > spot.t:
        first = first_row(spot.market, spot.k)
        said = (price, display.date("since", spot.market.prices.date(first)))
        return spot.tell(f"coin.record_{kind}", said, surprise=surprise, inputs=inputs)
    said = (price, display.count("span", span, "days"))
    return spot.tell(f"coin.{kind}", said, surprise=surprise, inputs=inputs)


def drawdown(spot: Spot) -> Fact:
    """Tell how far the close is below the highest close so far."""
    m = spot.market
    peak = int(spot.at(m.peak))
    top = float(m.prices.close[peak, spot.k])
    return spot.tell(
        "coin.drawdown",
        (
            display.price("close", spot.close()),
            display.percent("depth", spot.at(m.deepest)),
            display.price("peak", top),
            display.date("peak_date", m.prices.date(peak)),
        ),
        surprise=spot.at(m.drawdown_surprise),
        inputs=(display.raw("close", spot.close(), "USD"), display.raw("peak", top, "USD")),
    )


def streak(spot: Spot) -> Fact:
    """Tell a run of days that all rose or all fell."""
    run = int(spot.at(spot.market.streak))
    days = abs(run)
    total = spot.close() / spot.close(days) - 1
    return spot.tell(
        _way("coin.streak", run),
        (
            display.count("streak", days, "days"),
            display.percent("change", total),
            display.price("close", spot.close()),
        ),
        surprise=spot.at(spot.market.streak_surprise),
        inputs=(
            display.raw("close", spot.close(), "USD"),
            display.raw("close_before_streak", spot.close(days), "USD"),
        ),
    )


def lead(spot: Spot) -> Fact:
    """Tell a month much better or worse than Bitcoin's."""
    m = spot.market
    own = display.signed("change", spot.at(m.month))
    base = float(m.month[spot.t, m.prices.columns["BTC"]])
    other = display.signed("other_change", base)
    # From the two numbers as displayed, so that a reader can check the difference.
    gap = display.points("lead", float(own.value) - float(other.value))
    return spot.tell(
        "coin.lead" if spot.at(m.lead) > 0 else "coin.lag",
        (
            own,
            display.count("window", MONTH, "days"),
            gap,
            display.name("other", COINS["BTC"].name),
            other,
        ),
        surprise=spot.at(m.lead_surprise),
        inputs=(
            display.raw("return", spot.at(m.month), "share"),
            display.raw("other_return", base, "share"),
        ),
    )


def correlation(spot: Spot) -> Fact:
    """Tell a correlation with Bitcoin that leaves its own range."""
    m = spot.market
    now, usual = spot.at(m.correlation), spot.at(m.usual_correlation)
    title = f"{spot.coin.name}, correlation with {COINS['BTC'].name}"
    return spot.tell(
        "coin.coupled" if now > usual else "coin.decoupled",
        (
            display.count("window", QUARTER, "days"),
            display.name("other", COINS["BTC"].name),
            display.ratio("now", now),
            display.ratio("usual", usual),
            display.count("history", YEAR, "days"),
        ),
        surprise=spot.at(m.correlation_surprise),
        inputs=(display.raw("now", now, ""), display.raw("usual", usual, "")),
        series=series_of(spot, m.correlation[:, spot.k], title, ""),
    )


def pace(spot: Spot) -> Fact:
    """Tell a turn to a turbulent or a calm stretch."""
    m = spot.market
    now, usual = spot.at(m.pace), spot.at(m.usual_pace)
    loud = now > usual
    return spot.tell(
        "coin.turbulent" if loud else "coin.calm",
        (
            display.percent("pace", now),
            display.count("window", 10, "days"),
            display.percent("usual", usual),
            display.count("history", YEAR, "days"),
        ),
        surprise=spot.at(m.loud_surprise if loud else m.quiet_surprise),
        inputs=(display.raw("pace", now, "share"), display.raw("usual", usual, "share")),
    )


def week(spot: Spot) -> Fact:
    """Tell the change over the seven days that end here."""
    change = spot.at(spot.market.week)
    opened = spot.close(7)
    return spot.tell(
        _way("coin.week", change),
        (
            display.price("close", spot.close()),
            display.percent("change", change),
            display.price("open", opened),
            display.date("open_date", spot.market.prices.date(spot.t - 7)),
        ),
        surprise=spot.at(spot.market.week_surprise),
        inputs=(display.raw("close", spot.close(), "USD"), display.raw("open", opened, "USD")),
    )


def peg(spot: Spot) -> Fact:
    """Tell how a stable coin stands to its peg; beyond half a percent it has left it."""
    gap = spot.at(spot.market.gap)
    held = abs(gap) < OFF_PEG
    side = "coin.peg_above" if gap > 0 else "coin.peg_below"
    return spot.tell(
        "coin.peg_held" if held else side,
        (
            display.cents("close", spot.close()),
            display.fine_percent("gap", gap),
            display.price("peg", 1.0),
        ),
        surprise=0.0 if held else spot.at(spot.market.gap_surprise),
        inputs=(display.raw("close", spot.close(), "USD"),),
    )


def first_day(spot: Spot) -> Fact:
    """Tell that a coin enters the data."""
    said = (display.price("close", spot.close()),)
    inputs = (display.raw("close", spot.close(), "USD"),)
    return spot.tell("coin.first_day", said, surprise=ONCE, inputs=inputs)


def first_row(market: Market, k: int) -> int:
    """Return the first row with a close of a column."""
    return int(np.argmax(~np.isnan(market.prices.close[:, k])))


def _way(stem: str, change: float) -> str:
    return f"{stem}_up" if change > 0 else f"{stem}_down"


Told = Callable[[Spot], Fact]


@dataclass(frozen=True, eq=False)
class Events:
    """Where each kind of fact is told: boolean tables of shape (T, K)."""

    market: Market
    notable: tuple[tuple[NDArray[np.bool_], Told], ...] = field(init=False)
    """What may wake a buddy."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "notable", tuple(_notable(self.market)))

    @cached_property
    def ordinary(self) -> tuple[tuple[NDArray[np.bool_], Told], ...]:
        """Return what is told every day; only a broken peg among it wakes anybody."""
        m = self.market
        return (
            (~np.isnan(m.change), close),
            (np.abs(m.month) >= 0.0005, month),
            (~np.isnan(m.gap), peg),
        )

    def of(self, t: int, k: int) -> list[Fact]:
        """Return the facts of one coin on one day, most surprising first."""
        spot = Spot(self.market, t, k)
        kinds = (*self.notable, *self.ordinary)
        facts = [told(spot) for fires, told in kinds if fires[t, k]]
        return sorted(facts, key=lambda f: (-f.surprise, f.predicate))


@lru_cache(maxsize=2)
def read_events(prices: Prices) -> Events:
    """Return what is told of a table of prices; a second opening of the same table costs nothing."""
    return Events(read_market(prices))


def _notable(m: Market) -> list[tuple[NDArray[np.bool_], Told]]:
    with np.errstate(invalid="ignore"):
        moved = (np.abs(m.change) >= 2 * m.usual) & (np.abs(m.change) >= 0.01)
        swollen = m.prices.volume >= 2 * m.usual_volume
        told = m.correlation_surprise >= RARE
        apart = told & (np.abs(m.correlation - m.usual_correlation) >= 0.1)
        loud = (m.loud_surprise >= RARE) & (m.pace >= 1.25 * m.usual_pace)
        quiet = (m.quiet_surprise >= RARE) & (m.pace <= 0.75 * m.usual_pace)
        ahead = (m.lead_surprise >= RARE) & (np.abs(m.lead) >= 0.1)
        high_days = (m.top >= QUARTER) & (m.top_surprise > 0)
        low_days = (m.bottom >= QUARTER) & (m.bottom_surprise > 0)
        begins = np.zeros(m.change.shape, bool)
        for k in range(m.change.shape[1]):
            row = first_row(m, k)
            begins[row, k] = row > 0
        return [
            (moved & (m.change_surprise >= NOTABLE), jump),
            (swollen & (m.volume_surprise >= NOTABLE), volume),
            (signals.first_in(high_days, 7), high),
            (signals.first_in(low_days, 7), low),
            (m.deeper, drawdown),
            ((np.abs(m.streak) >= 5) & (m.streak_surprise >= NOTABLE), streak),
            (signals.first_in(ahead, 7), lead),
            (signals.first_in(apart, 14), correlation),
            (signals.first_in(loud, 30), pace),
            (signals.first_in(quiet, 30), pace),
            (begins, first_day),
        ]
