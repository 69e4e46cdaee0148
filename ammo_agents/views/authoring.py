"""Buddies without code: write one, import a character card, say yes to it, take one away; a running AMMO follows at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from ammo_agents import durable
from ammo_agents.app import App
from ammo_agents.authoring import buddy_file, character, quarantine
from ammo_agents.authoring.graph_file import slug_of
from ammo_agents.authoring.refusal import instead
from ammo_agents.authoring.shelf import BUDDIES
from ammo_agents.errors import BadInputError, NotFoundError
from ammo_agents.ports import Subspace
from ammo_agents.records import BuddyId, EntityId, GoalBuddy
from ammo_agents.round.roster import rostered
from ammo_agents.views import provenance

Plain = dict[str, Any]


async def buddy_new(
    app: App, *, name: str, entity: str, subspace: str | None = None, **more: Any
) -> Plain:
    """Write a Goal Buddy as a Markdown file and let it work at once; `more` are further keys of the file and ``prompt``.

    Raises:
        BadInputError: a name without letters, a key nobody knows, a value that cannot be used, a file that is there already.
        NotFoundError: the subspace is not installed, or has no such entity; the nearest one is told.
    """
    space = app.subspace(subspace)
    slug = slug_of(name)
    if not slug:
        raise BadInputError(f"{name!r} has no letters for a file's name", hint="Call it by a word.")
    path = app.folders.data / BUDDIES / space.id / f"{slug}.md"
    about = await find_entity(app, space, entity)
    text = buddy_file.drafted({
        "name": " ".join(name.split()),
        "space": space.id,
        "entity": _slug(about),
        **more,
    })
    buddy = buddy_file.parse(text, path, space=space.id)
    await _refuse_unable(app, space, buddy)
    if buddy.id in app.shelf.buddies or await asyncio.to_thread(path.exists):
        known = app.shelf.buddies.get(buddy.id)
        raise BadInputError(
            f"a buddy {buddy.id!r} is there already: {known.path if known else path}",
            hint="Edit that file, or take another name.",
        )
    born = {b.id for b in await app.buddies(space)}
    await asyncio.to_thread(durable.write_text, path, text)
    await meet_again(app, space)
    return {
        "id": buddy.id,
        "name": buddy.name,
        "subspace": space.id,
        "entity": buddy.entity,
        "file": str(path),
        "replaces": buddy.id if buddy.id in born else "",
        "next": [
            f"Edit {path}",
            f"ammo buddy test {slug} --subspace {space.id}",
            f"ammo buddy preview {slug} --subspace {space.id}",
        ],
    }


async def buddy_import(
    app: App, *, file: str, entity: str, subspace: str | None = None, name: str = ""
) -> Plain:
    """Bring a Character Card (V2 or V3, JSON or PNG) into quarantine: its whole text is shown, nothing is born.

    Raises:
        BadInputError: no card, a damaged or oversized one, or one of that name is there already.
        NotFoundError: as `buddy_new`.
    """
    space = app.subspace(subspace)
    about = await find_entity(app, space, entity)
    path = Path(file)
    card = await asyncio.to_thread(character.read, path)
    buddy = character.buddy_of(card, space=space.id, entity=about, name=name)
    if buddy.id in {b.id for b in await app.buddies(space)}:
        raise BadInputError(
            f"a buddy {buddy.id!r} is there already", hint="Give the card another name: --name"
        )
    origin = character.provenance(card, path, day=app.clock.now().date().isoformat())
    one = await asyncio.to_thread(quarantine.keep, app.folders.data, buddy, card.whole, origin)
    await meet_again(app, space)
    return provenance.imported(app, one)


async def buddy_allow(
    app: App, *, name: str, subspace: str | None = None, sha256: str = ""
) -> Plain:
    """Say yes to an imported buddy as it lies there now; `sha256` = what was shown to whoever says so.

    Raises:
        BadInputError: it has changed since it was shown, or cannot be used.
        NotFoundError: no imported buddy is called that.
    """
    one = await asyncio.to_thread(quarantine.found, app.folders.data, name, subspace)
    space = app.subspace(one.space)
    if one.buddy is not None:
        await find_entity(app, space, one.buddy.entity)
        await _refuse_unable(app, space, one.buddy)
    allowed = await asyncio.to_thread(quarantine.allow, one, sha256=sha256)
    await meet_again(app, space)
    return provenance.imported(app, allowed)


async def buddy_remove(app: App, *, name: str, subspace: str | None = None) -> Plain:
    """Take away a buddy's file, or an imported buddy with everything that came with it; its cards stay.

    Raises:
        BadInputError: it was born of the graph, or belongs to a plugin or an installed folder.
        NotFoundError: no buddy is called that.
    """
    space = app.subspace(subspace)
    wanted = name.removeprefix("@").lower().removeprefix(f"{space.id}/")
    id = BuddyId(f"{space.id}/{wanted}")
    known = app.shelf.buddies.get(id)
    if known is not None and known.origin == "file":
        await asyncio.to_thread(known.path.unlink, missing_ok=True)
        gone = str(known.path)
    else:
        gone = await _imported_gone(app, space, id, name)
    await meet_again(app, space)
    return {"id": id, "subspace": space.id, "removed": gone, "cards": "kept"}


async def buddy_refresh(app: App) -> Plain:
    """Read the files of buddies again, for every subspace at once; a running AMMO goes on with what they say now."""
    await asyncio.to_thread(app.shelf.refresh, app.plugins)
    for space in [app.subspace(id) for id in app.parts.worlds]:
        await meet_again(app, space)
    shelf = app.shelf
    return {
        "files": [
            {"id": one.buddy.id, "from": one.origin, "file": str(one.path)}
            for one in shelf.buddies.values()
        ],
        "waiting": [one.id for one in shelf.imported if one.state != "allowed"],
        "broken": [
            {"file": str(fault.path), "reason": fault.reason, "fix": fault.hint}
            for fault in shelf.faults
        ],
    }


async def find_entity(app: App, space: Subspace, said: str) -> EntityId:
    """Return an entity of a subspace by slug, id, name or alias; raises `NotFoundError` with the nearest one."""
    wanted = said.strip().lower().removeprefix("@")
    entities = (await app.knowledge(space)).entities
    for entity in entities:
        names = {entity.id, _slug(entity.id), entity.name.lower(), *map(str.lower, entity.aliases)}
        if wanted in names:
            return entity.id
    slugs = [_slug(entity.id) for entity in entities]
    raise NotFoundError(
        f"{space.id} has no entity {said!r}",
        hint=instead(wanted, slugs, noun="entity") or "It has none.",
    )


async def entities(app: App, *, subspace: str | None = None) -> Plain:
    """List the entities of a subspace: whom a buddy can be born of."""
    space = app.subspace(subspace)
    found = (await app.knowledge(space)).entities
    rows = [{"slug": _slug(e.id), "name": e.name, "kind": e.kind} for e in found]
    return {"subspace": space.id, "entities": rows}


async def meet_again(app: App, space: Subspace) -> None:
    """Read the buddies' files again, and let an open world of this subspace go on with them."""
    await asyncio.to_thread(app.shelf.refresh, app.plugins)
    world = app.parts.worlds.get(space.id)
    if world is not None:
        known, found = await app.knowledge(space), await app.buddies(space)
        world.meet(await rostered(space, known, found, app.plugins.evidence()))


