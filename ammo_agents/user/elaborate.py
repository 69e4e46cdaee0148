"""Answers a person's question about a card, or about anything, from facts and with citations (W12).

The answer is built by extraction: the facts nearest to the question are stated as they are. A model
that can write a paragraph may word it, sentence by sentence, and only what the gate lets through is
shown. Where no fact comes near, the buddy says that it does not know.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ammo_agents.errors import BadInputError, ModelError, VectorError
from ammo_agents.ports import Embedder, Model
from ammo_agents.records import Creation, Fact, FactId, Matrix, Message, Prompt, Sampling, Wide
from ammo_agents.texts import text

Gate = Callable[[str, Sequence[Fact]], bool]
"""Return whether a sentence says only what these facts say."""

UNKNOWN = "I do not know: none of the facts I have speaks of that."
NEAREST = 3
"""Facts an answer states at most."""
NEAR = 0.30
"""Cosine of question and fact below which the fact is no answer, unless they share a rare word."""
VERY_NEAR = 0.45
"""The same for a question most of whose telling words stand in no fact."""
STRANGE = 0.5
"""Share of telling words in no fact above which a question is such a one."""
SPREAD = 0.12
"""A further fact is stated if it is at most this much farther than the nearest."""
CITED = 0.15
"""What it counts that the card in question cites a fact."""
ENOUGH = 0.34
"""Share of the question's telling words that makes a fact an answer whatever its cosine."""
SHARED = 0.30
"""What it counts that question and fact share all the question's words that tell facts apart."""
ANSWER = Sampling(max_tokens=200, temperature=0.2)
LONGEST = 2_000
"""Characters of a question that are read."""
WORD = re.compile(r"[^\W_]{2,}")
CITATION = re.compile(r"\s*\[(\d{1,2})\]")
SENTENCE = re.compile(r"(?<=[.!?\]])\s+(?=[A-Z“\"])")
COMMON = frozenset(
    WORD.findall(
        "about after again all am an and any are as at be because been before but by can card could "
        "did do does explain far for from go had has have he how if in into is it its know latest "
        "let like lot me mean more most much my news no not now of off on one or out over say see "
        "should show so some tell than that the their them then there these they thing things think "
        "this to up us very was way we were what when where which who why will with would yes you "
        "your "
    )
)
"""Words that do not tell one question from another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """The facts an answer may stand on."""

    facts: tuple[Fact, ...]
    vectors: Matrix = field(compare=False)
    """Unit rows, shape (facts, D), one per fact."""

    def __post_init__(self) -> None:
        if len(self.facts) != len(self.vectors):
            raise VectorError(
                f"{len(self.facts)} facts come with {len(self.vectors)} vectors",
                hint="Embed every fact's statement.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Elaboration:
    """A whole answer with the facts it cites, in the order of their numbers."""

    text: str
    facts: tuple[Fact, ...]
    model: str = ""
    """The model that worded it; empty = the facts' own words."""
    known: bool = True
    """False when no fact answers the question."""


async def answer(
    question: str,
    creation: Creation | None,
    library: Library,
    *,
    embedder: Embedder,
    model: Model | None = None,
    gate: Gate | None = None,
) -> AsyncIterator[str | Elaboration]:
    """Yield the answer in pieces, then the whole as an `Elaboration`; the pieces join to its text.

    Without a `gate`, with a tiny model or none, the facts' own words are used. A model's fault is no
    fault of the answer: the facts are stated instead.

    Raises:
        BadInputError: the question has no words.
    """
    asked = question.strip()[:LONGEST]
    if not asked:
        raise BadInputError("there is no question", hint='Ask something: ammo ask "why?"')
    facts = await nearest(asked, creation, library, embedder=embedder)
    if not facts:
        yield UNKNOWN
        yield Elaboration(text=UNKNOWN, facts=(), known=False)
        return
    said: list[str] = []
    wording = None if model is None or gate is None or model.card.capability == "tiny" else model
    if wording is not None and gate is not None:
        async for sentence in worded(asked, facts, model=wording, gate=gate):
            said.append(sentence)
            yield sentence if len(said) == 1 else f" {sentence}"
    if said and wording is not None:
        yield Elaboration(text=" ".join(said), facts=facts, model=wording.card.id)
        return
    for number, fact in enumerate(facts, start=1):
        said.append(f"{fact.statement} [{number}]")
        yield said[-1] if number == 1 else f" {said[-1]}"
    yield Elaboration(text=" ".join(said), facts=facts)


