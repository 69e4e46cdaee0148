"""Names for shell completion: entities, subspaces, imported buddies; nothing where they cannot be read."""

from __future__ import annotations

import asyncio

from ammo_agents.app import opened
from ammo_agents.authoring import quarantine
from ammo_agents.errors import AmmoError
from ammo_agents.plugins.found import found, found_folders
from ammo_agents.settings import folders, load


def entities(incomplete: str, space: str | None) -> list[tuple[str, str]]:
    """Return (slug, name) of a subspace's entities whose slug or name begins with `incomplete`."""

    async def named() -> list[tuple[str, str]]:
        async with opened(load(), access="none") as app:
            known = await app.knowledge(app.subspace(space))
            pairs = [(e.id.partition("/")[2], e.name) for e in known.entities]
        wanted = incomplete.lower()
        return [p for p in pairs if p[0].startswith(wanted) or p[1].lower().startswith(wanted)]

    try:
        return asyncio.run(named())
    except AmmoError:
        return []


def spaces(incomplete: str) -> list[str]:
    """Return the subspaces that manifests declare; nothing is imported."""
    try:
        settings = load().settings
        every = [*found(settings), *found_folders(settings)]
    except AmmoError:
        return []
    names = {
        name
        for one in every
        if one.manifest is not None
        for name in one.manifest.offered("subspaces") or ((one.name,) if not one.module else ())
    }
    return sorted(name for name in names if name.startswith(incomplete))


def imported(incomplete: str) -> list[tuple[str, str]]:
    """Return (slug, state) of imported buddies."""
    try:
        every = list(quarantine.imported(folders(load().settings).data))
    except AmmoError:
        return []
    return [(one.slug, one.state) for one in every if one.slug.startswith(incomplete)]
