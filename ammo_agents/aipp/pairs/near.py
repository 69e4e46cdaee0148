"""Near duplicates among texts: which say the same in other words, and how alike two are.

Texts are compared by their sets of five-byte windows (Jaccard). Candidates come from MinHash in bands (Broder 1997),
and each is checked exactly; at a likeness of 0.8 a pair is missed with probability (1 - 0.8^4)^16 < 0.001.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from ammo_agents.errors import BadInputError

Windows = NDArray[np.uint64]
"""Shape (n,): the different windows of a text, sorted."""
ALIKE = 0.7
"""Jaccard from which on two texts of the two sides of a split are one text."""
SAME = 0.9
"""Jaccard from which on two pairs are one."""
SHORT = 16
"""Letters below which a completion is nobody's own: `Yes.`, `Neutral`."""
WIDTH, BANDS, ROWS = 5, 16, 4
LONGEST = 20_000
"""Bytes of a text that are compared."""
COMMON, FEWEST = 0.2, 8
"""A window in over this share of the prompts, and in more than so many, is the frame of the task, and tells nothing."""
CROWD = 64
"""Texts in one band above which only neighbours are compared; the other bands join the rest."""
LEAST = 12
"""Windows that must be left for a text to be compared."""
PLAIN = re.compile(r"[^\w\[\]]+|_+")


def normal(said: str) -> str:
    """Return a text in lower case, without punctuation, with single spaces: what exact copies are compared by."""
    return PLAIN.sub(" ", unicodedata.normalize("NFKC", said).casefold()).strip()


def groups(texts: Sequence[str], *, alike: float = ALIKE, framed: bool = False) -> list[int]:
    """Return a number for each text; texts with one number are copies, near copies, or joined by such.

    With `framed` the windows that most texts share (the words of a task) are left out of the likeness.

    Raises:
        BadInputError: `alike` is not in (0, 1].
    """
    if not 0 < alike <= 1:
        raise BadInputError(f"a likeness of {alike} says nothing", hint="Give one in (0, 1].")
    plains = [normal(one) for one in texts]
    places = {one: n for n, one in enumerate(dict.fromkeys(plains))}
    found = [windows(one) for one in places]
    if framed:
        found = _unframed(found)
    joined = _Joined(len(places))
    for one, other in candidates(found):
        if joined.root(one) != joined.root(other) and likeness(found[one], found[other]) >= alike:
            joined.join(one, other)
    return [joined.root(places[one]) for one in plains]


def windows(plain: str) -> Windows:
    """Return the different five-byte windows of a normal text; shorter ones have none."""
    letters = np.frombuffer(plain.encode("utf-8", "surrogatepass")[:LONGEST], np.uint8)
    if len(letters) < WIDTH:
        return np.empty(0, np.uint64)
    wide = letters.astype(np.uint64)
    n = len(wide) - WIDTH + 1
    packed = np.zeros(n, np.uint64)
    for place in range(WIDTH):
        packed = (packed << np.uint64(8)) | wide[place : place + n]
    return np.unique(packed)


def likeness(one: Windows, other: Windows) -> float:
    """Return the Jaccard index of two sets of windows, in [0, 1]; 0 where one is too small to be compared."""
    if min(len(one), len(other)) < LEAST:
        return 0.0
    both = len(np.intersect1d(one, other, assume_unique=True))
    return both / (len(one) + len(other) - both)


def candidates(found: Sequence[Windows]) -> Iterator[tuple[int, int]]:
    """Yield places of texts that share a band of MinHash, lower place first."""
    rng = np.random.default_rng(20_240_101)
    times = rng.integers(1, 2**63, BANDS * ROWS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    plus = rng.integers(0, 2**63, BANDS * ROWS, dtype=np.uint64)
    bands: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    for place, one in enumerate(found):
        if len(one) < LEAST:
            continue
        low = _mixed(one[:, None] * times + plus).min(axis=0).reshape(BANDS, ROWS)
        for band in range(BANDS):
            bands[band, low[band].tobytes()].append(place)
    for places in bands.values():
        yield from combinations(places, 2) if len(places) <= CROWD else pairwise(places)


def _mixed(value: Windows) -> Windows:
    """Return well spread hashes (the finaliser of MurmurHash3): a product alone keeps order in its low bits."""
    value = (value ^ (value >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    return value ^ (value >> np.uint64(33))


def _unframed(found: Sequence[Windows]) -> list[Windows]:
    if len(found) <= FEWEST:
        return list(found)
    counted: Counter[int] = Counter()
    for one in found:
        counted.update(one.tolist())
    frame = [window for window, n in counted.items() if n > max(FEWEST, COMMON * len(found))]
    common = np.array(sorted(frame), np.uint64)
    return [np.setdiff1d(one, common, assume_unique=True) for one in found]


class _Joined:
    """Sets of places that belong together."""

    def __init__(self, n: int) -> None:
        self._above = list(range(n))

    def root(self, place: int) -> int:
        while self._above[place] != place:
            self._above[place] = self._above[self._above[place]]
            place = self._above[place]
        return place

    def join(self, one: int, other: int) -> None:
        low, high = sorted((self.root(one), self.root(other)))
        self._above[high] = low
