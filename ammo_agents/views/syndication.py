"""A person's own feed for a feed reader: newest living cards, ranked, at a secret address.

To be fetched by a program is not to be seen by a person: nothing is presented until somebody answers.
"""

from __future__ import annotations

from typing import Any

from ammo_agents.app import App
from ammo_agents.errors import NotFoundError
from ammo_agents.metaspace import recall as recalling
from ammo_agents.records import Creation, CreationId
from ammo_agents.round import cited, login
from ammo_agents.round.companion import Companion
from ammo_agents.user.rank import Candidates
from ammo_agents.views.cards import sources

Plain = dict[str, Any]
NEWEST = 60
"""Newest living cards that are ranked."""
ENTRIES = 20
"""Entries of the feed: the best of those."""
ACTS = ("like", "skip", "save")
"""Acts an entry links to."""
FORMATS = ("rss.xml", "atom.xml", "feed.json")


async def personal_feed(app: App, *, subspace: str | None = None) -> Plain:
    """Give the feed's entries, best first for this person; nothing is recorded."""
    companion = await app.companion(subspace)
    newest = sorted(companion.living.about, key=lambda one: (one.date, one.id), reverse=True)[
        :NEWEST
    ]
    scores = await _scores(companion, [one.id for one in newest])
    best = sorted(scores, key=lambda id: (-scores[id], id))[:ENTRIES]
    creations = [await app.ledger.creation(id) for id in best]
    facts = {
        f.id: f
        for f in await app.ledger.facts(ids=sorted({i for c in creations for i in cited(c)}))
    }
    entries = [_entry(c, scores[c.id], sources(facts, c)) for c in creations]
    title = app.subspace(subspace).title
    return {
        "title": f"AMMO: {title}, for you",
        "subspace": companion.subspace,
        "updated": max((e["published"] for e in entries), default=app.clock.now().isoformat()),
        "entries": entries,
    }


async def feed_address(app: App, *, rotate: bool = False) -> Plain:
    """Make the secret address of the person's feed, or say when it was made; it is shown only once.

    With `rotate` a new address is made and the old one stops working.
    """
    accounts, now = app.ledger.accounts, app.clock.now()
    standing = [g for g in await accounts.grants(app.person) if g.kind == "feed"]
    if standing and not rotate:
        return {
            "made": standing[0].made.isoformat(),
            "addresses": {},
            "note": "The address is shown only once. A new one, which ends the old: ammo feed-address --rotate",
        }
    secret = await login.make_feed(accounts, app.person, now, label="personal feed")
    for old in standing:
        await accounts.revoke(old.hash)
    return {
        "made": now.isoformat(),
        "addresses": {one: f"/feeds/{secret}/{one}" for one in FORMATS},
        "note": "Who has this address reads your feed. It is not shown again.",
    }


async def answer_entry(app: App, *, card: str, act: str, key: str) -> Plain:
    """Record an act on an entry of the feed; the person has seen the card now, so it is presented first.

    Raises:
        NotFoundError: there is no such living card.
        BadInputError: no such act.
    """
    creation = await app.ledger.creation(CreationId(card))
    companion = await app.companion(creation.subspace)
    if await app.ledger.shown_in(app.person, creation.id) is None:
        one = _candidates(companion, [creation.id])
        await companion.present(await companion.rank(1, candidates=one))
    given = await companion.record(act, creation, key=key)
    return {
        "card": creation.id,
        "title": creation.title.text,
        "act": act,
        "feedback": given.feedback,
        "receipt": given.words,
        "repeated": given.repeated,
    }


async def _scores(companion: Companion, ids: list[CreationId]) -> dict[CreationId, float]:
    if not ids:
        return {}
    found = _candidates(companion, ids)
    q = (await companion.preference()).q
    return dict(zip(found.ids, (found.rows @ q).tolist(), strict=True))


def _candidates(companion: Companion, ids: list[CreationId]) -> Candidates:
    found = recalling.everything(companion.living, only=set(ids))
    if not found.ids:
        raise NotFoundError("the card does not live any more", hint="See: ammo feed")
    rows = companion.frame.rows(found.vectors, found.entities)
    return Candidates(ids=found.ids, rows=rows, buddies=found.buddies)


def _entry(creation: Creation, score: float, found: list[Plain]) -> Plain:
    return {
        "id": creation.id,
        "title": creation.title.text,
        "paragraphs": [creation.hook.text, *(c.text for c in creation.claims)],
        "sources": [
            {
                "number": s["number"],
                "statement": s["statement"],
                "name": s["source"]["name"],
                "url": s["source"]["url"],
                "date": s["date"],
            }
            for s in found
        ],
        "buddy": creation.buddy,
        "subspace": creation.subspace,
        "published": creation.created_at.isoformat(),
        "score": score,
    }
