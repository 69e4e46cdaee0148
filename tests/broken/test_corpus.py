"""Every kind of broken plugin is caught by the rule that is there for it, with culprit, reason and way out."""

import asyncio
import importlib
import os
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ammo_agents.plugins.found import Found, found
from ammo_agents.settings import Settings
from ammo_agents.testing import subspace_rules
from ammo_agents.testing.checking import check, finished, static
from ammo_agents.testing.plugin_rules import Look
from ammo_agents.testing.report import Checked, Report, look
from ammo_agents.testing.rules import BY_ID, Tier
from ammo_agents.testing.targets import find, of_folder
from ammo_agents.testing.worlds import Study
from tests.broken.corpus import CORPUS, Broken, project, wheel

SECONDS = 3.0
DAYS = 5
KNOWN = frozenset({"seed-pack", "bridges", "real-model"})
"""What the template itself leaves open."""


def ids(way: str) -> list[object]:
    return [pytest.param(b, id=b.kind) for b in CORPUS if b.way == way]


def broken_rules(rows: Mapping[str, Checked]) -> set[str]:
    return {id for id, row in rows.items() if row.state == "fail"}


def assert_caught(broken: Broken, rows: Mapping[str, Checked]) -> None:
    row = rows[broken.rule]
    assert row.state == "fail", row
    assert broken.says in "\n".join(row.reasons), row.reasons
    assert BY_ID[broken.rule].fix in row.message
    if "*" not in broken.also:
        assert broken_rules(rows) - KNOWN - {"scorecard"} <= {broken.rule, *broken.also}


@pytest.fixture(scope="module")
def others() -> tuple[Found, ...]:
    return tuple(found(Settings()))


def test_the_corpus_has_more_than_a_hundred_kinds_each_with_a_name_of_its_own() -> None:
    assert len({b.kind for b in CORPUS}) == len(CORPUS) >= 100
    assert {b.rule for b in CORPUS} <= set(BY_ID)


@pytest.mark.parametrize("broken", ids("static"))
def test_what_shows_without_importing_is_caught(
    broken: Broken, tmp_path: Path, others: tuple[Found, ...]
) -> None:
    target = of_folder(project(broken, tmp_path))
    assert_caught(broken, static(target, Look(target, others)))


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Report]:
    """Reports of everything that needs a process of its own, three at a time."""
    folder = tmp_path_factory.mktemp("children")
    wanted = [b for b in CORPUS if b.way == "child"]
    places = {b.kind: project(b, folder) for b in wanted}

    async def run() -> list[Report]:
        gate = asyncio.Semaphore(3)

        async def one(broken: Broken) -> Report:
            async with gate:
                place = str(places[broken.kind])
                return await check(place, Settings(), seconds=SECONDS, days=DAYS)

        return await asyncio.gather(*(one(b) for b in wanted))

    with ThreadPoolExecutor(1) as own:
        reports = own.submit(asyncio.run, run()).result()
    return {b.kind: report for b, report in zip(wanted, reports, strict=True)}


@pytest.mark.timeout(180)
@pytest.mark.parametrize("broken", ids("child"))
def test_what_may_end_a_process_ends_only_its_own(
    broken: Broken, children: Mapping[str, Report]
) -> None:
    report = children[broken.kind]
    assert_caught(broken, {row.rule.id: row for row in report.checked})
    assert report.tier is Tier.NONE
    assert broken.rule in {row.rule.id for row in report.next_steps()}


@pytest.mark.parametrize("broken", ids("inside"))
async def test_what_a_subspace_tells_wrongly_is_caught(
    broken: Broken, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await asyncio.to_thread(project, broken, tmp_path)
    monkeypatch.syspath_prepend(str(made))
    package = f"ammo_subspace_{broken.name.replace('-', '_')}"
    plugin = await asyncio.to_thread(importlib.import_module, f"{package}.plugin")
    study = Study(plugin.ammo_subspaces()[0], days=DAYS)
    rows = {id: await look(BY_ID[id], rule, study) for id, rule in subspace_rules.CHECKS.items()}
    for name in [name for name in sys.modules if name.startswith(package)]:
        del sys.modules[name]
    assert_caught(broken, rows)


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"../../evil.py": "x = 1"}, "../../evil.py"),
        ({"/etc/evil": "x"}, "/etc/evil"),
        ({"ammo_x/a.py": "x", "AMMO_X/a.py": "y"}, "a.py"),
    ],
    ids=["leads-out", "absolute", "two-of-one-name"],
)
async def test_a_wheel_whose_names_lead_out_is_not_unpacked(
    members: dict[str, str], says: str, tmp_path: Path
) -> None:
    path = await asyncio.to_thread(wheel, tmp_path, "ammo_x", members)
    report = await check(str(path), Settings())
    row = next(r for r in report.checked if r.rule.id == "paths-inside")
    assert row.state == "fail"
    assert says in row.reasons[0]
    assert report.tier is Tier.NONE
    assert await asyncio.to_thread(os.listdir, tmp_path) == [path.name]


async def test_a_file_that_is_no_wheel_is_told_as_one(tmp_path: Path) -> None:
    path = tmp_path / "ammo_x-1.0-py3-none-any.whl"
    await asyncio.to_thread(path.write_bytes, b"no zip at all")
    report = await check(str(path), Settings())
    assert "no sound zip" in report.broken[0].reasons[0]


def test_what_is_claimed_and_broken_breaks_the_scorecard_too(tmp_path: Path) -> None:
    broken = next(b for b in CORPUS if b.kind == "no-tests")
    target = find(str(project(broken, tmp_path)), Settings(), scratch=tmp_path)
    report = finished(target, static(target, Look(target)))
    card = next(row for row in report.checked if row.rule.id == "scorecard")
    assert any("tests = 'met', and that is broken" in reason for reason in card.reasons)
