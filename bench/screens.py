"""Walks through the app as a person would and keeps pictures of it, for the README and for eyes.

    python bench/screens.py [--to docs/pictures/web] [--full FOLDER]

A fresh home with its seed cards and the default model; then three taps, likes, a talk with a buddy, and a message that
a buddy wrote first. Nothing is compared: fonts differ between machines. `--full` keeps whole pages as well.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import io
import os
import re
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright
from web import FLAGS, Up, up

from ammo_agents.app import opened
from ammo_agents.geometry import scores as scored
from ammo_agents.round import seeds
from ammo_agents.round.contact import proposal_of
from ammo_agents.settings import load
from ammo_agents.views import inbox

OPEN = "article[data-state=open]"
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
COLOURS = 256
MOST = 120_000
"""Bytes of one picture at most."""
PICKS = (0, 2, 4)
"""Tiles that are tapped."""
QUESTION = "How is the supply of coins capped?"


AWAY = dt.timedelta(minutes=11)
"""How long nobody may have looked before a buddy writes."""


class Album:
    """Takes pictures and keeps them small."""

    def __init__(self, folder: Path, full: Path | None) -> None:
        self.folder, self.full = folder, full
        folder.mkdir(parents=True, exist_ok=True)
        self.told: list[str] = []

    def take(self, page: Page, name: str, *, width: int = 0) -> None:
        """Keep what the window shows."""
        page.mouse.move(2, 2)
        page.wait_for_timeout(250)
        if self.full is not None:
            self.full.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=self.full / f"{name}.png", full_page=True)
        shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        if width:
            shot = shot.resize((width, round(shot.height * width / shot.width)))
        for colours in (COLOURS, 128, 64):
            small = shot.quantize(colours, dither=Image.Dither.NONE)
            place = self.folder / f"{name}.png"
            small.save(place, optimize=True)
            if place.stat().st_size < MOST:
                break
        self.told.append(f"{place}  {place.stat().st_size / 1000:.0f} kB")


def walk(browser: Browser, here: Up, album: Album) -> None:
    """First run, three likes, and every place but the inbox."""
    desk = browser.new_context(viewport=DESK, color_scheme="light", reduced_motion="reduce")
    page = desk.new_page()
    page.goto(here.link)
    tiles = page.locator(".tile")
    for place in PICKS[:2]:
        tiles.nth(place).click()
    album.take(page, "first-run")
    tiles.nth(PICKS[2]).click()
    page.wait_for_url(re.compile(r"/$"))
    page.locator(OPEN).first.locator("[data-key=l]").click()
    expect(page.locator("article")).to_have_count(4)
    page.locator(OPEN).first.locator("[data-key=s]").click()
    expect(page.locator("article")).to_have_count(5)
    page.evaluate("scrollTo(0, 0)")
    album.take(page, "for-you")
    page.locator(OPEN).first.locator("details[id^=why] > summary").click()
    page.locator(OPEN).first.evaluate("card => card.scrollIntoView({block: 'center'})")
    album.take(page, "why")
    page.locator(OPEN).first.locator("details[id^=why] > summary").click()
    page.evaluate("scrollTo(0, 0)")
    page.emulate_media(color_scheme="dark")
    page.mouse.move(2, 2)
    album.take(page, "for-you-dark")
    page.emulate_media(color_scheme="light")
    for path, name in (("/map", "map"), ("/you", "you")):
        page.goto(here.base + path)
        page.wait_for_load_state("networkidle")
        album.take(page, name)
    if album.full is not None:
        for path in (
            "/health",
            "/sees",
            "/buddy/coin/bitcoin",
            "/login",
            "/nowhere",
            "/you/import",
        ):
            page.goto(here.base + path)
            album.take(page, "z-" + path.strip("/").replace("/", "-"))
    talk(page, here, album)
    phone(browser, desk.storage_state(), here, album)


def talk(page: Page, here: Up, album: Album) -> None:
    """Ask a Goal Buddy, and wait for the whole answer."""
    page.goto(f"{here.base}/chat?with=coin/bitcoin")
    page.get_by_label(re.compile("Message to")).fill(QUESTION)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("[data-run=finished]")).to_be_visible(timeout=180_000)
    page.locator(".sources summary").first.click()
    album.take(page, "chat")


def phone(browser: Browser, state: object, here: Up, album: Album) -> None:
    """The feed and a talk on a telephone."""
    context = browser.new_context(
        viewport=PHONE,
        color_scheme="light",
        reduced_motion="reduce",
        storage_state=state,  # type: ignore[arg-type]
        has_touch=True,
        is_mobile=True,
        device_scale_factor=1,
    )
    page = context.new_page()
    for path, name in (("/", "for-you-phone"), ("/chat?with=coin/bitcoin", "chat-phone")):
        page.goto(here.base + path)
        page.evaluate("scrollTo(0, 0)")
        album.take(page, name)
    if album.full is not None:
        for path in ("/you", "/map", "/subspaces", "/health", "/inbox", "/first"):
            page.goto(here.base + path)
            album.take(page, "z-phone-" + path.strip("/"))
    context.close()


async def write_first(home: Path) -> None:
    """Let a buddy write before anybody has looked: the same gates as ever, with a bar a newcomer's card can reach."""
    env = {**os.environ, "AMMO_HOME": str(home)}  # noqa: TID251 - the same home as the child's
    env |= {"AMMO_CONTACT_SCORE": "0.55"}
    async with opened(load(env=env), access="write") as app:
        await seeds.plant_seeds(app.ledger, app.plugins.subspaces(), app.settings)
        await inbox.set_rules(app, choices={"quiet_from": "00:00", "quiet_to": "00:00"})
        here = await app.companion()
        preference = await here.preference()
        pool = await here.recall(preference)
        scores = scored(pool.rows, preference.q)
        best = max(range(len(pool.ids)), key=lambda place: (scores[place], pool.ids[place]))
        card = await app.ledger.creation(pool.ids[best])
        desk, later = inbox.desk_of(app), app.clock.now() + AWAY

        class Later:
            def now(self) -> dt.datetime:
                return later

        desk.clock = Later()
        told = await desk.notify(proposal_of(card, float(scores[best]), 1.0))
        if told.stand != "sent":
            raise SystemExit(f"no buddy wrote: {told.reason}")
        await inbox.set_rules(app, choices={"quiet_from": "22:00", "quiet_to": "08:00"})


def main() -> None:
    """Take every picture."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--to", type=Path, default=Path("docs/pictures/web"))
    asked.add_argument("--full", type=Path, default=None)
    given = asked.parse_args()
    path = shutil.which("chromium") or shutil.which("chromium-headless-shell")
    album = Album(given.to, given.full)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        asyncio.run(write_first(home))
        with sync_playwright() as play, up(home, "--no-write") as here:
            browser = play.chromium.launch(executable_path=path, args=FLAGS)
            walk(browser, here, album)
            browser.close()
        with sync_playwright() as play, up(home) as here:
            browser = play.chromium.launch(executable_path=path, args=FLAGS)
            page = browser.new_context(viewport=DESK, color_scheme="light").new_page()
            page.goto(here.link)
            page.goto(f"{here.base}/inbox")
            page.locator(".card summary").first.click()
            album.take(page, "inbox")
            page.goto(f"{here.base}/subspaces")
            album.take(page, "subspaces")
            browser.close()
    print("\n".join(album.told))


if __name__ == "__main__":
    main()
