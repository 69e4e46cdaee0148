"""A plain sentence becomes a frame: each number, date and numbered name a slot with its exact words.

A sentence is read only where there is one way to read it; anything else is refused with how to write it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ammo_agents.authoring import dates
from ammo_agents.authoring.dates import UnclearError
from ammo_agents.authoring.units import BY_WORD, MONEY, SCALES
from ammo_agents.records import SLOT, Quantity

MARKUP = re.compile(r"[\[\]{}<>|*#_`~^\\=]|https?:|www\.|&\w+;")
"""What no published sentence may hold."""
WORDS = (4, 48)
"""Words of a sentence, numbers counted as one."""
NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
YEARS = range(1000, 2200)
YEAR_WORDS = frozenset(
    "in since until by from of to before after during around and between for early late year".split()
)
NO_SLOT = frozenset(
    "and or of to in is are was were at by for from with the on out per as than each that when while".split()
)
"""Words behind a bare number that name no count."""
_UNIT = "|".join(re.escape(word) for word in sorted(BY_WORD, key=len, reverse=True))
_SCALE = "|".join(SCALES)
_AMOUNT = (
    rf"(?P<money>[{''.join(MONEY)}])?(?P<low>{NUMBER})(?P<range>\s?[–-]\s?(?P<high>{NUMBER}))?"
    rf"(?P<scale>[ -]?(?:{_SCALE})(?![^\W_]))?(?P<unit>[ -]?(?:{_UNIT}))?"
)
_PATTERNS = (
    ("written", rf"(?<!\w)(?:{dates.WRITTEN})(?!\w)"),
    ("iso", rf"(?<![\w.,/-])(?:{dates.ISO})(?![\w/-]|\.\d)"),
    ("turned", rf"(?<![\w.,/-])(?:{dates.TURNED})(?![\w/-]|\.\d)"),
    ("yearless", rf"(?<!\w)(?:{dates.YEARLESS})(?!\w)"),
    ("clock", r"(?<![\w.,:])\d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]m)?(?![\w:])"),
    ("decade", r"(?<!\w)\d{3}0s(?!\w)"),
    ("fraction", r"(?<!\w)\d+\s?[/\u2044]\s?\d+(?!\w)"),
    ("spaced", r"(?<![\w.,])\d{1,3}(?: \d{3})+(?![\w]|[.,]\d)"),
    ("dotted", r"(?<![\w.,])\d+(?:\.\d+){2,}(?!\w)"),
    ("comma", rf"(?<![\w.,])(?!{NUMBER}(?!\d|,\d))\d+(?:,\d+)+(?:\.\d+)?"),
    ("amount", rf"(?<![\w.,$€£¥₹/+-])(?P<sign>[+\u2212-]?){_AMOUNT}(?![\w²³%]|[.,]\d|[-–/]\w)"),
    ("stuck", r"(?<!\w)(?:[^\W\d_]+[-'’])*[^\W_]*?\d[^\W_]*(?:[-'’.][^\W_]+)*"),
)
_NUMERALS = frozenset({"Nd", "No"})
_READ = frozenset("0123456789²³")
"""Numerals that are read; the raised ones are of units."""
_UNCLEAR = {
    "fraction": ("can be a fraction or a date", "Write 0.5, one half, or 1 February."),
    "spaced": ("can be one number or several", "Write 12,000 or 12000."),
    "comma": (
        "has a comma that parts no thousands",
        "Write 1.5 with a point, 1,500 for a thousand, or 1, 5 for two numbers.",
    ),
}
_MASTER = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PATTERNS))


@dataclass(frozen=True, slots=True)
class Stated:
    """A sentence as a fact holds it."""

    frame: str
    quantities: tuple[Quantity, ...]


def stated(sentence: str, *, names: Iterable[str] = ()) -> Stated:
    """Return a sentence as a frame with its quantities; `names` are entity names, which stay whole.

    Slots are called by their unit (``minutes``, ``grams``, ``percent``, ``usd``), ``date``, ``year``,
    ``name``, or by the word behind a bare number (``{eggs}``); the second of a kind is ``minutes_2``.

    Raises:
        UnclearError: no whole plain sentence of 4 to 48 words, markup, or a number that can be read in two ways.
    """
    _plain(sentence)
    numbered = sorted((n for n in names if re.search(r"\d", n)), key=len, reverse=True)
    held: list[str] = []
    text = sentence
    for name in numbered:
        pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        while found := pattern.search(text):
            # Private-use letters stand for names meanwhile: no pattern reads a number in them.
            text = f"{text[: found.start()]}{chr(0xE000 + len(held))}{text[found.end() :]}"
            held.append(name)
    odd = next((c for c in text if unicodedata.category(c) in _NUMERALS and c not in _READ), None)
    if odd is not None:
        raise UnclearError(
            f"{odd!r} in {sentence!r} cannot be read as a number",
            "Write numbers with the digits 0 to 9 and one unit behind them.",
        )
    slots = _Slots()
    frame = _MASTER.sub(lambda m: slots.add(_quantity(m, text)), text)
    for n, name in enumerate(held):
        frame = frame.replace(chr(0xE000 + n), slots.add(_named("name", name)))
    return Stated(frame, tuple(slots.found))


def filled(frame: str, given: Mapping[str, str]) -> Stated:
    """Return an author's own frame with quantities from words: ``{"high": "4.2 m", "on": "3 May 2026"}``.

    Raises:
        UnclearError: a slot without words or words without a slot, a digit outside the slots, or a number that can be read in two ways.
    """
    slots = set(SLOT.findall(frame))
    if slots != set(given):
        odd = sorted(slots ^ set(given))
        raise UnclearError(
            f"{', '.join(odd)} stands in the frame or in the quantities, not in both",
            "Name each slot once in quantities: high = 4.2 m; on = 3 May 2026",
        )
    bare = SLOT.sub("", frame)
    if re.search(r"\d", bare):
        raise UnclearError(
            f"a digit stands outside the slots of {frame!r}", "Give it a slot of its own."
        )
    _plain(SLOT.sub("Slot", frame))
    return Stated(frame, tuple(quantity(name, words) for name, words in given.items()))


def quantity(name: str, words: str) -> Quantity:
    """Return one number, date or name from its words: ``4.2 m``, ``2026-05-03``, ``Apollo 11``. Raises `UnclearError`."""
    found = _MASTER.fullmatch(words)
    if found is None:
        return _named(name, words)
    one = _quantity(found, words)
    return Quantity(name=name, value=one.value, unit=one.unit, text=one.text)


class _Slots:
    """The quantities found so far, each under a name of its own."""

    def __init__(self) -> None:
        self.found: list[Quantity] = []

    def add(self, one: Quantity) -> str:
        """Keep a quantity and return its slot; the same words twice are one slot."""
        for known in self.found:
            if (known.text, known.unit) == (one.text, one.unit):
                return f"{{{known.name}}}"
        taken, name, n = {q.name for q in self.found}, one.name, 1
        while name in taken:
            n += 1
            name = f"{one.name}_{n}"
        self.found.append(Quantity(name=name, value=one.value, unit=one.unit, text=one.text))
        return f"{{{name}}}"


def _plain(sentence: str) -> None:
    """Raise `UnclearError` unless this is one plain sentence of a length that a card can say."""
    if found := MARKUP.search(sentence):
        raise UnclearError(
            f"{found.group()!r} is markup, and cards hold plain sentences",
            "Say it in words; an address goes into the column url.",
        )
    if not sentence.endswith((".", "!", "?")):
        raise UnclearError(f"{sentence!r} does not end", "End the sentence with a full stop.")
    count = len(sentence.split())
    if not WORDS[0] <= count <= WORDS[1]:
        raise UnclearError(
            f"{count} words is not between {WORDS[0]} and {WORDS[1]}",
            "Say one thing in one sentence; long ones become several facts.",
        )


def _quantity(found: re.Match[str], text: str) -> Quantity:
    words = found.group()
    kind = next(name for name, _ in _PATTERNS if found.group(name) is not None)
    if kind in _UNCLEAR:
        reason, way_out = _UNCLEAR[kind]
        raise UnclearError(f"{words!r} {reason}", way_out)
    match kind:
        case "written":
            return _dated(words, words)
        case "iso" | "turned":
            return _dated(words, dates.spoken(dates.day_of(words)))
        case "yearless" | "clock" | "stuck":
            return _named("time" if ":" in words else "name", words)
        case "decade":
            return _numbered("decade", words, words[:-1], "decade")
        case "dotted":
            return _dotted(words)
        case _:
            return _amount(found, text)


def _named(slot: str, words: str) -> Quantity:
    return Quantity(name=slot, value=words, unit="name", text=words)


def _dated(words: str, said: str) -> Quantity:
    day = dates.day_of(words)
    return Quantity(name="date", value=day.isoformat(), unit="date", text=said)


def _dotted(words: str) -> Quantity:
    if all(len(part) == 3 for part in words.split(".")[1:]):
        raise UnclearError(f"{words!r} can be one number or a version", "Write 1,234,567.")
    return _named("version", words)


def _amount(found: re.Match[str], text: str) -> Quantity:
    low, high = found["low"], found["high"]
    for number in (low, high or low):
        if re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", number):
            raise UnclearError(
                f"{number!r} can be a thousand or a fraction",
                f"Write {number.replace('.', ',')} or {number}0.",
            )
        if re.match(r"0\d", number):
            return _named("name", found.group())
    unit = (found["unit"] or "").lstrip(" -")
    scale = (found["scale"] or "").lstrip(" -")
    slot = BY_WORD.get(unit, "") or MONEY.get(found["money"] or "", "")
    if not slot:
        if scale:
            return _numbered("number", found.group(), low, scale)
        return _bare(found, text)
    return _numbered(slot, found.group(), low, f"{slot} {scale}".strip())


def _numbered(slot: str, words: str, low: str, unit: str) -> Quantity:
    sign = -1.0 if words[0] in "-\u2212" else 1.0
    return Quantity(name=slot, value=sign * float(low.replace(",", "")), unit=unit, text=words)


def _bare(found: re.Match[str], text: str) -> Quantity:
    """Return a number without a unit: a year, or a count of what the next word names."""
    low, words = found["low"], found.group()
    before = re.findall(r"[A-Za-z]+", text[: found.start()])[-1:]
    after = re.match(r"\s([a-z]{2,20})(?![\w-])", text[found.end() :])
    ends = re.match(r"\s*(?:[.,;:)]|$)", text[found.end() :]) is not None
    asked = bool(before) and before[0].lower() in YEAR_WORDS
    if re.fullmatch(r"\d{4}", words) and int(low) in YEARS and (asked or ends):
        return _numbered("year", words, low, "year")
    noun = after[1] if after and after[1] not in NO_SLOT else ""
    return _numbered(noun or "number", words, low, noun or "count")
