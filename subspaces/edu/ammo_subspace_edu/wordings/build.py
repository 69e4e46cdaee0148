"""Makes a `Wording` from a few lines, and binds every name to the words it may stand behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ammo_agents.ports import Wording
from ammo_agents.records import SLOT
from ammo_subspace_edu.frames import PLAIN, variant, variants, widened

NAMES = frozenset("curriculum name other second needs first last topic section place old".split())
"""Slots that hold a name where nothing else is said; in two predicates `old` is a number."""
COMMON = "course courses"
"""Words that hold of every statement here."""
EDGE = "^"
"""What the gate calls the beginning of a line."""


def wording(
    predicate: str,
    *,
    frames: Sequence[str],
    titles: Sequence[str],
    words: str = "",
    keeps: Sequence[str] = (),
    numbers: Iterable[str] = (),
) -> dict[str, Wording]:
    """Return one predicate's wording and those of its variants; examples rewrite one true sentence as another.

    What must come before what must not be turned round, so each name may stand only behind the words that it
    stands behind in these lines. Of each line of words in `keeps` one must be said; `numbers` are slots with a
    name's name that hold none.
    """
    names = NAMES - set(numbers)
    content = frozenset(f"{COMMON} {words}".lower().split())
    kept = tuple(frozenset(group.split()) for group in keeps)
    return {
        variant(predicate, ranged): _wording(
            [widened(line, ranged) for line in (PLAIN[predicate], *frames)],
            [widened(line, ranged) for line in titles],
            names=names,
            content=content,
            kept=kept,
        )
        for ranged in variants(predicate)
    }


def _wording(
    whole: Sequence[str],
    titles: Sequence[str],
    *,
    names: frozenset[str],
    content: frozenset[str],
    kept: tuple[frozenset[str], ...],
) -> Wording:
    pairs = [(whole[i], whole[(i * 2 + 1) % len(whole)]) for i in range(len(whole))]
    return Wording(
        examples=tuple((a, b) for a, b in pairs if a != b),
        words=content,
        titles=tuple(titles),
        frames=tuple(whole[1:]),
        around=_behind((*whole, *titles), names),
        keeps=kept,
    )


def _behind(lines: Iterable[str], names: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for line in lines:
        for match in SLOT.finditer(line):
            if match.group(1) in names:
                words = line[: match.start()].split()
                behind = words[-1].strip("({}):,").lower() if words else EDGE
                signs = _sign(line, match.start())
                found.setdefault(match.group(1), set()).update({behind, *signs})
    return {slot: tuple(sorted(before)) for slot, before in sorted(found.items())}


def _sign(line: str, at: int) -> Iterable[str]:
    """Yield the sign right before a place, which the gate reads as a word of its own."""
    head = line[:at].rstrip()
    if head and head[-1] in ",:;(":
        yield head[-1]
