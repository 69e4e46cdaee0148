"""What two sides of a split must not share: people, texts and cards, read once for a whole set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ammo_agents.aipp.pairs.near import SHORT, groups, normal
from ammo_agents.aipp.pairs.record import Said, Taught

Kind = Literal["user", "time", "text", "near", "creation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What one pair or row shares with others."""

    users: frozenset[str]
    exact: frozenset[str]
    """Its texts, plain; a completion under 16 letters is nobody's own and is left out."""
    near: frozenset[str]
    """The groups of near copies its texts are in."""
    creations: frozenset[str]

    @property
    def texts(self) -> frozenset[str]:
        """Everything that must not stand on two sides, whoever said it."""
        return self.exact | self.near | self.creations


def users_of(one: Said) -> frozenset[str]:
    """Return everybody who said it: a pair that several people gave has them all."""
    more = one.extra.get("users", ())
    named = more if isinstance(more, list | tuple) else ()
    return frozenset(str(user) for user in (one.user, *named) if user)


def marked(found: Sequence[Taught]) -> list[Marks]:
    """Return the marks of each; texts are compared within this set, prompts with prompts, words with words."""
    asked = groups([one.asked for one in found], framed=True)
    said = [text for one in found for text in one.texts]
    near = iter(groups(said))
    marks = []
    for one, prompt in zip(found, asked, strict=True):
        own = [(text, next(near)) for text in one.texts]
        telling = [(normal(text), group) for text, group in own if len(normal(text)) >= SHORT]
        marks.append(
            Marks(
                users=users_of(one),
                exact=frozenset({f"? {normal(one.asked)}", *(f"= {text}" for text, _ in telling)}),
                near=frozenset({f"?~{prompt}", *(f"=~{group}" for _, group in telling)}),
                creations=frozenset(f"c {s.creation}" for s in one.sides if s.creation),
            )
        )
    return marks


def alone(found: Sequence[Said]) -> bool:
    """Return whether everything comes from one known person: then nothing can be said about others."""
    people = {user for one in found for user in users_of(one)}
    return len(people) == 1 and all(users_of(one) for one in found)
