"""Questions are about things, not about the shelves they stand on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from ammo_agents.app import opened
from ammo_agents.settings import Loaded
from ammo_agents.views.asking import asking_of

pytestmark = pytest.mark.timeout(180)


async def test_nobody_is_asked_about_a_genre(
    settings_of: Callable[..., Awaitable[Loaded]],
) -> None:
    loaded = await settings_of(AMMO_SUBSPACE="movie")
    async with opened(loaded, access="write") as app:
        if "movie" not in {s.id for s in app.plugins.subspaces()}:
            pytest.skip("the Movie subspace is not installed")
        here = await asking_of(app, None)
        asked = await here.questions(5)
        assert len(asked) == 5
        assert {one.entity.kind for one in asked} <= {"film", "person"}
