"""While an author edits, each version that loads is in the running AMMO, and a broken one leaves the last good one."""

import asyncio
from pathlib import Path

import pytest

from ammo_agents.app import App
from ammo_agents.authoring.template import begin
from ammo_agents.cli.developing import settled, stamp
from ammo_agents.errors import PluginError
from ammo_agents.views.developing import reload

NAME, PACKAGE = "dev-letters", "ammo_subspace_dev_letters"


def summary(app: App, name: str) -> list[str]:
    return [s.summary for s in app.plugins.subspaces() if s.id == name]


async def rewrite(path: Path, old: str, new: str) -> None:
    text = await asyncio.to_thread(path.read_text, encoding="utf-8")
    assert old in text
    await asyncio.to_thread(path.write_text, text.replace(old, new, 1), encoding="utf-8")


async def test_each_save_that_loads_replaces_the_version_before(app: App, tmp_path: Path) -> None:
    made = await asyncio.to_thread(begin, NAME, tmp_path / "project")
    root = made.path / PACKAGE
    asked = {"name": NAME, "module": f"{PACKAGE}.plugin", "root": str(root)}
    first = await reload(app, **asked)
    assert first == {"name": NAME, "version": "dev.1", "subspaces": [NAME]}
    await rewrite(root / "plugin.py", "Greek letters, until", "More letters, until")
    assert (await reload(app, **asked))["version"] == "dev.2"
    assert summary(app, NAME) == ["More letters, until you put in what you know."]
    await rewrite(root / "plugin.py", "return [dev_letters]", "return 7")
    with pytest.raises(PluginError, match=r"does not load: .* which is no list; dev.2 is back"):
        await reload(app, **asked)
    assert summary(app, NAME) == ["More letters, until you put in what you know."]
    space = app.subspace(NAME)
    assert len((await app.knowledge(space)).entities) == 12
    assert "coin" in {s.id for s in app.plugins.subspaces()}


async def test_a_folder_without_code_is_reloaded_too(app: App, tmp_path: Path) -> None:
    made = await asyncio.to_thread(begin, "dev-herbs", tmp_path / "dev-herbs", declarative=True)
    asked = {"name": "dev-herbs", "module": "", "root": str(made.path)}
    assert (await reload(app, **asked))["subspaces"] == ["dev-herbs"]
    await rewrite(made.path / "ammo.toml", "Greek letters, until", "More letters, until")
    await reload(app, **asked)
    assert summary(app, "dev-herbs") == ["More letters, until you put in what you know."]


def test_a_save_is_seen_and_what_python_writes_is_not(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    before = stamp(tmp_path)
    (tmp_path / "__pycache__" / "a.pyc").write_bytes(b"x")
    assert stamp(tmp_path) == before
    (tmp_path / "a.py").write_text("x = 22\n", encoding="utf-8")
    assert stamp(tmp_path) != before


async def test_an_editor_that_saves_in_steps_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    await asyncio.to_thread(path.write_text, "x = 1\n")
    begun = await asyncio.to_thread(stamp, tmp_path)
    await asyncio.to_thread(path.write_text, "x = 1\ny = 2\n")
    seen = await settled(tmp_path, begun)
    assert seen == await asyncio.to_thread(stamp, tmp_path)
