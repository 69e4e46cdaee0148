"""How numbers and dates are said: each function returns a `Quantity` whose value is the number as displayed."""

from __future__ import annotations

import datetime as dt
import math

from ammo_agents.records import Quantity

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
"""Written out, because strftime speaks the locale of the machine."""
SCALES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


def name(slot: str, text: str) -> Quantity:
    """Return an entity's name as a slot, so that one wording fits every coin; it is no number."""
    return Quantity(name=slot, value=text, unit="name", text=text)


def price(slot: str, usd: float) -> Quantity:
    """Return a price with cents, or with four significant digits below a dollar: ``$0.004680``."""
    digits = 2 if usd >= 1 else 3 - math.floor(math.log10(usd))
    value = round(usd, digits)
    if usd < 1 <= value:
        digits = 2
    return Quantity(name=slot, value=value, unit="USD", text=f"${value:,.{digits}f}")


def large(slot: str, usd: float) -> Quantity:
    """Return an amount in a scale that fits: ``$31.2 billion``, value 31.2, unit ``USD billion``."""
    for scale, word in SCALES:
        value = round(usd / scale, 1)
        if value >= 1:
            return Quantity(
                name=slot, value=value, unit=f"USD {word}", text=f"${value:,.1f} {word}"
            )
    value = float(round(usd))
    return Quantity(name=slot, value=value, unit="USD", text=f"${value:,.0f}")


def percent(slot: str, share: float) -> Quantity:
    """Return a share as an unsigned percentage with one decimal: ``8.2%``."""
    value = round(abs(share) * 100, 1)
    return Quantity(name=slot, value=value, unit="%", text=f"{value:,.1f}%")


def fine_percent(slot: str, share: float) -> Quantity:
    """Return a share as an unsigned percentage with two decimals, for pegs: ``0.53%``."""
    value = round(abs(share) * 100, 2)
    return Quantity(name=slot, value=value, unit="%", text=f"{value:,.2f}%")


def signed(slot: str, share: float) -> Quantity:
    """Return a share as a signed percentage: ``+8.2%``, ``-0.4%``, ``0.0%``."""
    value = round(share * 100, 1) + 0.0
    sign = "+" if value > 0 else ""
    return Quantity(name=slot, value=value, unit="%", text=f"{sign}{value:,.1f}%")


def points(slot: str, value: float) -> Quantity:
    """Return a distance of two percentages: ``16.3 percentage points``."""
    shown = round(abs(value), 1)
    return Quantity(
        name=slot, value=shown, unit="percentage points", text=f"{shown:,.1f} percentage points"
    )


def times(slot: str, factor: float) -> Quantity:
    """Return a multiple: ``3.4 times``."""
    value = round(factor, 1)
    return Quantity(name=slot, value=value, unit="x", text=f"{value:,.1f} times")


def ratio(slot: str, number: float) -> Quantity:
    """Return a bare number with two decimals, such as a correlation: ``0.83``."""
    value = round(number, 2) + 0.0
    return Quantity(name=slot, value=value, unit="", text=f"{value:.2f}")


def count(slot: str, number: int, unit: str) -> Quantity:
    """Return a count with its noun: ``30 days``, ``1 year``; `unit` is the plural."""
    noun = unit.removesuffix("s") if number == 1 else unit
    return Quantity(name=slot, value=float(number), unit=unit, text=f"{number:,} {noun}")


def bare(slot: str, number: int, unit: str) -> Quantity:
    """Return a count whose noun stands elsewhere in the frame: ``21`` of 23 coins."""
    return Quantity(name=slot, value=float(number), unit=unit, text=f"{number:,}")


def amount(slot: str, number: float, unit: str) -> Quantity:
    """Return a number of coins: ``12.5 BTC``."""
    return Quantity(name=slot, value=number, unit=unit, text=f"{number:g} {unit}")


def date(slot: str, day: dt.date) -> Quantity:
    """Return a day: ``3 January 2020``, value ``2020-01-03``."""
    text = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    return Quantity(name=slot, value=day.isoformat(), unit="date", text=text)


def raw(slot: str, value: float, unit: str) -> Quantity:
    """Return an input as it was computed with, unrounded."""
    return Quantity(name=slot, value=float(value), unit=unit, text=repr(float(value)))


def cents(slot: str, usd: float) -> Quantity:
    """Return a price near a dollar with four decimals, for pegs: ``$0.9874``."""
    value = round(usd, 4)
    return Quantity(name=slot, value=value, unit="USD", text=f"${value:,.4f}")
