"""One coin on one day, and how what is computed there becomes a fact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ammo_agents.records import EntityId, Fact, Quantity, Series, Source, fact_id
from ammo_subspace_coin import display
from ammo_subspace_coin.coins import COIN, COINS, Coin
from ammo_subspace_coin.frames import DIRECTIONS, FRAMES
from ammo_subspace_coin.market import Market

SOURCE = Source(
    name="Cryptocurrency Historical Prices (daily values collected from CoinMarketCap)",
    url="https://www.kaggle.com/datasets/sudalairajkumar/cryptocurrencypricehistory",
    licence="CC0 1.0 according to the data set's page; not verified",
    verified_by="computed from the daily closes by ammo_subspace_coin",
)
SHOWN = 30
"""Days of the series behind a fact."""


@dataclass(frozen=True, eq=False)
class Spot:
    """One coin on one day of a market."""

    market: Market
    t: int
    k: int
    source: Source = SOURCE

    @property
    def coin(self) -> Coin:
        """Return the coin of this column."""
        return COINS[self.market.prices.symbols[self.k]]

    @property
    def day(self) -> dt.date:
        """Return the day of this row."""
        return self.market.prices.date(self.t)

    def close(self, back: int = 0) -> float:
        """Return the close `back` days ago in US dollars; NaN where unknown."""
        return float(self.market.prices.close[self.t - back, self.k])

    def at(self, table: NDArray[Any]) -> float:
        """Return this cell of a table of the market."""
        return float(table[self.t, self.k])

    @cached_property
    def series(self) -> Series:
        """Return the last closes up to this day."""
        return series_of(
            self, self.market.prices.close[:, self.k], f"{self.coin.name}, close", "USD"
        )

    def tell(
        self,
        predicate: str,
        quantities: Sequence[Quantity],
        *,
        surprise: float,
        inputs: Sequence[Quantity] = (),
        series: Series | None = None,
    ) -> Fact:
        """Return the fact of this coin and day; its name and date slots are filled here."""
        whole = (display.name("name", self.coin.name), *quantities, display.date("date", self.day))
        others = tuple(COINS["BTC"].id for q in quantities if q.unit == "name")
        return tell(
            predicate,
            self.coin.id,
            self.day,
            whole,
            surprise=surprise,
            inputs=inputs,
            mentions=others,
            series=series or self.series,
            source=self.source,
        )


def tell(  # noqa: PLR0913 - the parts of a fact
    predicate: str,
    entity: EntityId,
    day: dt.date,
    quantities: Sequence[Quantity],
    *,
    surprise: float,
    inputs: Sequence[Quantity] = (),
    mentions: tuple[EntityId, ...] = (),
    series: Series | None = None,
    source: Source = SOURCE,
) -> Fact:
    """Return a fact in its canonical words, with the id that follows from them."""
    frame = FRAMES[predicate]
    words = {q.name: q.text for q in quantities}
    return Fact(
        id=fact_id(entity=entity, predicate=predicate, date=day, statement=frame.format_map(words)),
        subspace=COIN,
        entity=entity,
        predicate=predicate,
        frame=frame,
        quantities=tuple(quantities),
        date=day,
        source=source,
        direction=DIRECTIONS.get(predicate),
        surprise=round(max(0.0, surprise), 3) if surprise == surprise else 0.0,
        mentions=mentions,
        inputs=tuple(inputs),
        series=series,
    )


def series_of(spot: Spot, values: NDArray[np.float64], title: str, unit: str) -> Series:
    """Return the last known values of a column up to the spot's day, oldest first."""
    first, end = max(0, spot.t + 1 - SHOWN), spot.t + 1
    days, window = spot.market.prices.dates[first:end], values[first:end].tolist()
    known = [(day, value) for day, value in zip(days, window, strict=True) if value == value]
    return Series(
        title=title,
        unit=unit,
        dates=tuple(day for day, _ in known),
        values=tuple(value for _, value in known),
    )
