"""The part of the gate that looks at where numbers stand and how a sentence is put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from ammo_agents.goal.lexicon import FUNCTION, NEUTRAL, VERBS, base, content
from ammo_agents.goal.licence import EDGE, Licence, anchor
from ammo_agents.goal.reading import Reading, canonical
from ammo_agents.records import Quantity

SLOT_STEP = frozenset(", ; : ( ) - – and".split())
DATES = frozenset(["date"])
JOINS = frozenset([",", ":"])
ARTICLES = frozenset(["a", "an", "the"])
LOWER = "_from}"
"""How the slot of a range's lower end ends; the upper end's is the same without it."""
Line = tuple[str, ...]
"""Tokens of a sentence: function words, signs and slots as they are, other words by their base form."""
OPEN_END = frozenset(", ; : . and on at".split()) | {EDGE}
"""What may follow any number: its phrase is over."""


def bound(quantity: Quantity, lic: Licence) -> bool:
    """Whether it must be said and has a place: every number, and a name where the wording says what leads to it.

    *A directed by B* must neither become *A directed B* nor lose B where a number counts B's films.
    """
    return quantity.unit != "name" or quantity.name in lic.around


def places(read: Reading) -> str | None:
    """Whether every number stands in a place that a licensed sentence gives it."""
    if not read.strict:
        return None
    for n, meanings in enumerate(read.slots):
        if not any(bound(q, read.licences[i]) for i, q in meanings):
            continue
        at = read.tokens.index(f"{{q{n}}}")
        if not any(_fits(read, at, read.licences[i], q) for i, q in meanings):
            return f"the wrong place for {meanings[0][1].text}"
    return None


def orders(read: Reading) -> str | None:
    """Whether one licensed sentence has the numbers of each unit in the orders they come in here."""
    for i, lic in enumerate(read.licences):
        mine = [q[0] for m in read.slots if (q := [q for j, q in m if j == i])]
        said = [
            tuple("{" + q.name + "}" for q in mine if q.unit == unit)
            for unit in sorted({q.unit for q in mine})
        ]
        said = [order for order in said if len(order) > 1]
        if said and not any(all(_within(o, s) for o in said) for s in lic.sentences):
            return "two numbers have changed places"
    return None


def whole(read: Reading) -> str | None:
    """Whether each cited fact's numbers make a licensed statement, and none is left out that qualifies it."""
    for i, lic in enumerate(read.licences):
        if all(q.unit == "name" for q in lic.fact.quantities):
            continue
        said = {"{" + q.name + "}" for meanings in read.slots for j, q in meanings if j == i}
        least = lic.least if read.title else lic.least[:1]
        bare = {"{" + q.name + "}" for q in lic.quantities if not bound(q, lic)}
        if _half(said, {"{" + q.name + "}" for q in lic.fact.quantities}):
            return "says one end of a range without the other"
        if not any(
            need <= said | bare for need in least if read.title is False or need - bare or said
        ):
            return "leaves out a number its statement needs"
        if not said - bare and not read.title:
            return "states no number of a cited fact"
    return None


def _half(said: set[str], all_slots: set[str]) -> bool:
    """Whether one of ``{x_from}`` and ``{x}``, the ends of one range, stands without the other."""
    lower = {slot for slot in all_slots if slot.endswith(LOWER)}
    ranges = ((slot, slot.removesuffix(LOWER) + "}") for slot in lower)
    return any((low in said) != (high in said) for low, high in ranges if high in all_slots)


def extract(read: Reading) -> str | None:
    """Whether a strict reading of prose is an extract: its content words in the source's order, subject first.

    Words alone cannot tell *A feeds B* from *B feeds A*; a writer that is read strictly may only shorten.
    """
    if read.strict or read.share < 1.0:
        return None
    said = content(read.words)
    for lic in read.licences:
        source = content(t.removesuffix("'s") for t in lic.sentences[0])
        if not said and read.title:  # names its subject and states nothing
            return None
        if said and source and said[0] == source[0] and _within(tuple(said), tuple(source)):
            return None
    return "no extract of one cited fact"


def endings(read: Reading) -> str | None:
    """Whether a headline ends as a licensed one does, and *and* joins what may be joined."""
    if not read.strict:
        return None
    pairs: set[tuple[str, str]] = set()
    ends: set[tuple[str, ...]] = set()
    for lic in read.licences:
        plain = [tuple(t for t in s if t != ".") for s in lic.sentences]
        ends |= {s[-2:] for s in plain}
        pairs |= {p for s in plain for p in pairwise(s)}
    said = read.tokens
    for joined in (("and", "up"), ("and", "down")):
        if joined in pairwise(said) and joined not in pairs:
            return "joins what cannot be joined"
    tails = {tuple(canonical(read, t, lic) for t in said[-2:]) for lic in read.licences}
    if read.title and said[-1][0].isalpha() and not tails & ends:
        return "breaks off"
    return None


