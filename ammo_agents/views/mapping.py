"""Drawing the map of subspaces anew: link, unlink, merge, split, and the way back (W5)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from ammo_agents.app import App
from ammo_agents.errors import BadInputError
from ammo_agents.records import Composition, CompositionKind, EntityId, SubspaceId
from ammo_agents.round import abroad
from ammo_agents.round.districts import Atlas, Share, checked, drawn

Plain = dict[str, Any]


async def link(
    app: App, *, source: str, into: str, entities: str = "", dry_run: bool = False
) -> Plain:
    """Show what is written in one subspace in the feed of another too."""
    return await _compose(app, "link", [source], into, entities=entities, dry_run=dry_run)


async def unlink(app: App, *, source: str, into: str, dry_run: bool = False) -> Plain:
    """Show it there no longer."""
    return await _compose(app, "unlink", [source], into, dry_run=dry_run)


async def merge(
    app: App,
    *,
    first: str,
    second: str,
    into: str,
    title: str = "",
    dry_run: bool = False,
) -> Plain:
    """Make one feed, one graph view and one preference of two; their worlds go on apart."""
    pair = [first, second]
    return await _compose(app, "merge", pair, into, title=title, dry_run=dry_run)


async def split(
    app: App,
    *,
    source: str,
    entities: str,
    into: str,
    title: str = "",
    dry_run: bool = False,
) -> Plain:
    """Show some entities of a subspace in a feed of their own, and no longer in its feed."""
    return await _compose(
        app, "split", [source], into, entities=entities, title=title, dry_run=dry_run
    )


async def unmap(app: App, *, dry_run: bool = False) -> Plain:
    """Take the newest change of the map back: everything is as before it."""
    before = abroad.atlas_of(app)
    if dry_run:
        standing = app.parts.compositions
        if not standing:
            raise BadInputError(
                "no change of the map is left to take back", hint="ammo subspace map"
            )
        gone, rest = standing[-1], standing[:-1]
        after = drawn(rest, [s.id for s in app.plugins.subspaces()])
        return {"taken_back": _plain(gone), "dry_run": True, **await _changed(app, before, after)}
    gone = await app.ledger.decompose(f"decompose/{uuid.uuid4().hex}")
    await _read_again(app)
    after = abroad.atlas_of(app)
    return {"taken_back": _plain(gone), "dry_run": False, **await _changed(app, before, after)}


async def atlas(app: App) -> Plain:
    """List every feed with what it shows, and the changes that made it so."""
    return {
        "feeds": await _feeds(app, abroad.atlas_of(app)),
        "changes": [_plain(one) for one in app.parts.compositions],
    }


async def _compose(  # noqa: PLR0913 - the words of every change
    app: App,
    kind: CompositionKind,
    subspaces: Sequence[str],
    into: str,
    *,
    entities: str = "",
    title: str = "",
    dry_run: bool = False,
) -> Plain:
    change = Composition(
        kind=kind,
        subspaces=tuple(SubspaceId(name) for name in subspaces),
        into=SubspaceId(into),
        entities=tuple(EntityId(e.strip()) for e in entities.split(",") if e.strip()),
        title=title,
    )
    before = abroad.atlas_of(app)
    known = {s.id: await app.knowledge(s) for s in app.plugins.subspaces()}
    checked(change, before, known)
    after = drawn([*app.parts.compositions, change], list(known))
    if not dry_run:
        await app.ledger.compose(f"compose/{uuid.uuid4().hex}", change)
        await _read_again(app)
    return {"change": _plain(change), "dry_run": dry_run, **await _changed(app, before, after)}


async def _read_again(app: App) -> None:
    app.parts.compositions[:] = await abroad.changes(app.ledger)
    await abroad.redraw(app)


async def _changed(app: App, before: Atlas, after: Atlas) -> Plain:
    """Return how many living cards each feed shows before and after, where that changes."""
    old = {row["id"]: row for row in await _feeds(app, before)}
    new = {row["id"]: row for row in await _feeds(app, after)}
    rows = []
    for id in sorted({*old, *new}):
        was, is_ = old.get(id), new.get(id)
        if was != is_:
            rows.append({
                "id": id,
                "title": (is_ or was or {})["title"],
                "shows": [] if is_ is None else is_["shows"],
                "cards_before": None if was is None else was["cards"],
                "cards_after": None if is_ is None else is_["cards"],
                "listed": is_ is not None and is_["listed"],
            })
    return {"feeds": rows}


async def _feeds(app: App, atlas: Atlas) -> list[Plain]:
    rows = []
    for space in app.plugins.subspaces():
        shares = atlas.feeds.get(space.id, (Share(subspace=space.id),))
        rows.append(await _feed(app, atlas, space.id, space.title, shares))
    rows += [await _feed(app, atlas, d.id, d.title, d.shares) for d in atlas.districts.values()]
    return sorted(rows, key=lambda row: row["id"])


async def _feed(
    app: App, atlas: Atlas, id: SubspaceId, title: str, shares: Sequence[Share]
) -> Plain:
    installed = {space.id: space for space in app.plugins.subspaces()}
    cards: set[str] = set()
    for share in shares:
        if share.subspace in installed:
            living = await app.living(installed[share.subspace])
            cards |= {one.id for one in living.about if share.takes(one)}
    return {
        "id": id,
        "title": title,
        "shows": [_words(share) for share in shares],
        "cards": len(cards),
        "listed": id not in atlas.merged,
    }


def _words(share: Share) -> str:
    """Return a share in words: ``coin``, ``coin: bitcoin only``, ``coin without bitcoin``."""
    only, never = (
        ", ".join(sorted(e.partition("/")[2] for e in named)) for named in (share.only, share.never)
    )
    return (
        f"{share.subspace}{f': {only} only' if only else ''}{f' without {never}' if never else ''}"
    )


def _plain(change: Composition) -> Plain:
    return {
        "kind": change.kind,
        "subspaces": list(change.subspaces),
        "into": change.into,
        "entities": list(change.entities),
    }
