"""Homes that plugins come to: in the test's own process, or in one of their own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from ammo_agents.app import App, opened
from ammo_agents.installing import environment, place, plan, source
from ammo_agents.installing.index import Index
from ammo_agents.installing.plan import Plan, Stage, Wishes
from ammo_agents.installing.refusal import Refusal
from ammo_agents.plugins.found import found, found_folders
from ammo_agents.settings import Loaded, Settings
from ammo_agents.views import installing

NOTHING = Index(where="", sha256="", pinned=False, entries=())
Come = Callable[..., Awaitable[dict[str, Any]]]


def staged(settings: Settings, said: str, folder: Path, **wishes: bool) -> Plan | Refusal:
    """Stage what lies at a path, load it apart, and write the plan down."""
    (folder / "fetched").mkdir()
    fetched = source.fetch(source.source_of(said, NOTHING), folder / "fetched", offline=True)
    stage = Stage(
        settings=settings,
        folder=folder,
        environment=environment.around(),
        installed=[*found(settings), *found_folders(settings)],
        wishes=Wishes(**wishes),
    )
    made = (plan.stage_folder if fetched.path.is_dir() else plan.stage_wheel)(stage, fetched)
    if isinstance(made, Plan) and made.sort == "code":
        made = plan.probed(stage, made)
    if isinstance(made, Plan):
        plan.keep(stage, made)
    return made


@pytest.fixture
async def app(settings_of: Callable[..., Awaitable[Loaded]]) -> AsyncIterator[App]:
    """A running AMMO of the test's own process."""
    async with opened(await settings_of(AMMO_PLUGIN_SECONDS="3"), access="write") as app:
        yield app


@pytest.fixture
def come(app: App) -> Come:
    """Install what lies at a path; a refusal is an answer with its rule."""

    async def one(path: Path, **wishes: bool) -> dict[str, Any]:
        stack = ExitStack()
        try:
            folder = await asyncio.to_thread(stack.enter_context, place.staging(app.settings))
            made = await asyncio.to_thread(staged, app.settings, str(path), folder, **wishes)
            if isinstance(made, Refusal):
                said = f"{made.culprit}: {made.reason}"
                return {"refused": made.rule.value, "reason": said}
            return {**await installing.accept(app, token=made.token), "more": list(made.more)}
        finally:
            await asyncio.to_thread(stack.close)

    return one
