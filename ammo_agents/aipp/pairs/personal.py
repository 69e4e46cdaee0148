"""Takes personal data out of what people wrote: addresses, numbers that reach or name somebody (S5).

Rules, so nothing leaves the machine to be recognised. Names of people in plain words are not found by rules: a set
that leaves this machine has to be read first.
"""

from __future__ import annotations

import re

EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")
ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
CARD = re.compile(r"\b\d(?:[ -]?\d){12,18}\b")
PHONE = re.compile(
    r"(?<![\w.,])(?:\+|00)\d{1,3}[ /.-]?(?:\(0?\d{1,4}\)[ /.-]?)?\d(?:[ /.-]?\d){5,12}\b"
)
HOME = re.compile(r"(?<![\w.,])0\d{2,5}[ /-]\d{3,}(?:[ -]?\d{2,})*\b")
SECRET_URL = re.compile(r"\bhttps?://[^\s/@:]+:[^\s/@]+@\S+")
KEY = re.compile(r"\b(?:sk|pk|ghp|xox[bp]|AKIA)[-_]?[A-Za-z0-9_-]{16,}\b")
ADDRESS = re.compile(r"\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b")
MARKS = (
    (SECRET_URL, "[address]"),
    (EMAIL, "[e-mail]"),
    (KEY, "[key]"),
    (ACCOUNT, "[account]"),
    (PHONE, "[phone]"),
    (HOME, "[phone]"),
    (ADDRESS, "[address]"),
)


def stripped(said: str) -> str:
    """Return a text with personal data replaced by a word for its kind: ``[e-mail]``, ``[phone]``."""
    for pattern, mark in MARKS:
        said = pattern.sub(mark, said)
    return CARD.sub(lambda match: "[card]" if _is_card(match[0]) else match[0], said)


def _is_card(said: str) -> bool:
    """Return whether digits are a payment card's: the sum of Luhn, so that large numbers stay."""
    digits = [int(c) for c in said if c.isdigit()]
    doubled = [d if n % 2 == 0 else d * 2 - 9 * (d > 4) for n, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0 and any(digits)
