"""What a writer is asked when a whole card, or an answer, is what people judged: the prompt and the words.

Cards come out of several small calls, so no single prompt produced them; a whole card is therefore learned as a task
of its own: this prompt, these words. What a buddy writes call by call is learned from sampled alternatives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ammo_agents.records import Claim, Creation, Fact, FactId, Message
from ammo_agents.texts import Text, text

CITING = " After each sentence put the numbers of its facts in brackets, like [1]."
CARD, ANSWER = "card", "elaborate"
MARK = re.compile(r"\s*\[\d{1,2}\](?=[\s.,;:!?]|\[|$)")
"""A citation in a text."""


def facts_of(*cards: Creation) -> tuple[FactId, ...]:
    """Return the facts that cards stand on, each once, in the order of their ids: no order tells which card was liked."""
    return tuple(sorted({id for card in cards for claim in _claims(card) for id in claim.facts}))


def card_prompt(facts: Sequence[Fact], *, cites: bool = True) -> tuple[Message, ...]:
    """Return the messages that ask for a card from these facts; `cites` = with the numbers of its facts."""
    asked = text(CARD).fill(facts=_numbered(facts), citing=CITING if cites else "")
    return (Message(role="user", text=asked),)


def card_text(card: Creation, facts: Sequence[Fact] = ()) -> str:
    """Return a card as its reader reads it: the title on the first line, then its sentences.

    With `facts` each sentence is followed by the numbers of its facts in that list.
    """
    numbers = {fact.id: n for n, fact in enumerate(facts, start=1)}
    said = [card.hook, *card.claims]
    told = list(dict.fromkeys(_cited(one, numbers) for one in said if one.text.strip()))
    return "\n".join([card.title.text.strip(), " ".join(told)]).strip()


def answer_prompt(question: str, facts: Sequence[Fact]) -> tuple[Message, ...]:
    """Return the messages a model reads when it words an answer (`user.elaborate`)."""
    asked = text(ANSWER).fill(facts=_listed(facts), question=question)
    return (Message(role="user", text=asked),)


def fingerprint(name: str) -> str:
    """Return the fingerprint of one of the two prompt texts."""
    found: Text = text(name)
    return found.fingerprint


def unmarked(said: str) -> str:
    """Return a text without its citation numbers."""
    return MARK.sub("", said).strip()


def _claims(card: Creation) -> tuple[Claim, ...]:
    return (card.title, card.hook, *card.claims)


def _cited(claim: Claim, numbers: Mapping[FactId, int]) -> str:
    marks = "".join(f"[{numbers[id]}]" for id in dict.fromkeys(claim.facts) if id in numbers)
    return f"{claim.text.strip()} {marks}".strip()


def _numbered(facts: Sequence[Fact]) -> str:
    return "\n".join(f"{n}. {' '.join(f.statement.split())}" for n, f in enumerate(facts, start=1))


def _listed(facts: Sequence[Fact]) -> str:
    return "\n".join(f"[{n}] {fact.statement}" for n, fact in enumerate(facts, start=1))
