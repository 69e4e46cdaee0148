"""A real browser on a real server, which is a process of its own.

Synchronous Playwright keeps an event loop in its thread, so these tests run in a pytest process of
their own: ``make test-web``.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
QUIET = {"AMMO_FREE_SPACE_MB": "0", "NO_COLOR": "1", "COLUMNS": "200", "AMMO_MODEL_THREADS": "1"}
SCRIPTED = {
    "AMMO_PLUGIN_MODULES": "ammo_agents.testing.plugin",
    "AMMO_MODEL": "scripted/shots",
    "AMMO_STORE": "exact",
}
LINK = re.compile(r"http://127\.0\.0\.1:(\d+)/login\?t=\S+")


@dataclass(slots=True)
class Served:
    """One running ``ammo up``."""

    home: Path
    process: subprocess.Popen[str]
    link: str
    said: list[str] = field(default_factory=list)

    @property
    def base(self) -> str:
        """Where it listens."""
        return self.link.partition("/login")[0]

    def ammo(self, *words: str) -> str:
        """Run another verb on the same home and return what it prints."""
        line = [str(Path(sys.executable).with_name("ammo")), *words]
        env = {**os.environ, **QUIET, "AMMO_HOME": str(self.home)}
        done = subprocess.run(line, capture_output=True, text=True, env=env, check=True, timeout=60)
        return done.stdout

    def fresh_link(self) -> str:
        """Return a new one-time link."""
        found = LINK.search(self.ammo("open", "--json"))
        assert found is not None
        return found.group(0)


@contextmanager
def served(home: Path, env: Mapping[str, str], *flags: str, port: str = "0") -> Iterator[Served]:
    """Run ``ammo up`` on a home until the body ends."""
    line = [str(Path(sys.executable).with_name("ammo")), "up", "--no-open", "--port", port, *flags]
    process = subprocess.Popen(
        line,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **QUIET, **env, "AMMO_HOME": str(home)},
    )
    said: list[str] = []
    try:
        assert process.stderr is not None
        for text in process.stderr:
            said.append(text)
            found = LINK.search(text)
            if found:
                yield Served(home, process, found.group(0), said)
                return
        raise AssertionError("ammo up ended without a link:\n" + "".join(said))
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stderr is not None:
            process.stderr.close()


@pytest.fixture(autouse=True)
def _no_blocking_calls() -> None:
    """Nothing: these tests block on purpose, and Playwright's own loop stays in their thread."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium, one for the whole run."""
    expect.set_options(timeout=20_000)  # a limit for what never comes, not a measure of speed
    path = shutil.which("chromium") or shutil.which("chromium-headless-shell")
    assert path, "no browser: apt-get install --no-install-recommends chromium"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server on a fresh home with the seed cards and the real embedder; no buddy writes."""
    with served(tmp_path_factory.mktemp("seeded"), SCRIPTED, "--no-write") as here:
        yield here


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Served]:
    """The same for one test alone."""
    with served(tmp_path / "home", SCRIPTED, "--no-write") as here:
        yield here


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser context that fails a test whose page asks anybody but the server, or logs an error."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    strangers: list[str] = []
    faults: list[str] = []

    def asked(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:,", "about:")):
            strangers.append(request.url)

    context.on("request", asked)
    context.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    context.on("weberror", lambda e: faults.append(str(e.error)))
    yield context
    context.close()
    assert not strangers, f"asked beyond the server: {strangers}"
    unexpected = [f for f in faults if "Failed to load resource" not in f]
    assert not unexpected, f"the console says: {unexpected}"


@pytest.fixture
def page(context: BrowserContext, own: Served) -> Page:
    """A logged-in page on a server of this test's own."""
    page = context.new_page()
    page.goto(own.link)
    return page


def first_cards(page: Page) -> Page:
    """Tap three tiles of the first run and wait for the feed."""
    for place in (0, 2, 4):
        page.locator(".tile").nth(place).click()
    page.wait_for_url(re.compile(r"/$"))
    return page


def until(done: object, seconds: float = 20.0) -> None:
    """Wait until a call returns true; fail after some seconds."""
    end = time.monotonic() + seconds
    while not done():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