async def _refuse_unable(app: App, space: Subspace, buddy: GoalBuddy) -> None:
    """Raise `BadInputError` for a buddy that could not work here: a principle nothing can check, say."""
    roster = await rostered(space, await app.knowledge(space), [buddy], app.plugins.evidence())
    if buddy.id in roster.faults:
        raise BadInputError(
            roster.faults[buddy.id], hint="docs/authoring.md says what each key may hold."
        )


async def _imported_gone(app: App, space: Subspace, id: BuddyId, name: str) -> str:
    try:
        one = await asyncio.to_thread(quarantine.found, app.folders.data, id, space.id)
    except NotFoundError:
        if id not in {buddy.id for buddy in await app.buddies(space)}:
            raise NotFoundError(
                f"no Goal Buddy {name!r} in {space.id}", hint="See: ammo buddy list"
            ) from None
        kind, where = app.shelf.origin(app.plugins, id)
        raise BadInputError(
            f"{id} is no file of yours: it comes from {f'the {kind} {where}' if where else 'the knowledge graph'}",
            hint="Hide it for yourself instead, or disable what brings it.",
        ) from None
    await asyncio.to_thread(quarantine.remove, one)
    return str(one.place)


def _slug(id: EntityId) -> str:
    return id.partition("/")[2]
