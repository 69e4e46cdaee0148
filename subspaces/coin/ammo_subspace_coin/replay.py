"""The world of this subspace as history: day after day, as somebody then could have known it."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Sequence

from ammo_agents.errors import BadInputError
from ammo_agents.ports import FeedOptions
from ammo_agents.records import EntityId, Fact, Shift
from ammo_subspace_coin import facts, market_facts
from ammo_subspace_coin.coins import COIN, COINS, MARKET
from ammo_subspace_coin.facts import read_events
from ammo_subspace_coin.graph import read_graph
from ammo_subspace_coin.prices import Prices, shipped_prices
from ammo_subspace_coin.spot import Spot

START = dt.date(2020, 3, 8)
"""Where a newcomer begins: the week of the fastest fall in these data, two months before a halving."""
SHIFT = 2.5
"""Surprise of a fact, in nats, from which its day is a shift: one day in twelve."""
RECENT = 7
"""Days that `knowledge` looks back."""


class CoinReplay:
    """Replays the daily prices; the same start gives the same facts, and nothing looks ahead.

    Opening reads a packed file and computes every signal (about a second): open it in a thread.

    Raises:
        BadInputError: a start outside the data, or a slug in `only` that no coin has.
    """

    def __init__(self, options: FeedOptions, *, prices: Prices | None = None) -> None:
        self._prices = shipped_prices() if prices is None else prices
        start = options.start or START
        first, last = self._prices.first, self._prices.last
        if not first <= start <= last + dt.timedelta(days=1):
            raise BadInputError(
                f"the coin subspace cannot start on {start}: its days run from {first} to {last}",
                hint=f"Take a day from {first} to {last}.",
            )
        self._keep = kept(options.only)
        self._events = read_events(self._prices)
        self._halvings = read_graph()["halving"]
        self._day = start - dt.timedelta(days=1)
        self._halved = [
            fact
            for row in self._halvings
            if (fact := market_facts.halving(row)).entity in self._keep
        ]
        self._reviewed: dict[dt.date, dict[EntityId, list[Fact]]] = {}
        self._told: OrderedDict[dt.date, dict[EntityId, list[Fact]]] = OrderedDict()

    def day(self) -> dt.date:
        """Return the day the world has reached; the day before the start at first."""
        return self._day

    async def advance(self) -> Sequence[Shift] | None:
        """Move one day on and return the entities with a surprising fact; None at the end of the data."""
        if self._day >= self._prices.last:
            return None
        self._day += dt.timedelta(days=1)
        shifts = [
            _shift(entity, self._day, told)
            for entity, told in self._facts(self._day).items()
            if max(f.surprise for f in told) >= SHIFT
        ]
        return _ordered(shifts)

    def knowledge(self) -> Sequence[Fact]:
        """Return the facts of the last seven days, the last week's review and past halvings, newest first."""
        found: list[Fact] = []
        for back in range(RECENT):
            day = self._day - dt.timedelta(days=back)
            found += [f for told in self._facts(day).values() for f in told]
            if day.weekday() == 0:
                found += [f for told in self._week(day).values() for f in told]
        found += [fact for fact in self._halved if fact.date <= self._day]
        unique = {f.id: f for f in found}.values()
        return sorted(unique, key=lambda f: (-f.date.toordinal(), -f.surprise, f.id))

    async def scheduled(self) -> Sequence[Shift]:
        """Return the review of the past week on Mondays, and anniversaries of halvings."""
        told: dict[EntityId, list[Fact]] = {}
        if self._day.weekday() == 0:
            told = dict(self._week(self._day))
        for row in self._halvings:
            fact = market_facts.anniversary(row, self._day)
            if fact is not None and fact.entity in self._keep:
                told[fact.entity] = [*told.get(fact.entity, ()), fact]
        return _ordered([_shift(entity, self._day, own) for entity, own in told.items()])

    def _facts(self, day: dt.date) -> dict[EntityId, list[Fact]]:
        """Return the facts of one day by entity, most surprising first; the last days are kept."""
        if day not in self._told:
            self._told[day] = self._compute(day)
            while len(self._told) > RECENT + 1:
                self._told.popitem(last=False)
        return self._told[day]

    def _compute(self, day: dt.date) -> dict[EntityId, list[Fact]]:
        t = self._prices.row(day)
        if not 0 <= t < len(self._prices.close):
            return {}
        told: dict[EntityId, list[Fact]] = {}
        for k, symbol in enumerate(self._prices.symbols):
            entity = COINS[symbol].id
            own = self._events.of(t, k) if entity in self._keep else []
            if own:
                told[entity] = own
        whole = market_facts.breadth(self._events.market, t)
        if whole is not None and MARKET in self._keep:
            told[MARKET] = [whole]
        for fact in self._halved:
            if fact.date == day:
                told.setdefault(fact.entity, []).insert(0, fact)
        return told

    def _week(self, monday: dt.date) -> dict[EntityId, list[Fact]]:
        """Return the review of the week that ended the day before, by entity; the last one is kept."""
        if monday not in self._reviewed:
            self._reviewed = {monday: self._review(monday)}
        return self._reviewed[monday]

    def _review(self, monday: dt.date) -> dict[EntityId, list[Fact]]:
        t = self._prices.row(monday) - 1
        market = self._events.market
        told: dict[EntityId, list[Fact]] = {}
        if not 7 <= t < len(market.week):
            return told
        for k, symbol in enumerate(self._prices.symbols):
            entity = COINS[symbol].id
            if entity in self._keep and abs(market.week[t, k]) >= 0.0005:
                told[entity] = [facts.week(Spot(market, t, k))]
        whole = market_facts.best_and_worst(market, t) if MARKET in self._keep else []
        return {**told, MARKET: whole} if whole else told


def kept(only: Sequence[str]) -> frozenset[EntityId]:
    """Return the entities that slugs name; none = all. Raises `BadInputError` for an unknown slug."""
    every = {coin.slug: coin.id for coin in COINS.values()} | {"market": MARKET}
    unknown = sorted(set(only) - set(every))
    if unknown:
        raise BadInputError(
            f"the coin subspace has no {', '.join(map(repr, unknown))}",
            hint=f"It knows: {', '.join(sorted(every))}.",
        )
    return frozenset(every[slug] for slug in only or every)


def _shift(entity: EntityId, day: dt.date, told: Sequence[Fact]) -> Shift:
    best_first = tuple(sorted(told, key=lambda f: (-f.surprise, f.predicate, f.id)))
    return Shift(subspace=COIN, entity=entity, date=day, facts=best_first)


def _ordered(shifts: Sequence[Shift]) -> list[Shift]:
    return sorted(shifts, key=lambda s: (-s.surprise, s.entity))
