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
    """Return a name as a slot, so that one wording fits every job and agency; it is no number."""
    return Quantity(name=slot, value=text, unit="name", text=text)


def quoted(slot: str, text: str) -> Quantity:
    """Return a title between quotes, so that a reader sees where it ends."""
    return Quantity(name=slot, value=text, unit="name", text=f"“{text}”")


def count(slot: str, number: int, unit: str) -> Quantity:
    """Return a count with its noun: ``30 jobs``, ``1 job``; `unit` is the plural."""
    noun = unit.removesuffix("s") if number == 1 else unit
    return Quantity(name=slot, value=float(number), unit=unit, text=f"{number:,} {noun}")


def bare(slot: str, number: int, unit: str) -> Quantity:
    """Return a count whose noun stands elsewhere in the frame: ``21`` of 23 jobs."""
    return Quantity(name=slot, value=float(number), unit=unit, text=f"{number:,}")


def average(slot: str, number: float, unit: str) -> Quantity:
    """Return a mean with one decimal: ``2.4``."""
    value = round(number, 1)
    return Quantity(name=slot, value=value, unit=unit, text=f"{value:,.1f}")


def share(slot: str, part: int, whole: int) -> Quantity:
    """Return a share with one decimal: ``3.2%``."""
    value = round(100 * part / whole, 1)
    return Quantity(name=slot, value=value, unit="%", text=f"{value:.1f}%")


def dollars(slot: str, number: float) -> Quantity:
    """Return whole US dollars: ``$54,643``."""
    value = float(round(number))
    return Quantity(name=slot, value=value, unit="USD", text=f"${value:,.0f}")


def cents(slot: str, number: float) -> Quantity:
    """Return US dollars with cents: ``$15.50``."""
    value = round(number, 2)
    return Quantity(name=slot, value=value, unit="USD", text=f"${value:,.2f}")


def year(slot: str, number: int) -> Quantity:
    """Return a year: ``2018``."""
    return Quantity(name=slot, value=float(number), unit="year", text=str(number))


def version(slot: str, number: int) -> Quantity:
    """Return a version: ``version 1``."""
    return Quantity(name=slot, value=float(number), unit="version", text=f"version {number}")


def level(slot: str, text: str) -> Quantity:
    """Return a level of the civil service: ``2`` is a number, ``M1`` a name."""
    if text.isdecimal():
        return Quantity(name=slot, value=float(text), unit="level", text=text)
    return name(slot, text)


def date(slot: str, day: dt.date) -> Quantity:
    """Return a day: ``3 January 2019``, value ``2019-01-03``."""
    text = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    return Quantity(name=slot, value=day.isoformat(), unit="date", text=text)


def month(slot: str, day: dt.date) -> Quantity:
    """Return the month of a day: ``January 2019``, value 2019; a month is no day, so it is no date."""
    text = f"{MONTHS[day.month - 1]} {day.year}"
    return Quantity(name=slot, value=float(day.year), unit="month", text=text)
