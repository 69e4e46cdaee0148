"""A sentence as the gate reads it: every quantity of the cited facts masked, the rest as words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ammo_agents.goal.licence import TOKEN, Licence
from ammo_agents.records import Claim, Quantity


@dataclass(frozen=True)
class Reading:
    """A sentence with every quantity of the cited facts masked, and what each mask may be."""

    claim: Claim
    licences: tuple[Licence, ...]
    title: bool
    share: float
    """Content words that must be licensed, in [0, 1]; 1 = all."""
    masked: str
    slots: tuple[tuple[tuple[int, Quantity], ...], ...]
    """The n-th mask's meanings: (index of the cited fact, its quantity)."""

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """Lower-case tokens; the n-th quantity is ``{q<n>}``."""
        return tuple(t.lower().replace("’", "'") for t in TOKEN.findall(self.masked))

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Lower-case words without quantities and signs."""
        return tuple(t.removesuffix("'s") for t in self.tokens if t[0].isalpha())

    @cached_property
    def licensed(self) -> frozenset[str]:
        """Words that a cited fact has."""
        return frozenset().union(*(lic.words for lic in self.licences))

    @cached_property
    def stems(self) -> frozenset[str]:
        """Base forms of the licensed words."""
        return frozenset().union(*(lic.stems for lic in self.licences))

    @property
    def strict(self) -> bool:
        """Whether a cited fact states numbers in slots."""
        return any(q.unit != "name" for lic in self.licences for q in lic.fact.quantities)


def reading(claim: Claim, licences: Sequence[Licence], *, title: bool, share: float) -> Reading:
    """Return the sentence with its quantities masked, longest text first."""
    meanings: dict[str, list[tuple[int, Quantity]]] = {}
    for i, lic in enumerate(licences):
        for q in lic.quantities:
            meanings.setdefault(q.text, []).append((i, q))
    masked = claim.text
    slots: list[tuple[tuple[int, Quantity], ...]] = []
    for text in sorted(meanings, key=lambda t: (-len(t), t)):
        pattern = re.compile(rf"(?<![\w$.,+-]){re.escape(text)}(?![\w%]|[.,]\d)")
        while found := pattern.search(masked):
            masked = f"{masked[: found.start()]}{{q{len(slots)}}}{masked[found.end() :]}"
            slots.append(tuple(meanings[text]))
    order = [int(n) for n in re.findall(r"\{q(\d+)\}", masked)]
    masked = re.sub(r"\{q(\d+)\}", lambda m: f"{{q{order.index(int(m.group(1)))}}}", masked)
    return Reading(
        claim=claim,
        licences=tuple(licences),
        title=title,
        share=share,
        masked=masked,
        slots=tuple(slots[n] for n in order),
    )


def canonical(read: Reading, token: str, lic: Licence) -> str:
    """Return a mask as the slot it is in one fact."""
    if not token.startswith("{q"):
        return token
    own = [q.name for i, q in read.slots[int(token[2:-1])] if read.licences[i] is lic]
    return "{" + own[0] + "}" if own else token
