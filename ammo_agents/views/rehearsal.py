"""A buddy before anybody else sees it: its cards in a copy of its world, and what they may expect (W7, W8)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ammo_agents.app import App
from ammo_agents.authoring import buddy_file
from ammo_agents.errors import BadInputError
from ammo_agents.geometry import NEAR
from ammo_agents.goal.principles import Charter, named_in
from ammo_agents.records import (
    VOCABULARY,
    BuddyId,
    Creation,
    Flag,
    GoalBuddy,
    Placed,
    Rejected,
    SubspaceId,
    Wide,
)
from ammo_agents.round.prospect import (
    Slots,
    drawn_people,
    losers,
    mean_of,
    nearest,
    share_of,
    slots_of,
)
from ammo_agents.round.rehearsal import Take, rehearse
from ammo_agents.round.world import World
from ammo_agents.user.rank import Candidates
from ammo_agents.views.shelf import find_buddy

Plain = dict[str, Any]
MOST_CARDS = 40
MOST_PEOPLE = 400
LOSERS = 5


async def rehearsed(app: App, *, name: str, cards: int = 5, subspace: str | None = None) -> Plain:
    """Let one buddy write in a copy of its world; show its cards, and why others would not go out."""
    world, buddy = await _staged(app, name, subspace, cards)
    takes = await rehearse(world, buddy, cards=cards)
    shown = [_take(take) for take in takes]
    return {
        **_about(world, buddy),
        "cards": shown,
        "passed": sum("card" in take for take in shown),
        "silent": not takes,
        "note": "Nothing was published. Its model calls count on today's budget.",
    }


async def preview(
    app: App, *, name: str, cards: int = 5, people: int = 50, subspace: str | None = None
) -> Plain:
    """Say what a buddy's cards may expect: who would see them, what they cost, what they repeat, with n and interval."""
    if not 1 <= people <= MOST_PEOPLE:
        raise BadInputError(
            f"{people} people cannot be simulated", hint=f"Ask for 1 to {MOST_PEOPLE}: --people 50"
        )
    world, buddy = await _staged(app, name, subspace, cards)
    takes = await rehearse(world, buddy, cards=cards)
    placed = [take.outcome for take in takes if isinstance(take.outcome, Placed)]
    space = buddy.subspace
    return {
        **_about(world, buddy),
        "cards": asdict(share_of(len(placed), len(takes))),
        "refused": [
            {"stage": t.outcome.stage, "reason": t.outcome.reason}
            for t in takes
            if isinstance(t.outcome, Rejected)
        ],
        "grounding": asdict(_grounded(takes)),
        "cost": _cost(takes),
        "principles": _principles(takes, world.charter(buddy)),
        "repeats": _repeats(placed, world),
        "people": {
            "recorded": await _recorded(app, space, placed),
            "simulated": await _simulated(app, space, placed, people),
        },
        "slots": app.settings.slots,
        "note": "Nothing was published. Its model calls count on today's budget.",
    }


async def _staged(app: App, name: str, subspace: str | None, cards: int) -> tuple[World, GoalBuddy]:
    """Return a world to rehearse in and the buddy, which may be a file that is not installed.

    Raises:
        BadInputError: the file is no buddy, or it cannot work in its subspace, and why.
        NotFoundError: no such buddy.
    """
    if not 1 <= cards <= MOST_CARDS:
        raise BadInputError(
            f"{cards} cards cannot be tried", hint=f"Ask for 1 to {MOST_CARDS}: --cards 5"
        )
    if name.endswith(".md"):
        space = None if subspace is None else SubspaceId(subspace)
        buddy = await asyncio.to_thread(buddy_file.read, Path(name), space=space)
        world = await app.rehearsal(buddy.subspace, buddy)
    else:
        buddy = await find_buddy(app, name, subspace)
        world = await app.rehearsal(buddy.subspace)
    if buddy.id not in world.buddies:
        forms = "; ".join(form for form, _ in VOCABULARY)
        raise BadInputError(
            f"this buddy cannot work: {world.faults.get(buddy.id, 'it is not in its world')}",
            hint=f"Principles that can be checked: {forms}.",
        )
    return world, world.buddies[buddy.id]


def _about(world: World, buddy: GoalBuddy) -> Plain:
    return {
        "buddy": {
            "id": buddy.id,
            "name": buddy.name,
            "subspace": buddy.subspace,
            "entity": buddy.entity,
            "fault": world.faults.get(buddy.id, ""),
            "budget": world.allowance(buddy.id),
            "cost_weight": world.cost_weight(buddy),
        },
        "day": world.triggers.day().isoformat(),
    }


def _take(take: Take) -> Plain:
    plain: Plain = {
        "kind": take.stimulus.kind.value,
        "date": take.stimulus.date.isoformat(),
        "seconds": round(take.seconds, 3),
        "tokens": take.usage.tokens_in + take.usage.tokens_out,
        "money": take.usage.money,
    }
    match take.outcome:
        case Rejected() as no:
            return plain | {
                "stage": no.stage,
                "reason": no.reason,
                "cost": no.cost,
                "flags": [_flag(flag) for flag in no.flags],
            }
        case Placed(creation=one):
            return plain | {"card": _card(one, take), "flags": [_flag(flag) for flag in one.flags]}


