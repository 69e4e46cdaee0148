"""Three splits at once: by person, by time and by text; what cannot be on one side alone is left out, and counted."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ammo_agents.aipp.pairs.leaks import leaks
from ammo_agents.aipp.pairs.record import Split, Taught
from ammo_agents.aipp.pairs.sides import Marks, alone, marked, users_of
from ammo_agents.errors import BadInputError
from ammo_agents.records import digest

SHARES = {"dev": 0.1, "test": 0.2}
"""Share of the people (or texts, or days) that each held-out side gets; the rest trains."""
AGAIN = 5
"""Times the sides are looked through for what they share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """A split set, and what was left out for it."""

    kept: tuple[Taught, ...]
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Reason → how many."""
    by: tuple[str, ...] = ()
    """What it is split by, of ``person``, ``time``, ``text``; the rest was not known."""
    cut: dt.datetime | None = None
    """Everything to train on is earlier, everything else not."""
    alone: bool = False
    """One person: says nothing about others."""


def split(
    found: Sequence[Taught], *, seed: int = 7, shares: Mapping[str, float] | None = None
) -> Parted:
    """Return the set with a side for each, none sharing person, time or text with another.

    What comes with a side keeps it. Where no person is known, texts are dealt; with one person, days.

    Raises:
        BadInputError: shares that leave nothing, or too few pairs for three sides.
    """
    want = dict(SHARES if shares is None else shares)
    if not all(0 <= share < 1 for share in want.values()) or sum(want.values()) >= 1:
        raise BadInputError(
            f"dev {want.get('dev', 0)} and test {want.get('test', 0)} leave nothing to train on",
            hint="Give shares whose sum is below 1.",
        )
    lone = alone(found)
    marks = marked(found)
    dropped: Counter[str] = Counter()
    dated = [one.at for one in found if one.at is not None]
    if lone and len(set(dated)) > 1:
        sides, cut = _by_days(found, want)
    else:
        own = [replace(mark, users=frozenset()) for mark in marks] if lone else marks
        sides = _dealt(found, own, seed=seed, want=want)
        cut = _cut([(one, side) for one, side in zip(found, sides, strict=True)])
        sides = _in_time(found, sides, cut, dropped)
    sides = _apart(marks, _unheld(found, sides, dropped), dropped)
    kept = [replace(one, split=side) for one, side in zip(found, sides, strict=True) if side]
    kept = _clean(kept, dropped)
    _enough(kept, len(found), dropped)
    by = {
        "person": not lone and any(users_of(one) for one in found),
        "time": cut is not None,
        "text": True,
    }
    return Parted(
        kept=tuple(kept),
        dropped=dict(dropped),
        by=tuple(name for name, known in by.items() if known),
        cut=cut,
        alone=lone,
    )


def _dealt(
    found: Sequence[Taught], marks: Sequence[Marks], *, seed: int, want: Mapping[str, float]
) -> list[Split]:
    """Deal people to sides; where nobody is known, groups of texts that hang together."""
    owners = _owners(marks)
    order = sorted(set(owners), key=lambda owner: digest([seed, owner]))
    sizes = Counter(owners)
    room = {side: share * len(found) for side, share in want.items()}
    side_of: dict[str, Split] = {}
    for side in ("test", "dev"):
        for owner in order:
            if owner not in side_of and sizes[owner] <= 1.2 * room.get(side, 0):
                side_of[owner] = "test" if side == "test" else "dev"
                room[side] -= sizes[owner]
    if "test" not in side_of.values() and room.get("test") and len(order) > 1:
        smallest = min(order, key=lambda owner: (sizes[owner], order.index(owner)))
        side_of[smallest] = "test"  # few people, each with more than the share
    return [
        one.split or side_of.get(owner, "train") for one, owner in zip(found, owners, strict=True)
    ]


def _owners(marks: Sequence[Marks]) -> list[str]:
    """Return what each is dealt by: its people, and whoever said something with them; else its texts."""
    above: dict[str, str] = {}

    def root(name: str) -> str:
        while above.setdefault(name, name) != name:
            name = above[name]
        return name

    names = []
    for mark in marks:
        own = sorted(mark.users) or sorted(mark.texts)
        low, *rest = sorted({root(name) for name in own})
        for other in rest:
            above[other] = low
        names.append(own[0])
    return [root(name) for name in names]


def _cut(found: Sequence[tuple[Taught, Split]]) -> dt.datetime | None:
    """Return the time that keeps most of both sides: the harmonic mean of the shares kept is greatest."""
    early = sorted(one.at for one, side in found if side == "train" and one.at is not None)
    late = sorted(one.at for one, side in found if side != "train" and one.at is not None)
    if not early or not late:
        return None
    best, at = -1.0, late[0]
    for cut in sorted({*late, *early}):
        before = _below(early, cut) / len(early)
        after = 1 - _below(late, cut) / len(late)
        worth = 2 * before * after / (before + after) if before + after else 0.0
        if worth > best:
            best, at = worth, cut
    return at


def _below(times: Sequence[dt.datetime], cut: dt.datetime) -> int:
    low, high = 0, len(times)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if times[middle] < cut else (low, middle)
    return low


def _in_time(
    found: Sequence[Taught],
    sides: Sequence[Split],
    cut: dt.datetime | None,
    dropped: Counter[str],
) -> list[Split]:
    """Leave out what lies on the wrong side of the cut."""
    told: list[Split] = []
    for one, side in zip(found, sides, strict=True):
        wrong = cut is not None and one.at is not None and (one.at < cut) != (side == "train")
        told.append("" if wrong else side)
        dropped.update({"on the wrong side of the time": 1} if wrong else {})
    return told


def _unheld(found: Sequence[Taught], sides: Sequence[Split], dropped: Counter[str]) -> list[Split]:
    """Leave out of training what was sampled from a prompt that is kept for the test."""
    told: list[Split] = []
    for one, side in zip(found, sides, strict=True):
        held = one.extra.get("held") == "test" and side == "train"
        told.append("" if held else side)
        dropped.update({"its prompt is kept for the test": 1} if held else {})
    return told


def _by_days(
    found: Sequence[Taught], want: Mapping[str, float]
) -> tuple[list[Split], dt.datetime | None]:
    """Split one person's set by time alone: the last to test, those before to choose by, the first to train."""
    times = sorted(one.at for one in found if one.at is not None)
    held = sum(want.values())
    cut = times[min(len(times) - 1, int((1 - held) * len(times)))]
    share = want.get("test", 0.0)
    later = times[min(len(times) - 1, int((1 - share) * len(times)))]
    sides: list[Split] = []
    for one in found:
        if one.split or one.at is None or one.at < cut:
            sides.append(one.split or "train")
        else:
            sides.append("test" if one.at >= later and share else "dev")
    return sides, cut


