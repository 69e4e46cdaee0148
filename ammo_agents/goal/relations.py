"""The part of the gate that looks at the words which carry a relation: they are said, and said once."""

from __future__ import annotations

from collections.abc import Iterable

from ammo_agents.goal.reading import Reading

NAMED = 4
"""How many words of a set a reason names."""


def relations(read: Reading) -> str | None:
    """Whether a sentence says the words without which its statement becomes another one.

    *A is based on a book by B* without *based* makes A a book. Headlines may name their subject only;
    what they say is held to licensed neighbours.
    """
    if read.title:
        return None
    for group in _groups(read):
        if not group.intersection(read.words):
            return f"a relation: it says none of {_named(group)}"
    return None


def repeats(read: Reading) -> str | None:
    """Whether it says a relation more often than any licensed sentence of its facts does.

    *A directed 3 of 9, directed more than anybody else* is made of halves of different sentences.
    """
    for group in _groups(read):
        allowed = sum(
            _most(group, lic.sentences if read.title else lic.whole)
            for lic in read.licences
            if group in lic.keeps
        )
        said = _count(group, read.words)
        if said > max(1, allowed):
            return f"a relation: it says {_named(group)} too often"
    return None


def _named(group: frozenset[str]) -> str:
    words = sorted(group)
    return "/".join(words[:NAMED]) + ("/…" if len(words) > NAMED else "")


def _groups(read: Reading) -> tuple[frozenset[str], ...]:
    return tuple(dict.fromkeys(group for lic in read.licences for group in lic.keeps))


def _most(group: frozenset[str], lines: Iterable[tuple[str, ...]]) -> int:
    return max(_count(group, sentence) for sentence in lines)


def _count(group: frozenset[str], words: Iterable[str]) -> int:
    return sum(word in group for word in words)