def _card(one: Creation, take: Take) -> Plain:
    facts = {fact.id: fact for fact in take.known}
    return {
        "title": one.title.text,
        "cost": one.cost,
        "visibility": one.visibility,
        "model": one.model,
        "sentences": [
            {
                "text": claim.text,
                "author": claim.author,
                "sources": [
                    {"statement": facts[id].statement, "source": facts[id].source.name}
                    for id in claim.facts
                ],
            }
            for claim in (one.hook, *one.claims)
        ],
    }


def _flag(flag: Flag) -> Plain:
    return {"text": flag.text, "reason": flag.reason}


def _grounded(takes: Sequence[Take]) -> Any:
    """Return the share of the sentences a model offered that stand in a card."""
    tried, kept = 0, 0
    for take in takes:
        if isinstance(take.outcome, Rejected):
            tried += take.outcome.tried
            continue
        one = take.outcome.creation
        tried += one.tried
        kept += sum(c.author == "model" for c in (one.title, one.hook, *one.claims))
    return share_of(min(kept, tried), tried)


def _cost(takes: Sequence[Take]) -> Plain:
    """Give what one attempt costs: Cost(e), tokens, dollars, seconds."""
    costs = [
        t.outcome.creation.cost if isinstance(t.outcome, Placed) else t.outcome.cost for t in takes
    ]
    tokens = [float(t.usage.tokens_in + t.usage.tokens_out) for t in takes]
    return {
        "misinformation": asdict(mean_of(costs, low=0.0, high=1.0)),
        "tokens": asdict(mean_of(tokens, low=0.0)),
        "money": asdict(mean_of([t.usage.money for t in takes], low=0.0)),
        "seconds": asdict(mean_of([t.seconds for t in takes], low=0.0)),
    }


def _principles(takes: Sequence[Take], charter: Charter) -> list[Plain]:
    """Give each principle, whose it is, and how often it stopped a sentence or a card."""
    counts: dict[str, int] = {one.text: 0 for one in charter.all}
    shared = {one.text for one in charter.collective}
    for take in takes:
        one = take.outcome
        flags = one.flags if isinstance(one, Rejected) else one.creation.flags
        reasons = [flag.reason for flag in flags]
        reasons += [one.reason] if isinstance(one, Rejected) else []
        for name in filter(None, map(named_in, reasons)):
            counts[name] = counts.get(name, 0) + 1
    return [
        {
            "principle": name,
            "scope": "collective" if name in shared else "individual",
            "broken": n,
            "n": len(takes),
        }
        for name, n in counts.items()
    ]


def _repeats(placed: Sequence[Placed], world: World) -> Plain:
    """Give how near the cards are to what lives and to each other."""
    if not placed:
        return {"near": NEAR, "n": 0, "living": [], "own": []}
    there, own = nearest(np.stack([p.vector for p in placed]), world.living.matrix)
    return {
        "near": NEAR,
        "n": len(placed),
        "living": [round(cosine, 4) for cosine in there],
        "own": [round(cosine, 4) for cosine in own[1:]],
    }


async def _recorded(app: App, space: SubspaceId, placed: Sequence[Placed]) -> Plain:
    """Give what the people of this home would see of the cards."""
    people = {app.person, *(a.person for a in await app.ledger.accounts.accounts())}
    seen = [await _seen_by(app.of(person), space, placed) for person in sorted(people)]
    return _told(seen)


async def _seen_by(app: App, space: SubspaceId, placed: Sequence[Placed]) -> Slots:
    companion = await app.companion(space)
    preference = await companion.preference()
    rivals = await companion.recall(preference)
    rows = _rows(companion.frame, placed)
    return slots_of(
        preference.q,
        rivals,
        rows,
        _buddy(placed),
        n=companion.settings.slots,
        epsilon=companion.settings.exploration,
    )


async def _simulated(app: App, space: SubspaceId, placed: Sequence[Placed], n: int) -> Plain:
    """Give what n people drawn from what is believed about newcomers here would see of the cards."""
    taught = await app.taught(app.subspace(space))
    living = await app.living(app.subspace(space))
    order = living.rows_since(None)
    about = [living.about[i] for i in order]
    ids = tuple(one.id for one in about)
    rivals = Candidates(
        ids=ids,
        rows=living.featured(taught.frame, ids),
        buddies=tuple(one.buddy for one in about),
    )
    tastes = drawn_people(taught.prior, taught.frame.width, n=n, seed=app.settings.seed)
    rows = _rows(taught.frame, placed)

    def weigh() -> list[Slots]:
        slots, epsilon = app.settings.slots, app.settings.exploration
        return [slots_of(q, rivals, rows, _buddy(placed), n=slots, epsilon=epsilon) for q in tastes]

    return _told(await asyncio.to_thread(weigh)) | {"prior": taught.prior.fingerprint}


def _rows(frame: Any, placed: Sequence[Placed]) -> Wide:
    if not placed:
        return np.empty((0, frame.width))
    rows: Wide = frame.rows(
        np.stack([p.vector for p in placed]), [p.creation.entity for p in placed]
    )
    return rows


def _buddy(placed: Sequence[Placed]) -> BuddyId:
    return placed[0].creation.buddy if placed else BuddyId("")


def _told(seen: Sequence[Slots]) -> Plain:
    return {
        "n": len(seen),
        "visibility": asdict(mean_of([one.visibility for one in seen], low=0.0, high=1.0)),
        "slots_taken": asdict(mean_of([one.taken for one in seen], low=0.0)),
        "from": [{"buddy": b, "share": round(s, 4)} for b, s in losers(seen, most=LOSERS)],
    }
