"""What other people teach your User Buddy: learning it, what it is, who agreed, and who is like you (W12).

Nothing here shows what fewer than five people said.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from ammo_agents.aipp.community import ANONYMOUS, BLOCKS, Community
from ammo_agents.app import App
from ammo_agents.errors import BadInputError
from ammo_agents.ports import Subspace
from ammo_agents.replay.lessons import Learnt, Lesson, Told, learnt, of_home, of_log
from ammo_agents.replay.reading import read_log
from ammo_agents.round import commons

Plain = dict[str, Any]
BLOCK_NAMES = ("start", "well_liked", "well_known", "text", "factors")
SHOWN = 12
"""Favourites of a circle that are listed."""
TRACE = "What others were taught may hold a trace of you until they learn again: ammo community learn --home"


def _quiet(what: str, done: int, total: int | None) -> None:
    """Hear nothing."""


async def learn(
    app: App,
    *,
    data: str = "",
    home: bool = False,
    subspace: str | None = None,
    told: Told = _quiet,
) -> Plain:
    """Learn from a ratings log, or from the people of this home who agreed; your buddy uses it at once.

    Raises:
        BadInputError: neither or both, or a log that cannot be read.
        RefusedError: too few people, or too few entities of this subspace.
    """
    if bool(data) == home:
        raise BadInputError(
            "a community is learned from a log or from this home",
            hint="ammo community learn --data DIR, or: ammo community learn --home",
        )
    space, began = app.subspace(subspace), time.perf_counter()
    lesson = await _lesson(app, space, data, told)
    found = await learnt(app, lesson, anonymous=ANONYMOUS if home else 1, told=told)
    fingerprint = await commons.keep(
        app.ledger, found.community, space.id, app.person if home else None
    )
    await app.teach_again(space)
    seconds = round(time.perf_counter() - began, 1)
    return {
        "subspace": space.id,
        "community": fingerprint,
        "from": "home" if home else data,
        **_learnt(found, lesson),
        "seconds": seconds,
    }


async def show(app: App, *, subspace: str | None = None) -> Plain:
    """Show the community that serves you in a subspace, and whether you agreed to be learned from."""
    space = app.subspace(subspace)
    fingerprint = await commons.named(app.ledger, space.id, app.person)
    agreed = await commons.joined(app.ledger)
    answer: Plain = {
        "subspace": space.id,
        "community": fingerprint or None,
        "you_joined": app.person in agreed,
        "people_joined": _hidden(len(agreed)),
    }
    if not fingerprint:
        return {**answer, "note": "Nobody else is known here: ammo community learn --data DIR"}
    own = await app.ledger.meta(commons.stamp_of(space.id, app.person))
    taught = await app.taught(space)
    answer["from"] = "home" if own else "log"
    if taught.community is None:
        return {**answer, "note": f"Not served: {taught.fault}"}
    entities = len(taught.community.tables.index)
    return {**answer, "entities_with_own_rows": entities, **_community(taught.community)}


async def forget(app: App, *, subspace: str | None = None) -> Plain:
    """Forget what other people taught; states are folded again with the fixed prior, nothing else is lost."""
    space = app.subspace(subspace)
    dropped = await commons.drop(app.ledger, space.id, app.person)
    await app.teach_again(space)
    return {
        "subspace": space.id,
        "forgotten": dropped,
        "note": "Your buddy begins with the fixed prior; every act of yours is kept."
        if dropped
        else "There was no community to forget.",
    }


async def join(app: App) -> Plain:
    """Agree that others of this home may be taught by what you said; nothing is shown of fewer than five."""
    await commons.agree(app.ledger, (*await commons.joined(app.ledger), app.person))
    return {
        "person": app.person,
        "joined": True,
        "note": f"Your acts may teach others of this home, with {ANONYMOUS} or more people together. "
        "Withdraw with: ammo community leave",
    }


async def leave(app: App) -> Plain:
    """Withdraw the agreement: what is learned from now on is learned without you."""
    before = await commons.joined(app.ledger)
    await commons.agree(app.ledger, [one for one in before if one != app.person])
    note = TRACE if app.person in before else "You had not joined."
    return {"person": app.person, "joined": False, "note": note}


async def circle(app: App, *, subspace: str | None = None) -> Plain:
    """Show the people of a taste like yours, in totals, and what they like more than others."""
    space = app.subspace(subspace)
    companion = await app.companion(subspace)
    near = companion.alike()
    if near is None:
        known = companion.circles is not None
        note = (
            "Nobody here is known to have a taste like yours yet: say what you like of some more cards."
            if known
            else "No circles are known here: ammo community learn --data DIR"
        )
        return {"subspace": space.id, "people": None, "favourites": [], "note": note}
    found, likeness = near
    names = {str(e.id): e.name for e in (await app.knowledge(space)).entities}
    return {
        "subspace": space.id,
        "people": found.people,
        "likeness": round(likeness, 3),
        "favourites": [
            {
                "entity": entity,
                "name": names.get(entity, entity),
                "liked_by": how.people,
                "more_than_elsewhere": round(how.more, 3),
            }
            for entity, how in found.favourites(SHOWN)
        ],
        "note": f"Totals over {ANONYMOUS} people or more; likeness is a correlation of predicted scores.",
    }


async def _lesson(app: App, space: Subspace, data: str, told: Told) -> Lesson:
    knowledge = await app.knowledge(space)
    if not data:
        people = [one for one in await commons.joined(app.ledger) if one != app.person]
        return await of_home(app.ledger, space, knowledge, people)
    told("reading the log", 0, None)
    log = await asyncio.to_thread(read_log, Path(data))
    return await asyncio.to_thread(of_log, log, space, knowledge, served=app.person)


def _learnt(found: Learnt, lesson: Lesson) -> Plain:
    return {
        "entities": found.entities,
        "entities_spoken_of": lesson.spoken,
        "entities_with_own_rows": found.own_rows,
        "factoriser": found.factoriser or None,
        **_community(found.community),
        "notes": list(found.notes),
    }


def _community(community: Community) -> Plain:
    prior, told = community.prior, community.likelihood
    circles = () if community.circles is None else community.circles.circles
    return {
        "people": community.people,
        "prior": {
            "means": {
                name: round(float(value), 4)
                for name, value in zip(BLOCK_NAMES, prior.mean[:3], strict=False)
            },
            "variances": {
                name: round(float(prior.variance[block.start]), 5)
                for name, block in zip(BLOCK_NAMES, BLOCKS, strict=True)
            },
            "noise": round(prior.noise, 5),
            "company": prior.company,
            "learned": bool(told),
        },
        "log_likelihood": {"first": round(told[0], 1), "last": round(told[-1], 1)}
        if told
        else None,
        "circles": [one.people for one in circles],
    }


def _hidden(count: int) -> int | str:
    return count if count >= ANONYMOUS else f"fewer than {ANONYMOUS}"
