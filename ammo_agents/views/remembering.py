"""Remembering what is said in one step: read as wishes, kept, each with what takes it back (W13)."""

from __future__ import annotations

from typing import Any

from ammo_agents.app import App
from ammo_agents.errors import BadInputError
from ammo_agents.views import asking
from ammo_agents.views.search import spoken

Plain = dict[str, Any]


async def remember(
    app: App, *, words: str, confirmed: bool = True, subspace: str | None = None
) -> Plain:
    """Read a statement as wishes and keep them; not `confirmed`, only show how it is understood.

    Raises:
        BadInputError: nothing in the words can be read as a wish.
    """
    said = await asking.say(app, words=spoken(words))
    if not said["wishes"]:
        raise BadInputError(
            f"“{words[:60]}” says nothing of what is wanted more or less of",
            hint="Say it as: more self-custody, less price talk, no memecoins.",
        )
    if not confirmed:
        return said
    kept = await asking.believe(app, wishes=said["wishes"], subspace=subspace)
    return {**said, **kept}
