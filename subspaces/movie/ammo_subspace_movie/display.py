"""How names, numbers and dates are said: each function returns a `Quantity` whose value is the number as displayed."""

from __future__ import annotations

import datetime as dt

from ammo_agents.records import Quantity

MONTHS = (
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
)
"""Written out, because strftime speaks the locale of the machine."""


def name(slot: str, text: str) -> Quantity:
    """Return a name as a slot, so that one wording fits every film and person; it is no number."""
    return Quantity(name=slot, value=text, unit="name", text=text)


def year(slot: str, number: int) -> Quantity:
    """Return a year: ``1994``."""
    return Quantity(name=slot, value=float(number), unit="year", text=str(number))


def decade(slot: str, first: int) -> Quantity:
    """Return a decade by its first year: ``1990s``."""
    return Quantity(name=slot, value=float(first), unit="decade", text=f"{first}s")


def count(slot: str, number: int, unit: str) -> Quantity:
    """Return a count with its noun: ``30 films``, ``1 year``; `unit` is the plural."""
    noun = unit.removesuffix("s") if number == 1 else unit
    return Quantity(name=slot, value=float(number), unit=unit, text=f"{number:,} {noun}")


def bare(slot: str, number: int, unit: str) -> Quantity:
    """Return a count whose noun stands elsewhere in the frame: ``21`` of 23 films."""
    return Quantity(name=slot, value=float(number), unit=unit, text=f"{number:,}")


def average(slot: str, number: float, unit: str) -> Quantity:
    """Return a mean with one decimal: ``2.4``."""
    value = round(number, 1)
    return Quantity(name=slot, value=value, unit=unit, text=f"{value:,.1f}")


def money(slot: str, text: str) -> Quantity:
    """Return an amount as the article writes it: ``$70.2 million``, value 70.2, unit ``USD million``."""
    number, scale = text.lstrip("$").split()
    return Quantity(name=slot, value=float(number), unit=f"USD {scale}", text=text)


def times(slot: str, factor: float) -> Quantity:
    """Return a multiple: ``3.4 times``."""
    value = round(factor, 1)
    return Quantity(name=slot, value=value, unit="x", text=f"{value:,.1f} times")


def date(slot: str, day: dt.date) -> Quantity:
    """Return a day: ``3 January 2020``, value ``2020-01-03``."""
    text = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    return Quantity(name=slot, value=day.isoformat(), unit="date", text=text)
