"""Every page, empty and full: nothing for axe to say, nothing sideways, nothing too small to touch."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from ammo_agents.app import App, opened
from ammo_agents.round import seeds
from ammo_agents.round.notices import Proposal
from ammo_agents.settings import load
from ammo_agents.views import inbox
from tests.browser.conftest import QUIET, SCRIPTED, Served, first_cards, served

OPEN = "article[data-state=open]"
PAGES = (
    "/",
    "/first",
    "/chat",
    "/chat?with=coin/bitcoin",
    "/map",
    "/you",
    "/you/import",
    "/inbox",
    "/subspaces",
    "/buddy/coin/bitcoin",
    "/health",
    "/sees",
    "/nowhere",
)
FITS = """() => [
  document.documentElement.scrollWidth <= innerWidth,
  [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1
    && !e.closest(".table-wrap, pre, .visually-hidden")).map((e) => e.outerHTML.slice(0, 120)).slice(0, 5),
]"""
SMALL = """(least) => [...document.querySelectorAll("button, summary, select, textarea, .button, nav a, .bell, input")]
  .filter((e) => e.checkVisibility() && e.type !== "hidden" && !e.closest(".visually-hidden"))
  .map((e) => [e, (["checkbox", "radio"].includes(e.type) && e.closest("label") || e).getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.height < least || box.width < 24))
  .map(([e, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${e.outerHTML.slice(0, 90)}`)"""


async def _written_to(home: Path) -> None:
    """Send the person of a home a card, as a buddy does that writes first."""
    env = {**os.environ, **QUIET, **SCRIPTED, "AMMO_HOME": str(home)}  # noqa: TID251 - as its child
    async with opened(load(env=env), access="write") as app:
        await seeds.plant_seeds(app.ledger, app.plugins.subspaces(), app.settings)
        await inbox.set_rules(app, choices={"quiet_from": "00:00", "quiet_to": "00:00"})
        await _notify(app)


async def _notify(app: App) -> None:
    here = await app.companion()
    pool = await here.recall(await here.preference())
    card = await app.ledger.creation(pool.ids[0])
    desk, later = inbox.desk_of(app), app.clock.now() + dt.timedelta(minutes=11)

    class Later:
        def now(self) -> dt.datetime:
            return later

    desk.clock = Later()
    about = Proposal(
        kind="notify",
        matter=card.entity,
        title=card.title.text,
        text=card.hook.text,
        key=card.id,
        subspace=card.subspace,
        creation=card.id,
        entity=card.entity,
        buddy=card.buddy,
        score=0.9,
        novelty=0.5,
    )
    assert (await desk.notify(about)).stand == "sent"


def written(home: Path) -> Path:
    """Have a buddy write first in a home. Playwright holds this thread's loop, so another thread runs it."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, _written_to(home)).result(120)
    return home


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server on such a home, shared by the tests that only look."""
    with served(written(tmp_path_factory.mktemp("full")), SCRIPTED, "--no-write") as here:
        yield here


@pytest.fixture(scope="module")
def known(browser: Browser, full: Served) -> Iterator[BrowserContext]:
    """Somebody with a feed, answered cards, a talk and a notice."""
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(full.link)
    first_cards(page)
    page.locator(OPEN).first.locator("[data-key=l]").click()
    expect(page.locator("article")).to_have_count(4)
    page.goto(f"{full.base}/chat?with=coin/bitcoin")
    page.get_by_label(re.compile("Message to")).fill("How is the supply of coins capped?")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("[data-run=finished]")).to_be_visible()
    page.close()
    yield context
    context.close()


def told_by_axe(page: Page, name: str, *, axe: Axe) -> list[str]:
    """Return what axe says of a page as it stands, light and dark, on a desk and on a telephone."""
    told = []
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            found = axe.run(page)
            if found.violations_count:
                told.append(f"{name} {scheme} {width}: {found.generate_report()}")
    return told


def test_axe_finds_nothing_on_pages_without_anything(browser: Browser, own: Served) -> None:
    axe, context = Axe(), browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{own.base}/login")
    told = told_by_axe(page, "login", axe=axe)
    page.goto(own.link)
    for path in ("/you", "/inbox", "/chat", "/sees", "/you/import", "/nowhere"):
        page.goto(own.base + path)
        told += told_by_axe(page, f"{path} empty", axe=axe)
    page.goto(f"{own.base}/you")
    page.get_by_role("button", name="A feed for your reader").click()
    told += told_by_axe(page, "feed address", axe=axe)
    page.goto(f"{own.base}/you")
    page.get_by_label("I am sure").check()
    page.get_by_role("button", name="Forget everything").click()
    told += told_by_axe(page, "forgotten", axe=axe)
    context.close()
    assert not told, "\n".join(told)


def test_axe_finds_nothing_on_full_pages_with_all_that_opens(
    known: BrowserContext, full: Served
) -> None:
    axe, page, told = Axe(), known.new_page(), []
    for path in ("/inbox", "/health", "/sees", "/you"):
        page.goto(full.base + path)
        page.evaluate("document.querySelectorAll('main details').forEach((d) => (d.open = true))")
        told += told_by_axe(page, path, axe=axe)
    page.close()
    assert not told, "\n".join(told)


def test_axe_finds_nothing_in_a_feed_that_is_over_or_refuses(page: Page, own: Served) -> None:
    axe = Axe()
    first_cards(page)
    broken = page.locator(OPEN).first
    broken.locator("input[name=card]").first.evaluate("field => (field.value = 'c_nobody')")
    broken.locator("[data-key=l]").click()
    expect(page.locator(".error-card")).to_be_visible()
    told = told_by_axe(page, "refused", axe=axe)
    page.goto(own.base)
    for count in range(1, 9):
        page.locator(OPEN).first.locator("[data-key=l]").click()
        expect(page.locator("article[data-state=acted]")).to_have_count(count)
    page.locator("#end details").evaluate_all("all => all.forEach(one => (one.open = true))")
    told += told_by_axe(page, "over", axe=axe)
    assert not told, "\n".join(told)


@pytest.mark.parametrize("width", [320, 390])
def test_no_page_scrolls_sideways_and_nothing_is_too_small_to_touch(
    known: BrowserContext, full: Served, width: int
) -> None:
    page = known.new_page()
    page.set_viewport_size({"width": width, "height": 700})
    card = page.request.get(f"{full.base}/api/v1/sitting").json()["cards"][-1]["id"]
    told: list[str] = []
    for path in (*PAGES, f"/card/{card}", f"/why/{card}", f"/chat?card={card}", "/login"):
        page.goto(full.base + path)
        page.evaluate("document.querySelectorAll('main details').forEach((d) => (d.open = true))")
        fits, wide = page.evaluate(FITS)
        told += [] if fits else [f"{path} at {width}: {wide}"]
        told += [f"{path}: {one}" for one in page.evaluate(SMALL, 24)]
    page.close()
    assert not told, "\n".join(told)


def test_the_main_actions_on_a_phone_are_44_pixels_high(
    known: BrowserContext, full: Served
) -> None:
    page = known.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(full.base)
    main = page.locator(f"{OPEN} .acts .button:visible, .places > ul > li > a:visible, .bell")
    boxes = [b for b in (one.bounding_box() for one in main.all()) if b is not None]
    assert len(boxes) > 8
    assert min(box["height"] for box in boxes) >= 44
    page.goto(f"{full.base}/chat")
    send = page.get_by_role("button", name="Send").bounding_box()
    assert send is not None
    assert send["height"] >= 44
    page.close()