def joints(read: Reading) -> str | None:
    """Whether a tiny writer puts its words together as some licensed sentence does.

    True words in a bad order say nothing (*Cardano is the climbs*) or something false: *A is a book by B* is
    *A is based on a book by B* without its relation. Neighbours must be neighbours in a licensed sentence;
    around a function word both neighbours at once. Commas and colons may join anything; in a sentence so may
    the words that a wording adds, for no licensed sentence shows their place.
    """
    if not read.strict or read.share < 1.0 or (len(read.licences) > 1 and not read.title):
        return None
    lines = [s for lic in read.licences for s in (lic.sentences if read.title else lic.whole)]
    sentences = [_stemmed(s) for s in lines]
    look = _headline if read.title else _sentence
    added = _added(read, sentences)
    faults: list[tuple[str, ...]] = [
        fault
        for lic in read.licences
        if (fault := look(_stemmed(canonical(read, t, lic) for t in read.tokens), sentences, added))
    ]
    if len(faults) < len(read.licences):
        return None
    return f"grammar: nothing licensed says {' '.join(faults[0])!r}"


def _added(read: Reading, sentences: Iterable[tuple[str, ...]]) -> frozenset[str]:
    """Return the base forms of content words that may be said and stand in no licensed sentence."""
    shown = {token for sentence in sentences for token in sentence}
    return frozenset(base(w) for w in read.licensed | NEUTRAL if w not in FUNCTION) - shown


def _headline(said: Line, sentences: Sequence[Line], _added: frozenset[str]) -> tuple[str, ...]:
    """Return the first neighbours that no licensed sentence has, or nothing; where it ends is not looked at."""
    pairs, triples = _shown(sentences)
    for pair in pairwise(said):
        if pair not in pairs and not JOINS & set(pair) and pair[1] != EDGE:
            return pair
    for triple in zip(said, said[1:], said[2:], strict=False):
        if triple[1] in FUNCTION and triple not in triples and not (JOINS | {EDGE}) & set(triple):
            return triple
    return ()


def _sentence(said: Line, sentences: Sequence[Line], added: frozenset[str]) -> tuple[str, ...]:
    """Return the first neighbours that no licensed sentence has, or nothing: signs and its end are neighbours."""
    pairs, triples = _shown(sentences)
    for pair in pairwise(said):
        if pair not in pairs and not added & set(pair):
            return pair
    for triple in zip(said, said[1:], said[2:], strict=False):
        tied = triple[1] in FUNCTION or (triple[0] in ARTICLES and triple[1][0] == "{")
        if tied and triple not in triples and not added & set(triple):
            return triple
    return ()


def _shown(sentences: Sequence[Line]) -> tuple[set[tuple[str, str]], set[tuple[str, str, str]]]:
    pairs = {p for s in sentences for p in pairwise(s)}
    return pairs, {t for s in sentences for t in zip(s, s[1:], s[2:], strict=False)}


def _stemmed(tokens: Iterable[str]) -> tuple[str, ...]:
    words = (t if t[0] == "{" or t in FUNCTION - VERBS else base(t) for t in tokens if t != ".")
    return (EDGE, *words, EDGE)


def _fits(read: Reading, at: int, lic: Licence, q: Quantity) -> bool:
    tokens = tuple(canonical(read, t, lic) for t in read.tokens)
    before = tokens[at - 1] if at else EDGE
    if q.name in lic.around:
        allowed = set(lic.around[q.name])
        if (
            allowed
            and not {before, _name_of(before)} & set(allowed)
            and before not in lic.before(q.name)
        ):
            return False
    elif before not in lic.before(q.name) and not (before in SLOT_STEP and q.unit in DATES):
        return False
    after = tokens[at + 1] if at + 1 < len(tokens) else EDGE
    if after not in lic.after(q.name) and after not in OPEN_END:
        return False
    if q.unit == "date":
        return True
    left = anchor(tokens, at, -1)
    if left != EDGE and before != ",":
        return (-1, before, left) in lic.places(q.name)
    right = (1, after, anchor(tokens, at, 1))
    return bool({(-1, before, left), right} & lic.places(q.name))


def _name_of(token: str) -> str:
    return token[1:-1] if token.startswith("{") else token


def _within(part: tuple[str, ...], order: tuple[str, ...]) -> bool:
    rest = iter(order)
    return all(slot in rest for slot in part)
