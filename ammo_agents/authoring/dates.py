"""Days as people write them, read only where there is one way to read them."""

from __future__ import annotations

import datetime as dt
import re

MONTHS = (
    "January February March April May June July August September October November December".split()
)
SHORT = {name[:3].lower(): n for n, name in enumerate(MONTHS, 1)} | {"sept": 9}
MONTH = rf"(?:{'|'.join(MONTHS)}|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\.?"
DAY = r"\d{1,2}(?:st|nd|rd|th)?"
WRITTEN = rf"{DAY}(?: of)? {MONTH},? \d{{4}}|{MONTH} {DAY},? \d{{4}}"
"""``3 January 2020``, ``January 3rd, 2020``."""
YEARLESS = rf"{DAY}(?: of)? {MONTH}|{MONTH} {DAY}"
ISO = r"\d{4}-\d{1,2}-\d{1,2}|\d{4}/\d{1,2}/\d{1,2}"
TURNED = r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}"
"""A date in numbers whose order depends on where its writer lives."""


class UnclearError(ValueError):
    """A number or a date that can be read in two ways, or in none; the way out is its second argument."""

    def __init__(self, reason: str, way_out: str) -> None:
        super().__init__(reason)
        self.reason, self.way_out = reason, way_out


def day_of(text: str) -> dt.date:
    """Return the day a text names: ISO, or with the month in letters, or in numbers that leave no choice.

    Raises:
        UnclearError: day and month could be swapped, the year has two digits, or there is no such day.
    """
    said = text.strip()
    if re.fullmatch(ISO, said):
        year, month, day = (int(part) for part in re.split(r"[-/]", said))
        return _real(year, month, day, said)
    if re.fullmatch(WRITTEN, said, re.IGNORECASE):
        word = next(w for w in re.findall(r"[A-Za-z]+", said) if w[:3].lower() in SHORT)
        first, year = (int(n) for n in re.findall(r"\d+", said))
        return _real(year, SHORT[word[:3].lower()], first, said)
    if re.fullmatch(TURNED, said):
        return _turned(said)
    raise UnclearError(f"{said!r} is no day", "Write it as 2024-03-05 or 5 March 2024.")


def spoken(day: dt.date) -> str:
    """Return a day as a sentence says it: ``5 March 2024``."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _turned(said: str) -> dt.date:
    first, second, year = (int(part) for part in re.split(r"[./-]", said))
    if year < 1000:
        raise UnclearError(f"the year of {said!r} has two digits", "Write it as 2024-03-05.")
    if first > 12 >= second:
        return _real(year, second, first, said)
    if second > 12 >= first:
        return _real(year, first, second, said)
    raise UnclearError(
        f"in {said!r} day and month can be swapped", "Write it as 2024-03-05 or 5 March 2024."
    )


def _real(year: int, month: int, day: int, said: str) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise UnclearError(
            f"{said!r} is no day of the calendar", "Write it as 2024-03-05."
        ) from None
