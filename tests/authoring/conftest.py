"""Homes and folders of authors, to be changed."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ammo_agents.settings import Loaded, load
from ammo_agents.testing.command import SCRIPTED

sys.path.insert(0, str(Path(__file__).parent))
RECIPES = Path(__file__).parent / "recipes"


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    """A copy of the folder of recipes, to be changed."""
    return Path(shutil.copytree(RECIPES, tmp_path / "recipes"))


@pytest.fixture
def home(tmp_path: Path) -> Callable[..., Loaded]:
    """Make the settings of a home; `recipes` = the folder of recipes is copied into it."""

    def make(*, recipes: bool = False, **settings: str) -> Loaded:
        place = tmp_path / "home"
        if recipes:
            shutil.copytree(RECIPES, place / "data" / "subspaces" / "recipes", dirs_exist_ok=True)
        env = {**SCRIPTED, "AMMO_STORE": "exact", "AMMO_HOME": str(place), **settings}
        return load(env=env, cwd=tmp_path)

    return make
