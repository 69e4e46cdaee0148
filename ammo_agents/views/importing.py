"""A warm start from a file: what it says is shown first, kept after a yes, taken back as one."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ammo_agents.aipp.imported import Import, read_file
from ammo_agents.aipp.statement import LONGEST_TOPIC, wish
from ammo_agents.app import App
from ammo_agents.errors import BadInputError, NotFoundError
from ammo_agents.geometry import unit_rows
from ammo_agents.records import Entity, FeedbackId
from ammo_agents.views.asking import asking_of

Plain = dict[str, Any]
KIND = "imported"
"""The diary's kind: topic = the file's id, body = what was kept or undone."""
FILE = re.compile(r"i_[0-9a-f]{12}")
NEAR = 0.30
"""Cosine to the nearest entity below which an item says nothing about this subspace."""
MOST_WISHES = 24
"""Wishes one file becomes, the most often named first: a file must not drown what is said by hand."""
MOST_PLACED = 400
"""Distinct unnamed items, and entities, that are placed in the space for one file."""
WORD = re.compile(r"\w+")
LONGEST_NAME = 6
"""Words of an entity's name that are looked for."""
TICKER = 6
"""An alias with fewer letters is a ticker: LINK is one, a link is not."""
SHOWN = 20
"""Skipped lines that are listed."""


@dataclass(frozen=True, slots=True)
class _Topic:
    """What one or more items of a file say."""

    words: str
    near: str
    """The entity it names or lies nearest to."""
    cosine: float


async def read_import(app: App, *, content: str, subspace: str | None = None) -> Plain:
    """Read a file (base64) as wishes, and show them; nothing counts until they are kept.

    Raises:
        BadInputError: the file cannot be used; the message says why.
    """
    found = await asyncio.to_thread(read_file, _bytes(content))
    topics = await _topics(app, found, subspace)
    net: Counter[str] = Counter()
    count: Counter[str] = Counter()
    sample: dict[str, list[str]] = {}
    about: dict[str, _Topic] = {}
    for item in found.items:
        topic = topics.get(item.text)
        if topic is None:
            continue
        about.setdefault(topic.words, topic)
        net[topic.words] += 1 if item.liked else -1
        count[topic.words] += 1
        sample.setdefault(topic.words, []).append(item.text)
    ranked = sorted((w for w in net if net[w]), key=lambda w: (-count[w], -about[w].cosine, w))
    return {
        "file": found.id,
        "shape": found.shape,
        "subspace": app.subspace(subspace).id,
        "items": len(found.items),
        "wishes": [
            {
                "direction": "more" if net[w] > 0 else "less",
                "topic": w,
                "near": about[w].near,
                "cosine": about[w].cosine,
                "items": count[w],
                "from": sample[w][:3],
            }
            for w in ranked[:MOST_WISHES]
        ],
        "left_out": max(0, len(ranked) - MOST_WISHES),
        "elsewhere": sum(item.text not in topics for item in found.items),
        "skipped": list(found.skipped[:SHOWN]),
        "skipped_count": len(found.skipped),
        "kept": await _state(app, found.id) == "kept",
    }


async def keep_import(
    app: App,
    *,
    content: str,
    only: Sequence[str] | None = None,
    name: str = "",
    subspace: str | None = None,
) -> Plain:
    """Keep a file's wishes (`only` these topics, None = all); the same file counts once until it is undone."""
    shown = await read_import(app, content=content, subspace=subspace)
    wished = [w for w in shown["wishes"] if only is None or w["topic"] in only]
    kept = await keep_wishes(
        app, file=shown["file"], wishes=wished, name=name, subspace=shown["subspace"]
    )
    return {**shown, **kept}


async def keep_wishes(
    app: App,
    *,
    file: str,
    wishes: Sequence[Mapping[str, str]],
    name: str = "",
    subspace: str | None = None,
) -> Plain:
    """Keep the wishes that were confirmed of a file that was read; the same file counts once until it is undone.

    Raises:
        BadInputError: no file's id, no wish, or one that is no wish.
    """
    if not FILE.fullmatch(file):
        raise BadInputError(f"{file[:40]!r} is no file's id", hint="Read the file again.")
    diary = app.ledger.diary
    before = await diary.entries(app.person, kind=KIND, topic=file)
    if before and before[-1].body["state"] == "kept":
        return {"file": file, **before[-1].body, "kept": True, "repeated": True}
    checked = [wish(str(w.get("direction")), str(w.get("topic", ""))) for w in wishes]
    if not 1 <= len(checked) <= MOST_WISHES:
        raise BadInputError(
            f"{len(checked)} wishes of the file would be kept: 1 to {MOST_WISHES} can be",
            hint="Where all items lie far from this subspace, try another: --subspace movie",
        )
    here = await asking_of(app, subspace)
    kept = []
    for at, one in enumerate(checked):
        key = f"import/{file}/{len(before)}/{at}"
        given = await here.believe(one, key=key)
        by_key = {e.feedback.id: e.feedback.key for e in here.companion.events}
        kept.append({
            "direction": one.direction,
            "topic": one.topic,
            "feedback": given.feedback,
            "ours": by_key.get(given.feedback) == key,
        })
    body = {
        "state": "kept",
        "name": name[:100],
        "subspace": here.companion.subspace,
        "acts": kept,
    }
    await diary.write(f"import/{file}/{len(before)}", app.person, KIND, body, topic=file)
    events = len(here.companion.events)
    return {"file": file, **body, "kept": True, "repeated": False, "events": events}


