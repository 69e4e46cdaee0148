"""The subspace in twelve lines of the docs, as it stands there, keeps the contract: Bronze, and nothing more."""

import re
from pathlib import Path

import pytest

from ammo_agents.settings import Settings
from ammo_agents.testing import Tier
from ammo_agents.testing.checking import check

PAGE = Path(__file__).parents[2] / "docs" / "hooks.md"


@pytest.fixture
def tides(tmp_path: Path) -> Path:
    page = PAGE.read_text(encoding="utf-8")
    code = re.search(r"```python\n(import datetime.*?)```", page, re.DOTALL)
    project = re.search(r"```toml\n(\[project\].*?)```", page, re.DOTALL)
    assert code is not None
    assert project is not None
    (tmp_path / "ammo_subspace_tides.py").write_text(code[1], encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(project[1], encoding="utf-8")
    return tmp_path


async def test_the_twelve_lines_of_the_docs_are_bronze(tides: Path) -> None:
    report = await check(str(tides), Settings())
    assert report.tier is Tier.BRONZE, report.text
    broken = {row.rule.id for row in report.next_steps()}
    assert {"manifest", "licence", "tests", "facts-licensed", "wordings-taught"} == broken
