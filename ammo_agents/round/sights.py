"""What each buddy saw: the prompt parts of every model call with their token counts, kept for the owner.

A window, not a record: the newest 500 of the society and of each person. What a person talked about is
kept under that person and goes with them.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ammo_agents.metering import Asked
from ammo_agents.ports import SOCIETY, Diary
from ammo_agents.records import Fact, PersonId, Usage

KIND = "sight"
KEPT = 500
"""Sights of one person (or of the society) that are kept."""
EVERY = 50
"""Sights between two prunings."""
LONGEST = 16_000
"""Characters of one part that are kept."""
LETTERS = 4.0
"""Characters of one token where no model counted them: an estimate for English."""
Part = dict[str, Any]


@dataclass(slots=True)
class Sights:
    """Keeps what models were shown."""

    diary: Diary
    _since: dict[PersonId, int] = field(default_factory=dict)

    async def saw(self, asked: Asked) -> None:
        """Keep one call of a model: who asked, each part of the prompt, what it cost."""
        person = asked.person or SOCIETY
        usage = asked.completion.usage
        parts = [{"role": m.role, "text": m.text} for m in asked.prompt.messages]
        body = {
            "who": asked.who,
            "model": asked.completion.model,
            "adapters": [asdict(mix) for mix in asked.adapters],
            "parts": counted(parts, usage.tokens_in),
            "answer": clean(asked.completion.text),
            "usage": asdict(usage),
            "prompt": asked.prompt.fingerprint,
        }
        await self.diary.write(f"sight/{uuid.uuid4().hex}", person, KIND, body, topic=asked.who)
        self._since[person] = self._since.get(person, 0) + 1
        if self._since[person] % EVERY == 0:
            await self.diary.prune(person, KIND, keep=KEPT)


def of_answer(
    question: str, facts: Sequence[Fact], *, calls: Sequence[Asked] = (), instructions: str = ""
) -> dict[str, Any]:
    """Return what stood behind one answer: the instructions, the question and each fact, with tokens.

    Without a call no model read anything: the facts were stated as they are, and the counts say what
    they would have been.
    """
    parts: list[Part] = []
    if calls:
        parts.append({"role": "instructions", "text": instructions})
    parts.append({"role": "question", "text": question})
    for number, fact in enumerate(facts, start=1):
        parts.append({"role": f"fact {number}", "text": fact.statement, "fact": fact.id})
    usage = sum((call.completion.usage for call in calls), start=Usage())
    whole = sum(len(m.text) for call in calls for m in call.prompt.messages)
    return {
        "model": calls[0].completion.model if calls else "",
        "adapters": [asdict(mix) for mix in calls[0].adapters] if calls else [],
        "parts": counted(parts, usage.tokens_in, characters=whole),
        "tokens_in": usage.tokens_in,
        "tokens_out": usage.tokens_out,
        "note": "" if calls else "No model read this: the facts stand in their own words.",
    }


def counted(parts: Sequence[Part], tokens: int, *, characters: int = 0) -> list[Part]:
    """Return the parts with their share of the tokens a model counted, by length; such a share is an estimate.

    One part alone has the exact count. Where no model counted, four characters are one token.
    """
    whole = max(characters, sum(len(part["text"]) for part in parts))
    exact = len(parts) == 1 and tokens > 0
    found = []
    for part in parts:
        length = len(part["text"])
        share = tokens * length / max(1, whole) if tokens else length / LETTERS
        text = clean(part["text"][:LONGEST])
        found.append({**part, "text": text, "tokens": round(share), "estimated": not exact})
    return found


def clean(text: str) -> str:
    """Return text that can be kept: no NUL, no lone surrogate."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
