"""How stronger models write: one schema-constrained call for a paragraph (small) or a whole draft (large)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from ammo_agents.errors import BudgetError, ModelError
from ammo_agents.goal.plan import Extras, Sheet, Variant
from ammo_agents.ports import Model
from ammo_agents.records import Claim, Fact, Flag, GoalBuddy, Idea, Message, Prompt, Sampling
from ammo_agents.texts import text

SENTENCES = {"small": 3, "large": 6}
TOKENS = {"small": 420, "large": 1100}
TEXTS = ("goal/paragraph", "goal/whole", "goal/facts")
REMARKS = 5
"""Refused sentences shown to the writer at most."""
STYLE_LETTERS = 1600
STYLE_LINES = 40
"""Of an author's wishes, at most."""


async def write(
    buddy: GoalBuddy, idea: Idea, model: Model, *, flags: Sequence[Flag], revision: int
) -> Sheet:
    """Return one whole offer; anything that breaks the schema is a fault, never half an offer."""
    large = model.card.capability == "large"
    for name in TEXTS:  # read off the loop once; then they are cached
        await asyncio.to_thread(text, name)
    prompt = _prompt(buddy, idea, flags, large=large)
    sampling = Sampling(
        max_tokens=TOKENS["large" if large else "small"],
        temperature=0.5 + 0.2 * revision,
        seed=(idea.seed + revision) & 0x7FFFFFFF,
        schema=schema(len(idea.facts), large=large),
    )
    try:
        done = await model.complete(prompt, sampling)
    except (ModelError, BudgetError) as error:
        return Sheet.failed(error, prompt=prompt.fingerprint)
    answer = parsed(done.text)
    if done.finish != "stop" or answer is None:
        return Sheet(
            usage=done.usage,
            prompt=prompt.fingerprint,
            fault=f"the answer breaks its schema: {done.text[:60]!r}",
        )
    return Sheet(
        variants=tuple(_variants(answer, idea.facts)),
        usage=done.usage,
        prompt=prompt.fingerprint,
        extras=_extras(answer) if large else Extras(),
    )


def schema(facts: int, *, large: bool) -> dict[str, object]:
    """Return the JSON schema of an answer about `facts` numbered facts."""
    cited = {
        "type": "array",
        "items": {"type": "integer", "minimum": 1, "maximum": facts},
        "minItems": 1,
        "maxItems": 3,
    }
    sentence = {
        "type": "object",
        "properties": {"text": {"type": "string", "maxLength": 400}, "facts": cited},
        "required": ["text", "facts"],
        "additionalProperties": False,
    }
    most = SENTENCES["large" if large else "small"]
    fields: dict[str, object] = {
        "title": sentence,
        "hook": sentence,
        "claims": {"type": "array", "items": sentence, "minItems": 1, "maxItems": most},
    }
    if large:
        answers = {"type": "string", "maxLength": 60}
        fields = {
            "angle": {"type": "string", "maxLength": 200},
            **fields,
            "question": {"type": "string", "maxLength": 160},
            "options": {"type": "array", "items": answers, "minItems": 2, "maxItems": 4},
        }
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def parsed(said: str) -> Mapping[str, Any] | None:
    """Return the answer if it has the shape that is read, else None: half an answer is none."""
    try:
        answer = json.loads(said)
    except ValueError:
        return None
    if not isinstance(answer, dict) or not isinstance(answer.get("claims"), list):
        return None
    sentences = [answer.get("title"), answer.get("hook"), *answer["claims"]]
    return answer if answer["claims"] and all(_is_sentence(s) for s in sentences) else None


def _is_sentence(value: object) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("text"), str)
        and isinstance(value.get("facts"), list)
        and all(isinstance(n, int) and not isinstance(n, bool) for n in value["facts"])
    )


def _variants(answer: Mapping[str, Any], facts: Sequence[Fact]) -> list[Variant]:
    keyed = [("title", answer["title"]), ("hook", answer["hook"])]
    keyed += [(f"claim/{n}", said) for n, said in enumerate(answer["claims"])]
    return [
        Variant(
            key=key, claim=Claim(text=" ".join(said["text"].split()), facts=_cited(said, facts))
        )
        for key, said in keyed
    ]


def _cited(said: Mapping[str, Any], facts: Sequence[Fact]) -> tuple[Any, ...]:
    """Return the ids of the cited facts; a number outside this call's facts makes the citation void."""
    numbers = list(dict.fromkeys(said["facts"]))
    if not all(1 <= n <= len(facts) for n in numbers):
        return ()
    return tuple(facts[n - 1].id for n in numbers)


def _extras(answer: Mapping[str, Any]) -> Extras:
    question, options = answer.get("question", ""), answer.get("options", [])
    if not isinstance(question, str) or not isinstance(options, list):
        return Extras()
    return Extras(question=question.strip(), options=tuple(str(o).strip() for o in options))


def _prompt(buddy: GoalBuddy, idea: Idea, flags: Sequence[Flag], *, large: bool) -> Prompt:
    """Return the rules as the system's words; everything an author, a source or a reader wrote comes as data."""
    rules = text("goal/whole" if large else "goal/paragraph")
    frame = text("goal/facts")
    request = f"The reader asked (data as well): {_line(idea.request)}\n" if idea.request else ""
    refused = "".join(f"- {_line(f.text)} ({_line(f.reason)})\n" for f in flags[:REMARKS])
    filled = frame.fill(
        style=style_of(buddy),
        facts="\n".join(f"{n}. {_line(f.statement)}" for n, f in enumerate(idea.facts, 1)),
        request=request,
        remarks=f"Say these again, nearer to their facts:\n{refused}" if refused else "",
    )
    return Prompt(
        messages=(Message(role="system", text=rules.body), Message(role="user", text=filled)),
        fingerprint=rules.fingerprint + frame.fingerprint,
    )


def style_of(buddy: GoalBuddy) -> str:
    """Return what an author wishes, as a block of quoted lines that no line of theirs can end; empty = nothing."""
    if not buddy.voice and not buddy.prompt:
        return ""
    said = f"Name: {buddy.name[:80]}\nVoice: {buddy.voice}" if buddy.voice else ""
    lines = f"{said}\n{buddy.prompt}".strip()[:STYLE_LETTERS].splitlines()[:STYLE_LINES]
    quoted = "\n".join("> " + " ".join(line.split()) for line in lines if line.strip())
    return f"STYLE\n{quoted}\nEND STYLE\n"


def _line(said: str) -> str:
    """Return foreign text as one line, so that it cannot end the block it stands in."""
    return " ".join(said.split())[:600]
