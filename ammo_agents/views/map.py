"""The map: living creations on a plane, where the person stands in it and stood before, and where nobody was.

The picture is flattened for the eye; every distance that is told is measured in the space itself.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ammo_agents.aipp.preference import begin, learn
from ammo_agents.app import App
from ammo_agents.errors import BadInputError
from ammo_agents.geometry import TEXT_BLOCK, Basis, features
from ammo_agents.geometry.plane import Plane, flatten, nearest, toward
from ammo_agents.geometry.space import SMALLEST
from ammo_agents.metaspace.living import Living
from ammo_agents.records import BuddyId, CreationId, FeedbackId, GoalBuddy, Matrix, Wide
from ammo_agents.round.companion import Companion
from ammo_agents.views import asking, talk

Plain = dict[str, Any]
TRAIL = 30
"""Days that the trail goes back."""
MEASURED = 1_500
"""Living creations up to which each one's nearest two are measured."""
NEIGHBOURS = 2
APART = (0.42, 0.2, 0.07)
"""How far labels of the three zoom levels keep from each other, in units of the picture (it is 2 wide)."""
MOST_AT_ONCE = 6
"""Regions that one More or Less from a lasso speaks of, those with most of its cards first."""
DOING = {"more": "like", "less": "dislike"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flat:
    """What is drawn: rows of living creations, placed."""

    about: Sequence[Living]
    rows: Matrix = field(compare=False)
    """Shape (n, D)."""
    plane: Plane
    places: Wide = field(compare=False)
    """Shape (n, 2), in [-1, 1]."""
    near: Wide | None = field(compare=False)
    """The cosine between each card's text and the person's taste, shape (n,), in [-1, 1]; None = no taste yet."""


async def picture(app: App, *, subspace: str | None = None) -> Plain:
    """Draw a subspace: points, labels at three zooms, regions, the person's star and its trail of 30 days."""
    space = app.subspace(subspace)
    companion = await app.companion(space.id)
    basis = companion.frame.basis
    base = {
        "subspace": space.id,
        "title": space.title,
        "subspaces": [{"id": s.id, "title": s.title} for s in app.plugins.subspaces()],
        "dim": basis.dim,
        "events": len(companion.events),
    }
    buddies = {buddy.id: buddy for buddy in await app.buddies(space)}
    if not len(companion.living):
        rows = _regions(buddies, [], set(), None)
        return {
            **base,
            "points": [],
            "labels": [],
            "regions": rows,
            "you": None,
            "share": 0.0,
            "days": [],
        }
    q = (await companion.preference()).q
    seen = await app.ledger.seen(app.person, space.id)
    about, matrix = tuple(companion.living.about), companion.living.matrix
    flat = await asyncio.to_thread(_flat, about, matrix, basis, q)
    regions = _regions(buddies, about, seen, flat)
    today = app.clock.now().astimezone(dt.UTC).date()
    return {
        **base,
        "share": flat.plane.share,
        "days": [min(a.date for a in about).isoformat(), max(a.date for a in about).isoformat()],
        "points": await asyncio.to_thread(_points, flat, regions, seen),
        "labels": _labels(regions),
        "regions": regions,
        "you": _you(companion, flat, q, today),
    }


async def tell(
    app: App, *, do: str, buddies: Sequence[str], subspace: str | None = None, key: str = ""
) -> Plain:
    """Say More or Less of regions, or send a scout to the first of them: somebody who writes a card there.

    Raises:
        BadInputError: no region, or nothing that can be done.
        NotFoundError: nobody knows the region.
    """
    space = app.subspace(subspace)
    known = {buddy.id: buddy for buddy in await app.buddies(space)}
    named = [known[BuddyId(name)] for name in dict.fromkeys(buddies) if BuddyId(name) in known]
    if not named:
        raise BadInputError("no region of this map is named", hint="Choose one in the table.")
    if do == "scout":
        return await _scout(app, named[0])
    if do not in DOING:
        raise BadInputError(f"nothing on the map is called {do!r}", hint="Say more, less or scout.")
    kept = [
        await asking.answer(
            app,
            about=buddy.entity,
            said=DOING[do],
            key=f"{key}/{buddy.id}" if key else "",
            subspace=space.id,
        )
        for buddy in named[:MOST_AT_ONCE]
    ]
    return {
        "did": do,
        "about": [
            {"id": b.id, "name": b.name.removesuffix(" Buddy")} for b in named[:MOST_AT_ONCE]
        ],
        "left_out": len(named) - len(kept),
        "feedback": [one["feedback"] for one in kept],
        "receipts": [one["receipt"] for one in kept],
        "next": kept[-1]["next"],
    }


async def take_back(app: App, *, feedback: Sequence[str], subspace: str | None = None) -> Plain:
    """Take back what was said on the map: every act of one press."""
    companion = await app.companion(subspace)
    given = [await companion.take_back(act=FeedbackId(one)) for one in feedback]
    return {
        "did": "undo",
        "feedback": [],
        "receipts": [one.words for one in given],
        "next": [],
    }


async def _scout(app: App, buddy: GoalBuddy) -> Plain:
    slug = buddy.id.partition("/")[2]
    name = buddy.name.removesuffix(" Buddy")
    words = f"@{slug} What is new about {name}?"
    outcome = await talk.write(app, words=words, subspace=buddy.subspace)
    return {
        "did": "scout",
        "about": [{"id": buddy.id, "name": name}],
        "feedback": [],
        "receipts": [],
        **outcome,
    }


# --- what is drawn -------------------------------------------------------------------------
def _flat(about: Sequence[Living], rows: Matrix, basis: Basis, q: Wide) -> Flat:
    plane = flatten(rows)
    taste = q[TEXT_BLOCK]
    length = float(np.linalg.norm(taste))
    near = features(rows, basis)[:, TEXT_BLOCK] @ taste / length if length > SMALLEST else None
    return Flat(about=about, rows=rows, plane=plane, places=plane.place(rows), near=near)


def _points(flat: Flat, regions: Sequence[Plain], seen: set[CreationId]) -> list[Plain]:
    at = {region["id"]: i for i, region in enumerate(regions)}
    measured = len(flat.rows) <= MEASURED
    others, distances = nearest(flat.rows, NEIGHBOURS if measured else 0)
    return [
        {
            "id": one.id,
            "x": _short(flat.places[i, 0]),
            "y": _short(flat.places[i, 1]),
            "title": one.title,
            "region": at.get(one.buddy, -1),
            "date": one.date.isoformat(),
            "seen": one.id in seen,
            "distance": None if flat.near is None else _short(1.0 - flat.near[i]),
            "nearest": [
                {"point": int(j), "distance": _short(d)}
                for j, d in zip(others[i], distances[i], strict=True)
            ],
        }
        for i, one in enumerate(flat.about)
    ]


def _regions(
    buddies: Mapping[BuddyId, GoalBuddy],
    about: Sequence[Living],
    seen: set[CreationId],
    flat: Flat | None,
) -> list[Plain]:
    """Return a row per Goal Buddy: those with cards first, the nearest on top, then those with none."""
    mine: dict[BuddyId, list[int]] = {id: [] for id in buddies}
    for i, one in enumerate(about):
        mine.setdefault(one.buddy, []).append(i)
    rows = [_region(id, buddies.get(id), at, about, seen, flat) for id, at in mine.items()]
    return sorted(rows, key=lambda r: (not r["cards"], -(r["near"] or 0.0), -r["cards"], r["id"]))


def _region(
    id: BuddyId,
    buddy: GoalBuddy | None,
    at: Sequence[int],
    about: Sequence[Living],
    seen: set[CreationId],
    flat: Flat | None,
) -> Plain:
    name = id.partition("/")[2] if buddy is None else buddy.name.removesuffix(" Buddy")
    row: Plain = {
        "id": id,
        "slug": id.partition("/")[2],
        "name": name,
        "cards": len(at),
        "seen": sum(about[i].id in seen for i in at),
        "near": None,
        "x": None,
        "y": None,
        "spread": 0.0,
    }
    if flat is None or not at:
        return row
    places = flat.places[list(at)]
    centre = places.mean(axis=0)
    spread = float(np.linalg.norm(places - centre, axis=1).mean())
    near = None if flat.near is None else _short(flat.near[list(at)].mean())
    return {
        **row,
        "x": _short(centre[0]),
        "y": _short(centre[1]),
        "spread": _short(spread),
        "near": near,
    }


def _labels(regions: Sequence[Plain]) -> list[Plain]:
    """Return a label per region that has room, with the zoom level (0, 1, 2) from which it is shown."""
    placed: list[Plain] = []
    waiting = sorted((r for r in regions if r["cards"]), key=lambda r: (-r["cards"], r["id"]))
    for level, apart in enumerate(APART):
        left = []
        for region in waiting:
            free = all(
                abs(region["x"] - p["x"]) > apart or abs(region["y"] - p["y"]) > apart / 3
                for p in placed
            )
            if free or level == len(APART) - 1:
                placed.append({
                    "text": region["name"],
                    "x": region["x"],
                    "y": region["y"],
                    "level": level,
                    "cards": region["cards"],
                })
            else:
                left.append(region)
        waiting = left
    return placed


def _you(companion: Companion, flat: Flat, q: Wide, today: dt.date) -> Plain:
    """Return where the person's taste points now, and at the end of each day they said something on."""
    basis = companion.frame.basis
    reach = float(np.median(np.linalg.norm(flat.rows - basis.mean, axis=1)))
    here = toward(q, basis, reach)
    trail = [
        {"date": day.isoformat(), **_point(flat.plane, place)}
        for day, state in _history(companion, today - dt.timedelta(days=TRAIL))
        if (place := toward(state, basis, reach)) is not None
    ]
    at = flat.plane.mean if here is None else here
    return {**_point(flat.plane, at), "known": here is not None, "trail": trail}


def _history(companion: Companion, since: dt.date) -> list[tuple[dt.date, Wide]]:
    """Return q as it was at the end of each day with an act, oldest first: the fold, day by day."""
    state = begin(
        companion.person,
        companion.subspace,
        basis=companion.frame.fingerprint,
        prior=companion.prior,
        width=companion.frame.width,
    )
    ends: dict[dt.date, Wide] = {}
    for event in companion.events:
        state = learn(state, event, prior=companion.prior)
        day = event.feedback.at.astimezone(dt.UTC).date()
        if day >= since:
            ends[day] = state.q
    return sorted(ends.items())


def _point(plane: Plane, place: Wide) -> dict[str, float]:
    x, y = plane.place(place[None])[0]
    return {"x": _short(x), "y": _short(y)}


def _short(value: float) -> float:
    return round(float(value), 4)
