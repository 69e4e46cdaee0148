"""Where buddies come from: born of the graph, offered by a plugin, read from a file, imported; and what cannot be used."""

from __future__ import annotations

from typing import Any

from ammo_agents.app import App
from ammo_agents.authoring import quarantine
from ammo_agents.authoring.quarantine import Imported
from ammo_agents.records import BuddyId, GoalBuddy, SubspaceId

Plain = dict[str, Any]


def origin(app: App, id: BuddyId) -> Plain:
    """Return where a buddy comes from, and which plugin or file that is."""
    kind, where = app.shelf.origin(app.plugins, id)
    return {"from": kind, "where": below(app, where)}


def below(app: App, text: str) -> str:
    """Return a text with paths of this home said from its data folder: where a home lies is nobody else's business."""
    return text.replace(f"{app.folders.data}/", "")


def settings_of(buddy: GoalBuddy) -> Plain:
    """Return what a buddy's author set, by the keys of its file; what is left out is empty."""
    return {
        "voice": buddy.voice,
        "topics": list(buddy.topics),
        "sources": list(buddy.sources),
        "schedule": buddy.schedule,
        "model": buddy.model,
        "budget": buddy.budget,
        "lambda": buddy.cost_weight,
        "principles": list(buddy.principles),
        "graph": buddy.graph,
        "prompt": buddy.prompt,
    }


def beside(app: App, space: SubspaceId) -> Plain:
    """Return what is no working buddy of a subspace: imported ones that wait, files that are broken."""
    waiting = [one for one in app.shelf.imported if one.space == space and one.state != "allowed"]
    world = app.parts.worlds.get(space)
    unable = [] if world is None else sorted(world.faults.items())
    broken = [
        {
            "file": below(app, str(fault.path)),
            "reason": below(app, fault.reason),
            "fix": fault.hint,
        }
        for fault in app.shelf.faults
        if space in {fault.path.parent.name, fault.path.parent.parent.name}
    ]
    broken += [{"file": str(id), "reason": reason, "fix": ""} for id, reason in unable]
    return {"waiting": [imported(app, one) for one in waiting], "broken": broken}


def waiting(app: App, name: str, subspace: str | None) -> Plain | None:
    """Return an imported buddy that does not work (yet) by slug or id; None = there is none of that name."""
    wanted = name.removeprefix("@").lower()
    for one in app.shelf.imported:
        if wanted in {one.slug, one.id} and subspace in {None, str(one.space)}:
            return imported(app, one)
    return None


def imported(app: App, one: Imported) -> Plain:
    """Return an imported buddy with its whole text, its hash and where it came from: what a person needs to decide."""
    return {
        "id": one.id,
        "name": one.buddy.name if one.buddy else one.slug,
        "subspace": str(one.space),
        "entity": str(one.buddy.entity) if one.buddy else "",
        "from": "imported",
        "where": below(app, str(one.place / quarantine.BUDDY)),
        "state": one.state,
        "reason": below(app, one.fault),
        "sha256": one.sha256,
        "allowed": one.allowed,
        "origin": {key: str(value) for key, value in one.origin.items() if key != "allowed"},
        "text": one.text,
        "next": []
        if one.state in {"allowed", "broken"}
        else [f"ammo buddy allow {one.slug} --subspace {one.space}"],
    }
