"""Erasing what is known of a person, after asking."""

from __future__ import annotations

import sys

import typer

from ammo_agents.cli.options import perform
from ammo_agents.errors import BadInputError


def forget(*, everything: bool, yes: bool, as_json: bool) -> None:
    """Erase everything known of the person of these settings.

    Raises:
        BadInputError: ``--all`` is missing, or nobody can be asked and ``--yes`` is missing.
    """
    if not everything:
        raise BadInputError(
            "what should be forgotten?", hint="All that is known of you: ammo data forget --all"
        )
    if not yes:
        if not sys.stdin.isatty():
            raise BadInputError(
                "nobody is here to be asked", hint="Say it outright: ammo data forget --all --yes"
            )
        typer.confirm(
            "Erase every act, slate and belief about you? This cannot be undone", abort=True
        )
    perform("forget", json=as_json)
