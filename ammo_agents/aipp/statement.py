"""What a person says in words, as a few wishes: “less price talk, more engineering” (W13).

Rules read what has the form; a model, held to a schema, reads the rest; if it fails, a loose reading
is offered and named as such. A reading is only a proposal: the person sees it before it counts, and
each wish then is an ordinary event. No model writes a preference.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from ammo_agents.errors import BadInputError, ModelError
from ammo_agents.ports import Model
from ammo_agents.records import Message, Prompt, Sampling
from ammo_agents.texts import text

Direction = Literal["more", "less", "never"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
MOST = 6
"""Wishes of one statement."""
LONGEST = 400
"""Characters of a statement that are read."""
LONGEST_TOPIC = 60
SCHEMA: Mapping[str, object] = {
    "type": "object",
    "properties": {
        "wishes": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST,
            "items": {
                "type": "object",
                "properties": {
                    "direction": {"enum": list(DIRECTIONS)},
                    "topic": {"type": "string", "minLength": 2, "maxLength": LONGEST_TOPIC},
                },
                "required": ["direction", "topic"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["wishes"],
    "additionalProperties": False,
}
STARTS: Mapping[str, Direction] = {
    **dict.fromkeys(
        ("no more", "never", "nothing about", "none of", "no", "hide", "stop"), "never"
    ),
    **dict.fromkeys(
        (
            "less",
            "fewer",
            "not so much",
            "not as much",
            "not so many",
            "too much",
            "too many",
            "enough",
            "i don't like",
            "i do not like",
            "i dislike",
            "i hate",
            "i am tired of",
            "i'm tired of",
            "i am sick of",
            "i'm sick of",
            "i could do without",
            "tired of",
            "sick of",
            "don't show me",
            "do not show me",
            "not",
            "without",
        ),
        "less",
    ),
    **dict.fromkeys(
        (
            "more",
            "i like",
            "i love",
            "i want",
            "i prefer",
            "i'd like",
            "i would like",
            "show me",
            "give me",
            "tell me",
            "can we have",
            "could we have",
            "can i have",
            "could i have",
        ),
        "more",
    ),
}
"""How a wish may begin; a longer beginning is tried before a shorter one."""
START = re.compile(
    r"^(?:please |and |but |then |also |rather |just |honestly |instead )*("
    + "|".join(
        # “I am so tired of” begins like “I am tired of”.
        re.escape(start).replace(r"\ ", r"(?: so| very| really| quite| just)* ")
        for start in sorted(STARTS, key=lambda s: (-len(s), s))
    )
    + r")\b[ :]*",
    re.IGNORECASE,
)
BETWEEN = re.compile(r" (?:so|very|really|quite|just)(?= )")
SPLIT = re.compile(r"[,;.!?\n]+|\bbut\b|\band\b|\bplus\b|&", re.IGNORECASE)
PADDING = re.compile(
    r"^(?:of|about|on|the|a|an|any|some|all|that|this|those|these|to see|to read|stuff|showing|sending|telling|me|talking)\s+",
    re.IGNORECASE,
)
INSTEAD = re.compile(r"\binstead\b", re.IGNORECASE)
TRAILING = re.compile(
    r"\s+(?:please|instead|stuff|things|thanks|thank you|at all|any ?more|again)$", re.IGNORECASE
)
AGAINST = re.compile(
    r"\b(?:hate|dislike|tired|sick|bor(?:ed|ing)|annoy\w*|enough|too (?:much|many)|don't|do not|never|stop|no|less)\b",
    re.IGNORECASE,
)
FILLERS = frozenset(
    "a about all am an and any anymore are at be been being but can could do does don't enough feel for from get give go "
    "got had has have hate i i'd i'm i've if in is it its just less let like love many me more much my never no "
    "not of on or please really see show sick so some stop stuff that the them then there these they thing things "
    "this tired to too us very want was way we were what when which with would you your bored boring".split()
)
WORD = re.compile(r"[^\W_][\w'’-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One direction and the topic it is about, in the person's words."""

    direction: Direction
    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a statement was understood, and by whom."""

    wishes: tuple[Wish, ...]
    by: str
    """``rules``, a model's id, or ``rules, loosely`` where no model could read it."""


def wish(direction: str, topic: str) -> Wish:
    """Return one wish as it may count; raises `BadInputError` for another direction or no topic."""
    words = " ".join(topic.split())
    for name in DIRECTIONS:
        if direction == name and words and len(words) <= LONGEST_TOPIC and words.isprintable():
            return Wish(direction=name, topic=words)
    raise BadInputError(
        f"{direction!r} of {topic[:LONGEST_TOPIC]!r} is no wish",
        hint=f"A wish is one of {', '.join(DIRECTIONS)}, and a topic of at most {LONGEST_TOPIC} characters.",
    )