async def undo_import(app: App, *, file: str) -> Plain:
    """Take back everything a kept file taught, as one; what was said by hand stays.

    Raises:
        NotFoundError: no file of this id is kept.
    """
    diary = app.ledger.diary
    before = await diary.entries(app.person, kind=KIND, topic=file)
    if not before or before[-1].body["state"] != "kept":
        raise NotFoundError(f"no import {file!r} is kept", hint="See them with: ammo you show")
    body = before[-1].body
    companion = await app.companion(body["subspace"])
    standing = {event.feedback.id for event in companion.events}
    ours = [FeedbackId(act["feedback"]) for act in body["acts"] if act["ours"]]
    taken = [id for id in ours if id in standing]
    for id in taken:
        await companion.take_back(act=id)
    undone = {
        "state": "undone",
        "name": body["name"],
        "subspace": body["subspace"],
        "taken_back": len(taken),
    }
    await diary.write(f"import/{file}/{len(before)}", app.person, KIND, undone, topic=file)
    return {"file": file, **undone, "events": len(companion.events)}


async def imports(app: App) -> Plain:
    """List the files that were imported, with whether each still counts."""
    latest = await app.ledger.diary.latest(app.person, KIND)
    return {
        "imports": [
            {"file": topic, "at": entry.at.isoformat(), **entry.body}
            for topic, entry in sorted(latest.items(), key=lambda one: -one[1].seq)
        ]
    }


async def _state(app: App, file: str) -> str:
    newest = await app.ledger.diary.newest(app.person, kind=KIND, topic=file, limit=1)
    return str(newest[0].body["state"]) if newest else ""


async def _topics(app: App, found: Import, subspace: str | None) -> dict[str, _Topic]:
    """Return what each item is about: an entity it names, or its own words where they lie near one."""
    entities = (await app.knowledge(app.subspace(subspace))).entities
    topics: dict[str, _Topic] = {}
    names = _Names.of(entities)
    for text in dict.fromkeys(item.text for item in found.items):
        entity = names.named_in(text)
        if entity is not None:
            topics[text] = _Topic(entity.name[:LONGEST_TOPIC], entity.name, 1.0)
    rest = [
        text
        for text, _ in Counter(i.text for i in found.items if i.text not in topics).most_common(
            MOST_PLACED
        )
    ]
    if not rest or not entities:
        return topics
    known = entities[:MOST_PLACED]
    embedder = await app.embedder()
    texts = [f"{e.name}. {e.summary}"[:200] for e in known]
    rows = unit_rows(await embedder.embed([*texts, *rest]), names=[*texts, *rest])
    cosines = rows[len(known) :] @ rows[: len(known)].T  # (items, entities)
    for text, row in zip(rest, cosines, strict=True):
        best = int(np.argmax(row))
        if row[best] >= NEAR:
            topics[text] = _Topic(text[:LONGEST_TOPIC].strip(), known[best].name, float(row[best]))
    return topics


@dataclass(frozen=True, slots=True)
class _Names:
    """What names an entity: its names in any case; a short alias (a ticker) only as it is written."""

    any_case: Mapping[str, Entity]
    as_written: Mapping[str, Entity]

    @classmethod
    def of(cls, entities: Sequence[Entity]) -> _Names:
        """Return the names of entities, as words with single spaces between them."""
        any_case: dict[str, Entity] = {}
        as_written: dict[str, Entity] = {}
        for entity in entities:
            any_case.setdefault(_spaced(entity.name).casefold(), entity)
            for alias in (_spaced(one) for one in entity.aliases):
                if len(alias) < TICKER:
                    as_written.setdefault(alias, entity)
                else:
                    any_case.setdefault(alias.casefold(), entity)
        return cls(any_case, as_written)

    def named_in(self, text: str) -> Entity | None:
        """Return the entity whose name in the text has the most words; None = it names none."""
        words = WORD.findall(text)
        for length in range(LONGEST_NAME, 0, -1):
            for at in range(len(words) - length + 1):
                run = " ".join(words[at : at + length])
                found = self.any_case.get(run.casefold()) or self.as_written.get(run)
                if found is not None:
                    return found
        return None


def _spaced(name: str) -> str:
    return " ".join(WORD.findall(name))


def _bytes(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInputError(
            f"the file did not arrive whole: {error}", hint="Send it again."
        ) from error