def _apart(marks: Sequence[Marks], sides: Sequence[Split], dropped: Counter[str]) -> list[Split]:
    """Leave out what shares a text with another side, each time where it costs the smaller part of its side."""
    told = list(sides)
    sizes = Counter(told)
    holders: dict[str, list[int]] = defaultdict(list)
    for place, mark in enumerate(marks):
        for text in mark.texts:
            holders[text].append(place)
    for places in sorted(holders.values(), key=lambda p: (-len(p), p)):
        parts: dict[Split, list[int]] = defaultdict(list)
        for place in places:
            parts[told[place]].append(place)
        parts.pop("", None)
        if len(parts) < 2:
            continue
        kept = max(parts, key=lambda s: (len(parts[s]) / sizes[s], s))
        for side, place in ((s, place) for s, here in parts.items() if s != kept for place in here):
            told[place] = ""
            sizes[side] -= 1
            dropped[f"its text stands on two sides, left out of {side}"] += 1
    return told


def _clean(kept: list[Taught], dropped: Counter[str]) -> list[Taught]:
    """Leave out what the checker still finds: likeness is judged within a set, and the set is smaller now."""
    for _ in range(AGAIN):
        bad = {leak.one for leak in leaks(kept)}
        if not bad:
            return kept
        dropped["near copies found again"] += sum(one.id in bad for one in kept)
        kept = [one for one in kept if one.id not in bad]
    return kept


def _enough(kept: Sequence[Taught], n: int, dropped: Mapping[str, int]) -> None:
    sizes = Counter(one.split for one in kept)
    if not sizes["train"] or not sizes["test"] + sizes["dev"]:
        why = "; ".join(f"{count} {reason}" for reason, count in dropped.items() if count)
        raise BadInputError(
            f"{n} pairs and rows cannot be split by person, time and text: {sizes['train']} to train on, "
            f"{sizes['dev']} to choose by, {sizes['test']} to test with ({why or 'they hang together'})",
            hint="More feedback is needed, of more people or other cards.",
        )
