"""Data sets out of feedback, and labelling sampled alternatives: the same for terminal, web and `--json` (W18)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ammo_agents.aipp.impression import key_of
from ammo_agents.aipp.pairs.files import are_rows, read, read_rows
from ammo_agents.aipp.pairs.gather import Gathered, gather
from ammo_agents.aipp.pairs.label import CHOICES, label, queue, undo
from ammo_agents.aipp.pairs.samples import Offer, found, offers
from ammo_agents.aipp.pairs.set import ABOUT, PairSet, Wanted, made
from ammo_agents.aipp.pairs.sides import users_of
from ammo_agents.app import App
from ammo_agents.errors import NotFoundError
from ammo_agents.records import PersonId

Plain = dict[str, Any]
TRAINING, SETS, SAMPLES = "training", "sets", "samples"
"""Folders of decision 0017, below the data folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a set is built from."""

    wanted: Wanted
    files: tuple[Path, ...] = ()
    """Files of pairs instead of this home's feedback."""
    subspace: str = ""
    buddy: str = ""
    simulated: tuple[str, ...] = ()
    """People of this home who are none: what they said is labelled simulated."""


async def build(app: App, asked: Asked, *, keep: bool = True) -> PairSet:
    """Return a data set of this home's feedback, or of files, and write it below ``training/sets`` if kept.

    Raises:
        BadInputError: nothing is left, or it cannot be split, each time with what went where; a broken file.
        LeakError: the split shares something.
    """
    given = await _of_files(asked.files) if asked.files else await _of_home(app, asked)
    origin = ", ".join(str(path) for path in asked.files) or "ledger"
    target = asked.buddy or asked.subspace
    wanted = replace(asked.wanted, made=app.clock.now(), origin=origin, target=target)
    fresh = await asyncio.to_thread(made, given, wanted)
    if keep:
        await asyncio.to_thread(fresh.save, sets_folder(app) / fresh.name)
    return fresh


async def sets(app: App) -> Plain:
    """List the data sets of this home with what was counted of each, the newest first."""
    return {"sets": await asyncio.to_thread(_sets, sets_folder(app))}


async def label_next(app: App, *, target: str = "") -> Plain:
    """Give the next two texts to choose from, of one buddy or subspace if named; nothing is recorded."""
    return await _standing(app, target, await _offers(app, target))


async def label_say(app: App, *, offer: str, said: str, target: str = "") -> Plain:
    """Keep ``a`` (the first), ``b``, ``equal`` or ``neither``, and give the next two texts.

    Raises:
        NotFoundError: nobody is offered this any more.
        BadInputError: a word that is no choice.
    """
    offered = await _offers(app, target)
    asked = found(offered, offer)
    if asked is None:
        raise NotFoundError(
            f"no offer {offer!r}", hint="See what is offered: ammo train data label"
        )
    kept = await label(app.ledger.diary, app.person, asked, said, at=app.clock.now())
    told = {"offer": kept.offer, "said": kept.said, "repeated": kept.repeated}
    return {**await _standing(app, target, offered), "kept": told}


async def label_undo(app: App, *, target: str = "") -> Plain:
    """Take the newest label back, and show what it was about again.

    Raises:
        BadInputError: there is none.
    """
    back = await undo(app.ledger.diary, app.person, at=app.clock.now())
    return {**await _standing(app, target, await _offers(app, target)), "taken_back": back}


def sets_folder(app: App) -> Path:
    """Return where data sets lie."""
    return app.folders.data / TRAINING / SETS


async def people_of(app: App) -> tuple[PersonId, ...]:
    """Return the people of this home: who it belongs to, and everybody with an account."""
    accounts = await app.ledger.accounts.accounts()
    own = PersonId(app.settings.person)
    return tuple(dict.fromkeys((own, app.person, *(one.person for one in accounts))))


async def _of_home(app: App, asked: Asked) -> Gathered:
    key = await asyncio.to_thread(key_of, app.folders.data)
    people = (*await people_of(app), *(PersonId(name) for name in asked.simulated))
    return await gather(
        app.ledger,
        people,
        key,
        subspace=asked.subspace,
        buddy=asked.buddy,
        simulated=frozenset(PersonId(name) for name in asked.simulated),
    )


async def _of_files(files: Sequence[Path]) -> Gathered:
    told = Gathered()
    for path in files:
        reader = read_rows if await asyncio.to_thread(are_rows, path) else read
        told.add(await asyncio.to_thread(reader, path))
    every = (*told.pairs, *told.rows)
    told.events["given"] = len(every)
    told.people = told.consenting = len({user for one in every for user in users_of(one)})
    return told


async def _offers(app: App, target: str) -> list[Offer]:
    folder = app.folders.data / TRAINING / SAMPLES
    wanted = target.removeprefix("@")
    every = await asyncio.to_thread(offers, folder, app.person)
    return [
        o for o in every if not wanted or wanted in {o.subspace, o.buddy, o.buddy.partition("/")[2]}
    ]


async def _standing(app: App, target: str, offered: Sequence[Offer]) -> Plain:
    here = await queue(app.ledger.diary, app.person, offered)
    note = (
        "" if here.next else "Everything was answered. More to choose from: ammo train sample @NAME"
    )
    if not offered:
        note = "There is nothing to choose from yet. Let a buddy write: ammo train sample @NAME"
    return {
        "offer": None if here.next is None else _offer(here.next),
        "done": here.done,
        "left": here.left,
        "undo": here.last,
        "choices": list(CHOICES),
        "target": target,
        "note": note,
    }


def _offer(one: Offer) -> Plain:
    return {
        "id": one.id,
        "subspace": one.subspace,
        "buddy": one.buddy,
        "about": one.about,
        "asked": one.prompt[-1].text if one.prompt else "",
        "a": {"text": one.one.shown, "model": one.one.by.model, "adapter": one.one.by.adapter},
        "b": {"text": one.two.shown, "model": one.two.by.model, "adapter": one.two.by.adapter},
    }


def _sets(folder: Path) -> list[Plain]:
    told = []
    for path in sorted(folder.glob(f"*/{ABOUT}")):
        try:
            about = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            about = {"fault": f"{path} cannot be read"}
        told.append({"name": path.parent.name, **about})
    return sorted(told, key=lambda one: str(one.get("made") or ""), reverse=True)
