"""The rule gate: reads one sentence against the facts it cites and says what is wrong with it, or nothing.

Mathematics, section 4. Sentences about numbers are read strictly: numbers, names and dates must be the
cited facts' own and stand in a licensed place, and every other content word must be licensed. Prose facts
(no numbers, no wording) take rule (a)-(d) with k = 1. No buddy imports this module or sees its verdicts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ammo_agents.goal.lexicon import (
    DOWN,
    FUNCTION,
    GLUE,
    NEGATIONS,
    NEUTRAL,
    RESTRICTED,
    UP,
    VERBS,
    base,
)
from ammo_agents.goal.licence import ENTITY, Licence
from ammo_agents.goal.places import endings, extract, joints, orders, places, whole
from ammo_agents.goal.reading import Reading, canonical, reading
from ammo_agents.goal.relations import relations, repeats
from ammo_agents.records import Claim

MARKUP = re.compile(r"[\[\]{}<>|*#_`~^\\=]|https?:|www\.|&\w+;|/\w")
SENTENCES = re.compile(r"[.!?;]\s+(?=[A-Z])")
LENGTH = {"title": (2, 14), "sentence": (4, 48)}


def judge(
    claim: Claim, licences: Sequence[Licence], *, title: bool = False, share: float = 1.0
) -> str | None:
    """Return why `claim` may not be published, or None.

    `licences` are those of the facts it cites, in the order cited; `title` asks for a headline
    instead of a sentence; `share` is the share of content words that must be licensed.
    """
    if not licences:
        return "cites no fact"
    read = reading(claim, licences, title=title, share=share)
    if _announces(read):
        return None
    for check in CHECKS:
        if fault := check(read):
            return fault
    return None


def shape(read: Reading) -> str | None:
    """Whether it is one whole, plain sentence (or headline) of a fair length."""
    text = re.sub(r"\{q\d+\}", "", read.masked)
    if MARKUP.search(text) or not read.claim.text.isprintable():
        return "markup or a slot left open"
    low, high = LENGTH["title" if read.title else "sentence"]
    count = len(read.words) + len(read.slots)
    if not low <= count <= high:
        return f"{count} words is not between {low} and {high}"
    last = read.tokens[-1]
    if read.title and last in {",", ";", ":", "?", "!"}:
        return "a headline that does not end"
    if not read.title and (last != "." or not _starts(read.claim.text)):
        return "no whole sentence"
    tail = read.tokens[-1] if read.title else read.tokens[-2]
    if (
        tail in FUNCTION - {"before", "up", "down", "that", "it", "one", "off", "here"}
        or tail == ","
    ):
        return "breaks off"
    return None


def prose_shape(read: Reading) -> str | None:
    """Whether it says something once: a verb, balanced signs, no loops."""
    text = read.masked
    if text.count("(") != text.count(")") or text.count('"') % 2:
        return "unbalanced signs"
    if re.search(r"[,;:]\s*[,;:.]|\s[,;.]|\b(\w+) \1\b", text):
        return "loops or stray signs"
    if not read.title and not any(_is_verb(w) for w in read.words) and _has_known_verb(read):
        return "has no verb"
    triples = list(zip(read.tokens, read.tokens[1:], read.tokens[2:], strict=False))
    if len(set(triples)) < len(triples):
        return "loops"
    return None


def numbers(read: Reading) -> str | None:
    """Whether every number, date and amount is a cited fact's own, used once."""
    rest = re.sub(r"\{q\d+\}", " ", read.masked)
    support = " ".join(lic.fact.statement for lic in read.licences) if not read.strict else ""
    for found in re.findall(r"[$€£]?\d[\d.,:%]*", rest):
        if found.rstrip(".,:") not in re.findall(r"[$€£]?\d[\d.,:%]*\w*", support):
            return f"the number {found!r} is in no cited fact"
    if re.search(r"[%$€£]", rest) and not re.search(r"[%$€£]", support):
        return "a unit without its number"
    texts = [s[0][1] for s in read.slots if s[0][1].unit != "name"]
    if len({q.text for q in texts}) < len(texts) and len(read.licences) == 1:
        return "says a number twice"
    return None


def names(read: Reading) -> str | None:
    """Whether every capitalised word is a cited fact's own (headlines in title case are read by word)."""
    plain = re.sub(r"\{q\d+\}", "{}", read.masked)
    support = " ".join(lic.fact.statement for lic in read.licences)
    for found in re.finditer(r"[A-Z][\w’'.-]*", plain):
        word = found.group().rstrip(".'’-").removesuffix("'s")
        first = not plain[: found.start()].strip(" \"'(") or plain[: found.start()].endswith((
            ". ",
            ": ",
        ))
        known = word in support or (
            first and (word.lower() in FUNCTION or _plain_word(read, word.lower()))
        )
        if not known and len(word) > 1:
            return f"the name {word!r} is in no cited fact"
    if not any(q.unit == "name" for s in read.slots for _, q in s):
        own = [q for lic in read.licences for q in lic.quantities if q.unit == "name"]
        return "names nobody" if own else None
    return None


