"""Label mode: which of two is better? One function that terminal and web call; order drawn and kept, Undo at any time.

A label is a diary entry of kind ``label``, topic = the offer: the newest of a topic holds. It holds both texts, so
that it stays a pair when the samples are gone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from ammo_agents.aipp.pairs.record import Side, plain
from ammo_agents.aipp.pairs.samples import Alternative, Offer
from ammo_agents.errors import BadInputError
from ammo_agents.ports import Diary, Entry
from ammo_agents.records import Message, PersonId

KIND = "label"
Choice = Literal["a", "b", "equal", "neither"]
"""The first text, the second, both alike, or neither is good; only the first two make a pair."""
CHOICES: tuple[Choice, ...] = get_args(Choice)
TAKEN_BACK = ""
"""What a label says after Undo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """What keeping a label answered."""

    offer: str
    said: str
    seq: int
    repeated: bool = False
    """It was said like this before: nothing changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Where a person stands with what they are asked."""

    next: Offer | None
    """None = everything was answered."""
    done: int
    left: int
    last: str = ""
    """The offer that Undo would open again; empty = none."""


async def label(
    diary: Diary,
    person: PersonId,
    offer: Offer,
    said: str,
    *,
    at: dt.datetime | None = None,
    source: str = "human",
) -> Labelled:
    """Keep what a person says of two texts; the same again changes nothing, another word replaces the first.

    Raises:
        BadInputError: a word that is no choice.
    """
    if said not in CHOICES:
        raise BadInputError(
            f"{said!r} is no choice",
            hint=f"Say {', '.join(CHOICES)}: a is the one that stands first.",
        )
    before = await diary.entries(person, kind=KIND, topic=offer.id)
    if before and before[-1].body["said"] == said:
        return Labelled(offer=offer.id, said=said, seq=before[-1].seq, repeated=True)
    body = {**_body(offer), "said": said, "source": source}
    key = f"label/{offer.id}/{len(before)}"
    written = await diary.write(key, person, KIND, body, topic=offer.id, at=at)
    return Labelled(offer=offer.id, said=said, seq=written.seq)


async def undo(diary: Diary, person: PersonId, *, at: dt.datetime | None = None) -> str:
    """Take back the newest label that stands, and return its offer; it is asked about again.

    Raises:
        BadInputError: there is none.
    """
    standing = await labels(diary, person)
    if not standing:
        raise BadInputError("there is no label to take back", hint="Label first: 1, 2 or 0.")
    last = max(standing, key=lambda entry: entry.seq)
    n = len(await diary.entries(person, kind=KIND, topic=last.topic))
    body = {"offer": last.topic, "said": TAKEN_BACK}
    await diary.write(f"label/{last.topic}/{n}", person, KIND, body, topic=last.topic, at=at)
    return last.topic


async def labels(diary: Diary, person: PersonId) -> list[Entry]:
    """Return the labels that stand, oldest first."""
    newest = await diary.latest(person, KIND)
    kept = [entry for entry in newest.values() if entry.body["said"] != TAKEN_BACK]
    return sorted(kept, key=lambda entry: entry.seq)


async def queue(diary: Diary, person: PersonId, offered: Sequence[Offer]) -> Queue:
    """Return the next offer nobody answered, and how many there are; what was just taken back comes first."""
    newest = await diary.latest(person, KIND)
    standing = {t: e for t, e in newest.items() if e.body["said"] != TAKEN_BACK}
    open_ = [one for one in offered if one.id not in standing]
    again = {t: e.seq for t, e in newest.items() if e.body["said"] == TAKEN_BACK}
    first = max(open_, key=lambda one: again.get(one.id, 0), default=None)
    last = max(standing.values(), key=lambda entry: entry.seq, default=None)
    return Queue(
        next=first,
        done=len(standing),
        left=len(open_),
        last="" if last is None else last.topic,
    )


def offer_of(body: Mapping[str, Any]) -> Offer:
    """Return the offer that a kept label was about."""
    told = [
        Alternative(text=one["text"], shown=one["shown"], by=Side(**one["by"]))
        for one in (body["one"], body["two"])
    ]
    return Offer(
        id=body["offer"],
        sample=body["sample"],
        subspace=body["subspace"],
        buddy=body["buddy"],
        prompt=tuple(Message(role=m["role"], text=m["content"]) for m in body["prompt"]),
        about=body["about"],
        one=told[0],
        two=told[1],
        held=body.get("held", ""),
    )


def _body(offer: Offer) -> dict[str, Any]:
    sides = {
        name: {"text": one.text, "shown": one.shown, "by": plain(one.by)}
        for name, one in (("one", offer.one), ("two", offer.two))
    }
    return {
        "offer": offer.id,
        "sample": offer.sample,
        "subspace": offer.subspace,
        "buddy": offer.buddy,
        "prompt": [{"role": m.role, "content": m.text} for m in offer.prompt],
        "about": offer.about,
        "held": offer.held,
        **sides,
    }
