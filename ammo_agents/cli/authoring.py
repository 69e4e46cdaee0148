"""Verbs of buddies without code: buddy new, import, allow, remove, refresh."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ammo_agents.cli.options import Json, part, perform
from ammo_agents.cli.shelf import buddy


def attach(app: typer.Typer) -> None:
    """Do nothing: these verbs have joined ``ammo buddy``."""


def complete_entity(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return slugs and names of the chosen subspace's entities that begin with what was typed."""
    found: list[tuple[str, str]] = part("cli.naming").entities(
        incomplete, context.params.get("space")
    )
    return found


def complete_space(incomplete: str) -> list[str]:
    """Return the installed subspaces that begin with what was typed; no plugin is imported."""
    found: list[str] = part("cli.naming").spaces(incomplete)
    return found


def complete_waiting(incomplete: str) -> list[tuple[str, str]]:
    """Return imported buddies, and how each stands."""
    found: list[tuple[str, str]] = part("cli.naming").imported(incomplete)
    return found


Space = Annotated[
    str | None,
    typer.Option(
        "--space", "--subspace", help="The subspace it stays in.", autocompletion=complete_space
    ),
]
EntityOption = Annotated[
    str,
    typer.Option(
        "--entity", help="Whom it speaks for: a slug, id or name.", autocompletion=complete_entity
    ),
]


@buddy.command("new")
def new(  # noqa: PLR0913 - one flag a key of the file
    name: Annotated[str, typer.Argument(help="What people will read: 'Whale Watcher'.")],
    entity: EntityOption,
    space: Space = None,
    voice: Annotated[str, typer.Option("--voice", help="How it likes to write.")] = "",
    topic: Annotated[
        list[str] | None, typer.Option("--topic", help="A word that chooses its facts.")
    ] = None,
    schedule: Annotated[
        str, typer.Option("--schedule", help="never, daily, weekly, or mon … sun.")
    ] = "",
    budget: Annotated[int | None, typer.Option("--budget", help="Cards a day at most.")] = None,
    principle: Annotated[
        list[str] | None, typer.Option("--principle", help="What its cards must keep to.")
    ] = None,
    prompt: Annotated[str, typer.Option("--prompt", help="Your instructions to it.")] = "",
    as_json: Json = False,
) -> None:
    """Write a Goal Buddy as a Markdown file; it works at once."""
    given = {
        "voice": voice,
        "topics": topic or [],
        "schedule": schedule,
        "budget": budget,
        "principles": principle or [],
        "prompt": prompt,
    }
    perform(
        "buddy_new",
        json=as_json,
        subspace=space,
        name=name,
        entity=entity,
        **{key: value for key, value in given.items() if value not in ("", [], None)},
    )


@buddy.command("import")
def import_card(
    file: Annotated[Path, typer.Argument(help="A Character Card V2 or V3: JSON or PNG.")],
    entity: EntityOption,
    space: Space = None,
    name: Annotated[str, typer.Option("--name", help="Call it otherwise than the card.")] = "",
    as_json: Json = False,
) -> None:
    """Bring a character card in; it waits in quarantine until you allow it."""
    perform(
        "buddy_import",
        json=as_json,
        subspace=space,
        file=str(file.absolute()),
        entity=entity,
        name=name,
    )


@buddy.command("allow")
def allow(
    name: Annotated[
        str, typer.Argument(help="An imported buddy.", autocompletion=complete_waiting)
    ],
    space: Space = None,
    sha256: Annotated[
        str, typer.Option("--sha256", help="Only if this is still the hash that you were shown.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Say yes to an imported buddy as it lies there now: it is born."""
    perform("buddy_allow", json=as_json, subspace=space, name=name, sha256=sha256)


@buddy.command("remove")
def remove(
    name: Annotated[str, typer.Argument(help="A buddy of a file, or an imported one.")],
    space: Space = None,
    as_json: Json = False,
) -> None:
    """Take away a buddy's file, or an imported buddy; its cards stay."""
    perform("buddy_remove", json=as_json, subspace=space, name=name)


@buddy.command("refresh")
def refresh(as_json: Json = False) -> None:
    """Read the files of buddies again, also in an AMMO that runs; what is broken is named."""
    perform("buddy_refresh", json=as_json)
