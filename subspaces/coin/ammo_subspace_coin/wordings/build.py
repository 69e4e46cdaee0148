"""Makes a `Wording` from a few lines, and a rising and a falling one from lines with ``[rose|fell]`` choices."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ammo_agents.ports import Wording
from ammo_subspace_coin.frames import FRAMES

CHOICE = re.compile(r"\[([^|\]]*)\|([^|\]]*)\]")
ON = ("on", "by", "of", "to")
"""Words that may lead to the day a statement speaks of."""
COMMON = (
    "price prices closed close closes closing ended end finished stood coin day daily dollars level "
    "value crypto market"
)
"""Words that hold of every statement about a daily close."""
UP = "rise rose rises rising risen climb climbed climbs climbing gain gained gains gaining advance advanced add added up higher increase increased upward green positive"
DOWN = "fall fell falls falling fallen drop dropped drops dropping slide slid slides decline declined declines lose lost loses losing loss down lower decrease decreased downward red negative shed"

MOVE = (
    " ".join(f"[{up}|]" for up in UP.split())
    + " "
    + " ".join(f"[|{down}]" for down in DOWN.split())
)
"""The words of the direction a statement tells."""


def wording(
    predicate: str,
    *,
    frames: Sequence[str],
    titles: Sequence[str],
    words: str,
    keeps: Sequence[str] = (),
    around: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Wording]:
    """Return one predicate's wording; its examples rewrite one true sentence as another.

    Of each line of words in `keeps` one must be said.
    """
    whole = (FRAMES[predicate], *frames)
    pairs = [(whole[i], whole[(i * 2 + 1) % len(whole)]) for i in range(len(whole))]
    return {
        predicate: Wording(
            examples=tuple((a, b) for a, b in pairs if a != b),
            words=frozenset(f"{COMMON} {words}".lower().split()),
            titles=tuple(titles),
            frames=tuple(frames),
            around={slot: tuple(before) for slot, before in (around or {}).items()},
            keeps=tuple(frozenset(group.lower().split()) for group in keeps),
        )
    }


def both(
    predicates: tuple[str, str],
    *,
    frames: Sequence[str],
    titles: Sequence[str],
    words: str = "",
    keeps: Sequence[str] = (),
    around: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Wording]:
    """Return the wordings of a rising and a falling predicate from lines with ``[rose|fell]`` choices."""
    up, down = predicates
    return {
        **wording(
            up,
            frames=[pick(f, 1) for f in frames],
            titles=[pick(t, 1) for t in titles],
            words=f"{pick(words, 1)} {UP}",
            keeps=[pick(group, 1) for group in keeps],
            around=around,
        ),
        **wording(
            down,
            frames=[pick(f, 2) for f in frames],
            titles=[pick(t, 2) for t in titles],
            words=f"{pick(words, 2)} {DOWN}",
            keeps=[pick(group, 2) for group in keeps],
            around=around,
        ),
    }


def pick(line: str, side: int) -> str:
    """Return the line with side 1 (up) or 2 (down) of every choice."""
    return CHOICE.sub(lambda match: match.group(side), line)
