"""Principles that creations keep to, in words that arithmetic can check (W23)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from ammo_agents.errors import BadInputError

PrincipleKind = Literal[
    "no advice",
    "no forecasts",
    "no superlatives without a number",
    "name both sides",
    "no names of private persons",
    "say the date",
    "words",
    "sentence words",
    "facts",
    "sources",
    "avoid",
    "free",
]
LONGEST = 300
"""Letters of one principle."""
MOST = 32
"""Principles of one buddy or subspace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principle:
    """One principle as it will be checked."""

    text: str
    """As its author wrote it."""
    kind: PrincipleKind
    """``free`` = in words that only a checker of the hook ``ammo_evidence`` can weigh."""
    number: int = 0
    """N of those that count."""
    words: tuple[str, ...] = ()
    """What ``avoid`` forbids, in lower case."""


PLAIN: dict[str, PrincipleKind] = {
    "no advice": "no advice",
    "no forecasts": "no forecasts",
    "no superlatives without a number": "no superlatives without a number",
    "name both sides": "name both sides",
    "no names of private persons": "no names of private persons",
    "say the date": "say the date",
}
COUNTED: tuple[tuple[re.Pattern[str], PrincipleKind], ...] = (
    (re.compile(r"at most (\d{1,4}) words a sentence"), "sentence words"),
    (re.compile(r"at most (\d{1,4}) words"), "words"),
    (re.compile(r"at least (\d{1,2}) facts?"), "facts"),
    (re.compile(r"at least (\d{1,2}) sources?"), "sources"),
)
VOCABULARY: tuple[tuple[str, str], ...] = (
    ("no advice", "no sentence tells the reader to buy, sell, apply or do anything else"),
    ("no forecasts", "no sentence speaks of what will or may come"),
    (
        "no superlatives without a number",
        "best, largest, first … stand beside a number or not at all",
    ),
    ("name both sides", "a sentence names every party that its facts name"),
    ("no names of private persons", "nobody is named who is no entity of the knowledge graph"),
    ("say the date", "a sentence of the card says a date of the facts it cites"),
    ("at most N words", "title, hook and claims of a card together"),
    ("at most N words a sentence", "each sentence by itself"),
    ("at least N facts", "different facts that a card cites"),
    ("at least N sources", "different sources that a card cites"),
    ("avoid: word, word", "none of these words or phrases anywhere on the card"),
)
"""(form, what it asks for): everything that is checked without a plugin."""


def principle_of(text: str) -> Principle:
    """Return a principle as it will be read; one that fits no form of `VOCABULARY` is ``free``.

    Raises:
        BadInputError: it is empty, too long, or asks for something that no card can keep.
    """
    said = " ".join(text.split())
    if not said or len(said) > LONGEST:
        raise BadInputError(
            f"a principle of {len(said)} letters cannot be read: {said[:60]!r}",
            hint=f"A principle has 1 to {LONGEST} letters.",
        )
    plain = said.lower().rstrip(".!")
    if plain in PLAIN:
        return Principle(text=said, kind=PLAIN[plain])
    for form, kind in COUNTED:
        if found := form.fullmatch(plain):
            return _counted(said, kind, int(found[1]))
    if plain.startswith("avoid:"):
        return _avoiding(said, plain)
    return Principle(text=said, kind="free")


def principles_of(
    texts: Iterable[str], *, owner: str, free: Callable[[str], bool] | None = None
) -> tuple[Principle, ...]:
    """Return principles as they will be checked, each once; `free` tells which free ones a checker weighs.

    Raises:
        BadInputError: one that nothing can check, with the list of what can be: none is kept for show.
    """
    found = tuple(dict.fromkeys(principle_of(text) for text in texts))
    if len(found) > MOST:
        raise BadInputError(
            f"{owner} has {len(found)} principles, at most {MOST} are checked",
            hint="Keep the ones that matter.",
        )
    for one in found:
        if one.kind == "free" and (free is None or not free(one.text)):
            forms = "; ".join(f"“{form}”" for form, _ in VOCABULARY)
            raise BadInputError(
                f"{owner}: nothing can check the principle {one.text!r}",
                hint=f"What can be checked: {forms}. Free words need a plugin of ammo_evidence whose checker has keeps().",
            )
    return found


def _counted(said: str, kind: PrincipleKind, number: int) -> Principle:
    least = {"words": 8, "sentence words": 4}.get(kind, 1)
    if number < least:
        raise BadInputError(
            f"no card can keep the principle {said!r}", hint=f"Its number is at least {least}."
        )
    return Principle(text=said, kind=kind, number=number)


def _avoiding(said: str, plain: str) -> Principle:
    words = tuple(dict.fromkeys(w.strip(" '\"“”") for w in plain.removeprefix("avoid:").split(",")))
    words = tuple(w for w in words if w)
    if not words or not all(re.search(r"\w", w) for w in words):
        raise BadInputError(
            f"the principle {said!r} names no word to avoid", hint="Write: avoid: moon, to the moon"
        )
    return Principle(text=said, kind="avoid", words=words)