async def nearest(
    question: str, creation: Creation | None, library: Library, *, embedder: Embedder
) -> tuple[Fact, ...]:
    """Return the facts that answer the question best, at most three, best first; none if none is near.

    A fact counts by its cosine to the question, by the question's telling words it shares, and by
    standing under the card that is spoken of.
    """
    if not library.facts:
        return ()
    row = (await embedder.embed([question]))[0]
    cosine = np.asarray(library.vectors @ row, np.float64)
    shared, foreign = _shared(question, library.facts)
    own = set() if creation is None else cited(creation)
    under = np.array([fact.id in own for fact in library.facts], np.float64)
    value = cosine + SHARED * shared + CITED * under
    if foreign > STRANGE:  # it asks about something no fact names: only a very near one will do
        open_ = (cosine >= VERY_NEAR) | (under > 0)
    else:
        open_ = (cosine >= NEAR) | (shared >= ENOUGH) | (under > 0)
    if not open_.any():
        return ()
    value = np.where(open_, value, -np.inf)
    order = np.lexsort((np.array([f.id for f in library.facts]), -value))
    best = float(value[order[0]])
    chosen = [i for i in order if value[i] >= best - SPREAD]
    found: dict[str, Fact] = {}
    for i in chosen:
        found.setdefault(library.facts[i].statement, library.facts[i])
    return tuple(found.values())[:NEAREST]


async def worded(
    question: str, facts: Sequence[Fact], *, model: Model, gate: Gate, sampling: Sampling = ANSWER
) -> AsyncIterator[str]:
    """Yield the sentences of a model's answer that the gate lets through, as they come.

    A sentence counts only with a citation, and only as far as the facts it cites carry it.
    """
    asked = await asyncio.to_thread(text, "elaborate")
    listed = "\n".join(f"[{n}] {fact.statement}" for n, fact in enumerate(facts, start=1))
    prompt = Prompt(
        messages=(Message(role="user", text=asked.fill(facts=listed, question=question)),),
        fingerprint=asked.fingerprint,
    )
    waiting = ""
    try:
        async for piece in model.stream(prompt, sampling):
            *whole, waiting = SENTENCE.split(waiting + piece.text)
            for sentence in whole:
                if passes(sentence, facts, gate):
                    yield sentence.strip()
    except ModelError:
        return  # what has passed stands; the caller states the facts when nothing has
    if waiting and passes(waiting, facts, gate):
        yield waiting.strip()


def passes(sentence: str, facts: Sequence[Fact], gate: Gate) -> bool:
    """Return whether a sentence cites facts of the list and says only what they say."""
    numbers = [int(n) for n in CITATION.findall(sentence)]
    plain = CITATION.sub("", sentence).strip()
    if not plain or not numbers or not all(1 <= n <= len(facts) for n in numbers):
        return False
    return gate(plain, [facts[n - 1] for n in numbers])


def cited(creation: Creation) -> set[FactId]:
    """Return the ids of the facts a card stands on."""
    claims = (creation.title, creation.hook, *creation.claims)
    return {id for claim in claims for id in claim.facts}


def _shared(question: str, facts: Sequence[Fact]) -> tuple[Wide, float]:
    """Return per fact the share of the question's telling words it has, and the share no fact has.

    Rare words count more.
    """
    wanted = sorted(_words(question) - COMMON)
    if not wanted:
        return np.zeros(len(facts)), 0.0
    words = [_words(fact.statement) for fact in facts]
    has = np.array([[word in stated for word in wanted] for stated in words], bool)
    rarity = np.log((1.0 + len(facts)) / (1.0 + has.sum(axis=0)))
    whole = max(float(rarity.sum()), 1e-9)
    foreign = float(rarity[~has.any(axis=0)].sum()) / whole
    return np.asarray((has * rarity).sum(axis=1) / whole), foreign


def _words(line: str) -> set[str]:
    return {word.lower() for word in WORD.findall(line)}
