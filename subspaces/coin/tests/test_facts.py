"""Facts recomputed from the bare closes, without the code that made them."""

import datetime as dt
import itertools
import statistics

import numpy as np
import pytest
from ammo_subspace_coin.facts import Events
from ammo_subspace_coin.market import read_market
from ammo_subspace_coin.prices import Prices, parse_prices

from ammo_agents.records import Fact


def number(fact: Fact, slot: str) -> float:
    return next(float(q.value) for q in fact.quantities if q.name == slot)


def told(events: Events, day: str, symbol: str) -> dict[str, Fact]:
    prices = events.market.prices
    row = prices.row(dt.date.fromisoformat(day))
    return {f.predicate: f for f in events.of(row, prices.columns[symbol])}


def closes(prices: Prices, symbol: str, day: str, count: int) -> list[float]:
    row = prices.row(dt.date.fromisoformat(day))
    return [float(c) for c in prices.close[row - count + 1 : row + 1, prices.columns[symbol]]]


def test_the_fall_of_bitcoin_in_march_2020_is_told_with_its_numbers(
    events: Events, prices: Prices
) -> None:
    fact = told(events, "2020-03-12", "BTC")["coin.fall"]
    values = closes(prices, "BTC", "2020-03-12", 32)
    moves = [b / a - 1 for a, b in itertools.pairwise(values)]
    usual = statistics.fmean(abs(move) for move in moves[:-1])
    assert number(fact, "change") == round(-moves[-1] * 100, 1)
    assert number(fact, "usual") == round(usual * 100, 1)
    assert number(fact, "times") == round(-moves[-1] / usual, 1)
    assert number(fact, "close") == round(values[-1], 2)
    assert fact.direction == "down"
    assert fact.series is not None
    assert fact.series.dates[-1] == dt.date(2020, 3, 12)
    assert fact.series.values[-1] == values[-1]


def test_a_drawdown_speaks_of_the_highest_close_before_it(events: Events, prices: Prices) -> None:
    column = prices.columns["BTC"]
    fires, _ = next(pair for pair in events.notable if pair[1].__name__ == "drawdown")
    row = int(np.flatnonzero(fires[:, column])[-1])
    fact = next(f for f in events.of(row, column) if f.predicate == "coin.drawdown")
    peak = max(float(c) for c in prices.close[: row + 1, column] if c == c)
    assert number(fact, "peak") == round(peak, 2)
    assert number(fact, "depth") == round((1 - float(prices.close[row, column]) / peak) * 100, 1)


@pytest.mark.parametrize("predicate", ["coin.high", "coin.low"])
def test_an_extreme_has_no_rival_in_its_span(
    events: Events, prices: Prices, predicate: str
) -> None:
    seen = 0
    better = max if predicate == "coin.high" else min
    for row in range(prices.row(dt.date(2020, 3, 1)), prices.row(dt.date(2020, 10, 1))):
        for column in range(len(prices.symbols)):
            for fact in (f for f in events.of(row, column) if f.predicate == predicate):
                span = int(number(fact, "span"))
                rival, *window = prices.close[row - span : row + 1, column].tolist()
                assert better(window) == window[-1]
                assert window.count(window[-1]) == 1
                assert better(rival, window[-1]) == rival
                seen += 1
    assert seen > 10


def test_the_lead_is_the_difference_of_the_two_returns_shown(events: Events) -> None:
    facts = [
        fact
        for row in range(2600, 2804)
        for column in range(23)
        for fact in events.of(row, column)
        if fact.predicate in {"coin.lead", "coin.lag"}
    ]
    assert facts
    for fact in facts:
        gap = number(fact, "change") - number(fact, "other_change")
        assert abs(gap) == pytest.approx(number(fact, "lead"))
        assert (gap > 0) == (fact.predicate == "coin.lead")


def test_a_stable_coin_is_told_by_its_peg_and_not_by_its_moves(events: Events) -> None:
    facts = told(events, "2020-03-18", "USDT")
    assert "coin.peg_below" in facts
    assert not {"coin.rise", "coin.fall", "coin.drawdown", "coin.close_up"} & set(facts)
    assert facts["coin.peg_below"].statement == (
        "Tether closed at $0.9742 on 18 March 2020, 2.58% below its peg of $1.00."
    )


def test_a_missing_day_breaks_no_fact_and_a_volume_of_zero_is_unknown() -> None:
    rows = ["date,symbol,close,volume"]
    first = dt.date(2020, 1, 1)
    rows.extend(
        f"{first + dt.timedelta(days=i)},BTC,{100 + i % 7},{0 if i < 60 else 10}"
        for i in range(120)
        if i != 100
    )
    prices = parse_prices("\n".join(rows))
    assert np.isnan(prices.close[100, 0])
    assert np.isnan(prices.volume[:60, 0]).all()
    events = Events(read_market(prices))
    assert events.of(100, 0) == []
    assert not [f for f in events.of(101, 0) if f.predicate.startswith("coin.close")]
    assert [f for f in events.of(102, 0) if f.predicate.startswith("coin.close")]


def test_no_fact_looks_ahead(events: Events, prices: Prices) -> None:
    for day in (dt.date(2018, 1, 7), dt.date(2020, 3, 12), dt.date(2020, 7, 26)):
        short = Events(read_market(prices.until(day)))
        for back in range(3):
            row = prices.row(day) - back
            for column in range(len(prices.symbols)):
                assert short.of(row, column) == events.of(row, column)
