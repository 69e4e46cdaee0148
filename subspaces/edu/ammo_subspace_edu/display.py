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
PLURALS = {"curriculum": "curricula"}


def name(slot: str, text: str) -> Quantity:
    """Return a name as a slot, so that one wording fits every course; it is no number."""
    return Quantity(name=slot, value=text, unit="name", text=text)


def count(slot: str, number: int, noun: str) -> Quantity:
    """Return a count with its noun: ``4 courses``, ``1 course``; `noun` is the singular."""
    plural = PLURALS.get(noun, f"{noun}s")
    text = f"{number:,} {noun if number == 1 else plural}"
    return Quantity(name=slot, value=float(number), unit=plural, text=text)


def bare(slot: str, number: int, unit: str) -> Quantity:
    """Return a count whose noun stands elsewhere in the frame: ``21`` of 63 courses."""
    return Quantity(name=slot, value=float(number), unit=unit, text=f"{number:,}")


def year(slot: str, number: int) -> Quantity:
    """Return a year: ``2024``."""
    return Quantity(name=slot, value=float(number), unit="year", text=str(number))


def date(slot: str, day: dt.date) -> Quantity:
    """Return a day: ``3 January 2020``, value ``2020-01-03``."""
    text = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    return Quantity(name=slot, value=day.isoformat(), unit="date", text=text)
