"""The wheels alone, in an empty environment, serve every page: nothing is read from the checkout."""

from __future__ import annotations

import importlib
import json
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from wheel_home import PARTS, ROOT, Installed, install

from ammo_agents.settings import load
from ammo_agents.web import routes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
LINK = re.compile(r"http://127\.0\.0\.1:\d+/login\?t=\S+")
NAMED = re.compile(r"""(?:href|src)="(/[^"#]*)""")
STREAMS = {
    "/runs/stream",
    "/api/v1/runs/stream",
    "/studio/stream",
    "/studio/train/stream",
    "/studio/runs/{run}/stream",
    "/api/v1/studio/runs/{run}/stream",
}
"""Answers without an end."""
OUTSIDE = "__pycache__"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """AMMO as pip installs it."""
    return install(tmp_path_factory.mktemp("wheel"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A running AMMO of the wheels, and somebody who came in."""

    installed: Installed
    folder: Path
    browser: httpx.Client

    def ammo(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run another verb of the same installation on the same home."""
        return subprocess.run(
            [self.installed.ammo, *words],
            cwd=self.folder,
            env=environment(self.folder),
            capture_output=True,
            text=True,
            check=True,
        )

    def answer(self, path: str) -> httpx.Response:
        """Ask for an address; anything but 200 fails the test."""
        got = self.browser.get(path)
        assert got.status_code == 200, f"{path}: {got.status_code} {got.text[:400]}"
        return got


def environment(home: Path) -> dict[str, str]:
    """Return what the processes see: nothing that points to the checkout but the models."""
    models = str(load().settings.models_dir or ROOT / ".models")
    own = {"AMMO_HOME": str(home), "AMMO_MODELS_DIR": models, "AMMO_FREE_SPACE_MB": "0"}
    return {"PATH": "/usr/bin:/bin", "HOME": str(home), "NO_COLOR": "1", **own}


@pytest.fixture(scope="module")
def place(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """`ammo up` of the wheels, started in an empty folder."""
    folder = tmp_path_factory.mktemp("empty")
    line = [installed.ammo, "up", "--no-write", "--no-open", "--port", "0"]
    process = subprocess.Popen(
        line, cwd=folder, env=environment(folder), stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        said = ""
        for text in process.stderr:
            said += text
            if LINK.search(text):
                break
        link = LINK.search(said)
        assert link is not None, said
        base = link.group().partition("/login")[0]
        with httpx.Client(base_url=base, timeout=60, trust_env=False) as browser:
            assert browser.get(link.group()).status_code == 303
            place = Place(installed=installed, folder=folder, browser=browser)
            token = json.loads(place.ammo("token", "show", "--json").stdout)["token"]
            bearer = {"Authorization": f"Bearer {token}"}
            httpx.post(f"{base}/api/v1/sitting", headers=bearer, json={}).raise_for_status()
            yield place
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def test_every_file_of_the_packages_is_in_a_wheel(installed: Installed) -> None:
    packages = (f.parent for p in PARTS if p for f in (ROOT / p).glob("ammo_*/__init__.py"))
    folders = [ROOT / "ammo_agents", *packages]
    wanted = {
        str(file.relative_to(folder.parent))
        for folder in folders
        for file in folder.rglob("*")
        if file.is_file() and OUTSIDE not in file.parts
    }
    wanted |= {f"ammo_agents/{f.relative_to(ROOT)}" for f in (ROOT / "prompts").rglob("*.md")}
    assert len(wanted) > 400
    assert sorted(wanted - installed.names()) == []


def test_nothing_of_the_checkout_is_imported(place: Place) -> None:
    code = (
        "import sys, ammo_agents, importlib.metadata as m;"
        "[e.load() for e in m.entry_points(group='ammo')];"
        "print([f for f in (getattr(v, '__file__', '') for v in list(sys.modules.values()))"
        f" if str(f).startswith({str(ROOT)!r} + '/') and 'site-packages' not in str(f)])"
    )
    python = place.installed.ammo.with_name("python")
    said = subprocess.run(
        [python, "-c", code],
        cwd=place.folder,
        env=environment(place.folder),
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "[]"


def test_every_address_answers(place: Place) -> None:
    answers = {path: place.browser.get(path) for path in sorted(addresses(place))}
    refused = {p: a.text[:300] for p, a in answers.items() if a.status_code not in {200, 303}}
    assert refused == {}
    for answer in answers.values():
        if "json" in answer.headers.get("content-type", ""):
            json.loads(answer.text)


def addresses(place: Place) -> set[str]:
    """Return every address that can be read, with its holes filled by what is really there."""
    card = str(place.answer("/api/v1/sitting").json()["cards"][0]["id"])
    sources = place.answer(f"/api/v1/why/{card}").json()["sources"]
    values = {"card": card, "subspace": "coin", "slug": "bitcoin", "name:path": "coin/bitcoin"}
    values |= {"id:path": "ammo/coin/bitcoin", "id": str(sources[0]["id"])}
    asked = {"/api/v1/search": "?words=bitcoin", "/peek": f"?card={card}"}
    found = set()
    for name in routes.ROUTERS:
        module = importlib.import_module(f"ammo_agents.web.routes.{name}")
        for route in module.router.routes:
            if "GET" in route.methods and route.path not in STREAMS:
                found.add(re.sub(r"\{([^}]+)\}", lambda m: values.get(m[1], "{?}"), route.path))
    assert len(found) > 40
    there = {path for path in found if "{?}" not in path} - {
        "/login"
    }  # who is in is sent to the feed
    return {path + asked.get(path, "") for path in there}


def test_every_page_and_every_file_that_pages_name_is_there(place: Place) -> None:
    pages = ["/", "/first", "/you", "/inbox", "/chat", "/map", "/subspaces", "/studio", "/health"]
    files: set[str] = set()
    kinds: Counter[str] = Counter()
    for path in pages:
        named = {unescape(p) for p in NAMED.findall(place.browser.get(path).text)}
        files |= {p for p in named if p.startswith("/static/")}
        for page in sorted(named - files - set(pages)):
            kind = page.partition("?")[0].split("/")[1]
            kinds[kind] += 1
            if kinds[kind] <= 3:  # a dozen buddies have the same page
                pages.append(page)
    for path in [*pages, *files]:
        assert place.browser.get(path).status_code in {200, 303}, path
    assert {f.partition("?")[0].rpartition(".")[2] for f in files} >= {"css", "js", "svg"}


def test_every_file_for_browsers_is_served_as_it_is(place: Place) -> None:
    folder = place.installed.site / "ammo_agents" / "web" / "static"
    files = [f for f in folder.rglob("*") if f.is_file()]
    assert len(files) > 10
    for file in files:
        assert place.answer(f"/static/{file.relative_to(folder)}").content == file.read_bytes()


def test_the_cards_prompts_skills_and_the_schema_came_with_the_wheels(place: Place) -> None:
    assert len(place.answer("/api/v1/sitting").json()["cards"]) > 0
    kept = json.loads((ROOT / "docs" / "aipp.schema.json").read_text(encoding="utf-8"))
    assert place.answer("/aipp/v1/schema").json() == kept
    for name in ("operate", "author"):
        skill = ROOT / "ammo_agents" / "skills" / f"{name}.md"
        assert place.ammo("skill", name).stdout == skill.read_text(encoding="utf-8")
    for prompt in (ROOT / "prompts").rglob("*.md"):
        kept = place.installed.site / "ammo_agents" / prompt.relative_to(ROOT)
        assert kept.read_bytes() == prompt.read_bytes()
    shelf = place.answer("/api/v1/shelf").json()
    assert {"coin", "movie"} <= {s["id"] for s in shelf["subspaces"]}
