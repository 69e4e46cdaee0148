"""The daily closes and volumes this plugin ships, as matrices with one column per coin."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float64]
"""Shape (days, coins); NaN where nothing is known."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Prices:
    """Daily closes and volumes on an unbroken calendar; equal only to itself."""

    first: dt.date
    """The day of row 0; row i is i days later, so a missing day is a row of NaN."""
    symbols: tuple[str, ...]
    close: Table
    """US dollars."""
    volume: Table
    """US dollars in 24 hours; NaN also where the source says 0, which means 'not reported'."""

    @property
    def last(self) -> dt.date:
        """Return the day of the last row."""
        return self.date(len(self.close) - 1)

    @cached_property
    def columns(self) -> dict[str, int]:
        """Return the column of each symbol."""
        return {symbol: k for k, symbol in enumerate(self.symbols)}

    @cached_property
    def dates(self) -> tuple[dt.date, ...]:
        """Return the day of every row."""
        return tuple(self.date(row) for row in range(len(self.close)))

    def date(self, row: int) -> dt.date:
        """Return the day of a row."""
        return self.first + dt.timedelta(days=row)

    def row(self, day: dt.date) -> int:
        """Return the row of a day; outside the table it is negative or too large."""
        return (day - self.first).days

    def until(self, day: dt.date) -> Prices:
        """Return the same table without anything after `day`."""
        rows = self.row(day) + 1
        return Prices(
            first=self.first,
            symbols=self.symbols,
            close=self.close[:rows],
            volume=self.volume[:rows],
        )


def parse_prices(text: str) -> Prices:
    """Return the table of a CSV with the columns date, symbol, close, volume."""
    rows = list(csv.reader(io.StringIO(text)))[1:]
    days = [dt.date.fromisoformat(row[0]).toordinal() for row in rows]
    symbols = tuple(sorted({row[1] for row in rows}))
    columns = {symbol: k for k, symbol in enumerate(symbols)}
    first = min(days)
    shape = (max(days) - first + 1, len(symbols))
    close, volume = np.full(shape, np.nan), np.full(shape, np.nan)
    at = ([day - first for day in days], [columns[row[1]] for row in rows])
    close[at] = [float(row[2]) for row in rows]
    volume[at] = [float(row[3]) for row in rows]
    close[close <= 0] = np.nan
    volume[volume <= 0] = np.nan
    return Prices(first=dt.date.fromordinal(first), symbols=symbols, close=close, volume=volume)


@cache
def shipped_prices() -> Prices:
    """Return the table inside the package (23 coins, 2013-04-29 to 2020-12-31); reads a file once."""
    packed = resources.files("ammo_subspace_coin").joinpath("data", "prices.csv.gz").read_bytes()
    return parse_prices(gzip.decompress(packed).decode())
