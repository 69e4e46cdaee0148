"""The real model and embedder, pulled once; and a child that behaves badly on demand."""

import dataclasses
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from ammo_local.child import Child
from ammo_local.model import LocalModel
from ammo_local.provider import LocalModels

from ammo_agents.records import ModelCard
from ammo_agents.settings import Settings, load

MODEL = "local/smollm2-135m"
EMBEDDER = "local/minilm-l6-v2"
FAKE = Path(__file__).with_name("bad_child.py")


@pytest.fixture(scope="session")
def provider() -> LocalModels:
    found = LocalModels(load().settings)
    for card in found.cards():
        if card.id in {MODEL, EMBEDDER} and found.missing(card):
            found.pull(card, lambda *_: None)
    return found


@pytest.fixture
async def model(provider: LocalModels) -> AsyncIterator[LocalModel]:
    opened = await provider.open_model(MODEL)
    assert isinstance(opened, LocalModel)
    yield opened
    await opened.close()


@pytest.fixture
def bare(tmp_path: Path) -> LocalModels:
    """A provider with an empty models folder."""
    return LocalModels(dataclasses.replace(Settings(), models_dir=tmp_path / "models"))


@pytest.fixture
async def bad_model() -> AsyncIterator[Callable[[str], LocalModel]]:
    """Return models whose child is a script that answers in the manner it is told."""
    opened: list[LocalModel] = []

    def make(manner: str) -> LocalModel:
        card = ModelCard(id="local/bad", title="A child that misbehaves")
        child = Child({"manner": manner}, command=(sys.executable, str(FAKE)))
        opened.append(LocalModel(card, child))
        return opened[-1]

    yield make
    for model in opened:
        await model.close()