def by_rules(statement: str) -> tuple[Wish, ...]:
    """Return the wishes of a statement that has the form; nothing if any piece of it has not.

    “more X, less Y and Z, no W”: a piece without a beginning of its own goes on with the one before.
    """
    found: list[Wish] = []
    direction: Direction | None = None
    for piece in SPLIT.split(statement[:LONGEST].replace("’", "'")):
        rest = piece.strip()
        if not rest:
            continue
        begun, rest = _begun(rest)
        turned = not begun and direction is not None and INSTEAD.search(rest)
        direction = "more" if turned else begun or direction
        topic = _bare(rest)
        if direction is not None and all(w.lower() in FILLERS for w in WORD.findall(rest)):
            continue
        if direction is None or not topic or len(topic) > LONGEST_TOPIC:
            return ()
        found.append(Wish(direction=direction, topic=topic))
    return _distinct(found)


def _begun(piece: str) -> tuple[Direction | None, str]:
    """Return the direction a piece begins with, and the rest: “show me less X” is less X."""
    direction: Direction | None = None
    while match := START.match(piece):
        words = match.group(1).lower()
        said = STARTS.get(words) or STARTS[BETWEEN.sub("", words)]
        direction = said if direction in {None, "more"} else direction
        piece = piece[match.end() :]
    return direction, piece


def loosely(statement: str) -> tuple[Wish, ...]:
    """Return one wish from any statement with a telling word: its telling words, for or against."""
    said = statement[:LONGEST].replace("’", "'")
    telling = [w for w in WORD.findall(said) if w.lower() not in FILLERS]
    topic = " ".join(telling)[:LONGEST_TOPIC].strip()
    if not topic:
        return ()
    return (Wish(direction="less" if AGAINST.search(said) else "more", topic=topic),)


async def read(statement: str, model: Model | None = None) -> Reading:
    """Return how a statement is understood; nothing counts yet.

    Raises:
        BadInputError: it says nothing that could be a wish.
    """
    said = statement.strip()
    wishes = by_rules(said)
    if wishes:
        return Reading(wishes=wishes, by="rules")
    if model is not None and loosely(said):
        wishes = await _by_model(said, model)
        if wishes:
            return Reading(wishes=wishes, by=model.card.id)
    wishes = loosely(said)
    if not wishes:
        raise BadInputError(
            "this says nothing that could be more or less of",
            hint='Say it like: ammo say "less price talk, more engineering"',
        )
    return Reading(wishes=wishes, by="rules, loosely")


async def _by_model(statement: str, model: Model) -> tuple[Wish, ...]:
    """Return the wishes a model reads whose topics stand in the statement; nothing if it fails."""
    asked = await asyncio.to_thread(text, "user/statement")
    prompt = Prompt(
        messages=(Message(role="user", text=asked.fill(statement=statement[:LONGEST])),),
        fingerprint=asked.fingerprint,
    )
    sampling = Sampling(max_tokens=200, temperature=0.0, schema=SCHEMA, deadline_s=30.0)
    try:
        answer = json.loads((await model.complete(prompt, sampling)).text)
        said = [wish(str(w["direction"]), str(w["topic"])) for w in answer["wishes"]][:MOST]
    except (ModelError, BadInputError, ValueError, KeyError, TypeError):
        return ()
    return _distinct([w for w in said if _stands_in(w.topic, statement)])


def _stands_in(topic: str, statement: str) -> bool:
    """Return whether every telling word of a topic was said: a model may not bring its own."""
    said = {_stem(w) for w in WORD.findall(statement.lower())}
    telling = [_stem(w) for w in WORD.findall(topic.lower()) if w not in FILLERS]
    return bool(telling) and all(word in said for word in telling)


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def _bare(topic: str) -> str:
    """Return a topic without padding at its ends."""
    words, before = " ".join(topic.split()), ""
    while words != before:
        before = words
        words = TRAILING.sub("", PADDING.sub("", words)).strip(" \"'“”()")
    return "" if words.lower() in FILLERS else words


def _distinct(wishes: list[Wish]) -> tuple[Wish, ...]:
    """Return the first wish on each topic, at most six."""
    first: dict[str, Wish] = {}
    for one in wishes:
        first.setdefault(one.topic.lower(), one)
    return tuple(first.values())[:MOST]