def direction(read: Reading) -> str | None:
    """Whether words of rising and falling agree with the cited facts."""
    said = set(read.words)
    ways = {lic.fact.direction for lic in read.licences}
    for way, own in (("up", UP), ("down", DOWN)):
        wrong = sorted(w for w in said & own if w not in read.licensed)
        if wrong:
            known = "the other way" if way not in ways else "not in the cited facts"
            return f"direction: {wrong[0]!r} is {known}"
    return None


def negation(read: Reading) -> str | None:
    """Whether it denies exactly what a cited fact denies."""
    denies = _denies(read.words)
    ways = {_denies(s) for lic in read.licences for s in lic.sentences}
    if read.strict and denies and True not in ways:
        return "negation: the cited facts deny nothing"
    if not read.strict and denies not in {_denies(lic.sentences[0]) for lic in read.licences}:
        return "negation: only one side denies"
    if read.strict and denies and not any(_same_denial(read, lic) for lic in read.licences):
        return "negation: not as the cited facts deny"
    return None


def kinds(read: Reading) -> str | None:
    """Whether causes, superlatives, comparisons, hedges, persons and times are the cited facts' own."""
    for word in read.words:
        if word in read.licensed:
            continue
        for kind, list_ in RESTRICTED:
            if word in list_:
                return f"{kind}: {word!r} is in no cited fact"
    return None


def wording(read: Reading) -> str | None:
    """Whether its content words are licensed: all of them, or a share for freer writers."""
    loose = [w for w in read.words if not _plain_word(read, w)]
    total = [w for w in read.words if w not in FUNCTION]
    if not read.strict:
        loose = [w for w in loose if w not in FUNCTION]
    limit = 1.0 if read.title else read.share
    if loose and 1 - len(loose) / max(1, len(total)) < limit:
        return f"the word {loose[0]!r} is in no cited fact"
    return None


CHECKS: tuple[Callable[[Reading], str | None], ...] = (
    shape,
    prose_shape,
    numbers,
    names,
    direction,
    negation,
    kinds,
    wording,
    relations,
    repeats,
    whole,
    places,
    orders,
    extract,
    endings,
    joints,
)
"""The order matters for the reason given, not for the verdict."""


def _announces(read: Reading) -> bool:
    """Whether it is a headline that only says whom a cited fact is about, and so states nothing: *About Bitcoin*."""
    if not read.title or len(read.tokens) != 2 or read.tokens[0] != "about":
        return False
    return bool(read.slots) and any(q.name == ENTITY for _, q in read.slots[0])


def _plain_word(read: Reading, word: str) -> bool:
    word = word.removesuffix("'s")
    return (
        word in read.licensed
        or word in GLUE
        or word in NEUTRAL
        or (base(word) in read.stems and word not in FUNCTION)
    )


def _denies(words: Sequence[str]) -> bool:
    return any(w in NEGATIONS or w.endswith("n't") for w in words)


def _same_denial(read: Reading, lic: Licence) -> bool:
    """Whether the denying word stands before the same word as in a licensed sentence."""
    for i, word in enumerate(read.tokens):
        if word in NEGATIONS or word.endswith("n't"):
            said = tuple(canonical(read, t, lic) for t in read.tokens[i : i + 3])
            if not any(said == s[n : n + 3] for s in lic.sentences for n in range(len(s))):
                return False
    return True


def _starts(text: str) -> bool:
    head = text.lstrip("\"'(")
    return bool(head) and (head[0].isupper() or head[0].isdigit() or head[0] in "$+-")


def _has_known_verb(read: Reading) -> bool:
    """Whether a cited fact states its matter with a verb of the list: authors know more verbs than any list does."""
    return any(_is_verb(word) for lic in read.licences for word in lic.sentences[0])


def _is_verb(word: str) -> bool:
    return word in VERBS or word in VERB_FORMS or (word.endswith("ed") and len(word) > 3)


VERB_FORMS = NEUTRAL | frozenset(
    """is are was were be been has have had does do did can lets let made makes gives gave began begins holds held
    runs ran pays paid enters ended beat beats cut slid kept uses allows provides aims offers supports enables serves
    works changed led leads saw sets hit said says means supports powers connects secures""".split()
)
