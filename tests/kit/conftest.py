"""One subspace from the template, imported once, for the tests of the kit."""

import importlib
import sys
from pathlib import Path

import pytest

from ammo_agents.authoring.template import begin
from ammo_agents.ports import Subspace


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh project of the template."""
    return begin("kit-letters", tmp_path_factory.mktemp("kit") / "letters").path


@pytest.fixture(scope="session")
def letters(project: Path) -> Subspace:
    """The subspace of the template."""
    sys.path.insert(0, str(project))
    module = importlib.import_module("ammo_subspace_kit_letters.plugin")
    sys.path.remove(str(project))
    found: Subspace = module.ammo_subspaces()[0]
    return found
