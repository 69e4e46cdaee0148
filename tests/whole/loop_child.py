"""The process that is killed: rounds, slates and acts through the whole app, each acknowledged on stdout."""

from __future__ import annotations

import asyncio
import sys

from ammo_agents import views
from ammo_agents.app import App, opened
from ammo_agents.round import play
from ammo_agents.settings import load


def acknowledge(*words: object) -> None:
    """Say that something is kept; printed only after its call has returned."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


async def cycle(app: App) -> None:
    """Play a round, look at a slate, like what is in it."""
    world = app.parts.worlds[next(iter(app.parts.worlds))]
    report = await play(world, most=4)
    for creation in report.published:
        acknowledge("published", creation.id)
    slate = await views.VERBS["slate"].function(app, n=3)
    for card in slate["cards"]:
        said = await views.VERBS["act"].function(
            app, act="like", card=card["id"], key=f"key-{card['id']}"
        )
        acknowledge("liked", card["id"], said["feedback"])


async def main() -> None:
    """Cycle until killed."""
    async with opened(load(), access="write") as app:
        await app.world()
        acknowledge("ready")
        while True:
            await cycle(app)


if __name__ == "__main__":
    asyncio.run(main())
