"""The map under a pointer and under keys, and the places without a script, on a phone and for a screen reader."""

from __future__ import annotations

import json
import re
from itertools import product
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Served

PLACES = ("/map", "/map?subspace=movie", "/subspaces", "/buddy/coin/bitcoin", "/health", "/sees")
EDGE = 20
"""Pixels from the canvas's border: its corners are round."""


def drawn(page: Page, served: Served) -> Locator:
    """Open the map and return its canvas once it is painted."""
    page.goto(f"{served.base}/map")
    expect(page.locator(".map-tools")).to_be_visible()
    return page.locator("#map-canvas")


def lasso(page: Page, canvas: Locator) -> None:
    """Draw a line around the whole picture."""
    page.get_by_role("button", name="Lasso").click()
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    right, bottom = box["width"] - EDGE, box["height"] - EDGE
    page.mouse.move(box["x"] + EDGE, box["y"] + EDGE)
    page.mouse.down()
    for x, y in ((right, EDGE), (right, bottom), (EDGE, bottom), (EDGE, EDGE)):
        page.mouse.move(box["x"] + x, box["y"] + y, steps=8)
    page.mouse.up()


def test_a_lasso_catches_every_card_and_more_from_here_can_be_undone(
    page: Page, own: Served
) -> None:
    canvas = drawn(page, own)
    data = page.evaluate("fetch('/map/data.json').then((answer) => answer.json())")
    lasso(page, canvas)
    expect(page.locator("#map-caught")).to_contain_text(f"{len(data['points'])} cards of")
    page.get_by_role("button", name="More from here").click()
    said = page.locator("#map-said")
    expect(said).to_contain_text("More of", timeout=30_000)
    expect(said).not_to_contain_text("ammo undo")
    assert json.loads(own.ammo("you", "show", "--json"))["events"] > 0
    said.get_by_role("button", name="Undo").click()
    expect(said).to_contain_text("Taken back")
    assert json.loads(own.ammo("you", "show", "--json"))["events"] == 0


def test_hovering_a_card_tells_its_title_and_true_distances(page: Page, own: Served) -> None:
    canvas = drawn(page, own)
    data = page.evaluate("fetch('/map/data.json').then((answer) => answer.json())")
    box = canvas.bounding_box()
    assert box is not None
    tip = page.locator("#map-tip")
    for down in range(6, int(box["height"]), 18):
        for along in range(6, int(box["width"]), 18):
            page.mouse.move(box["x"] + along, box["y"] + down)
            if tip.is_visible():
                break
        if tip.is_visible():
            break
    expect(tip).to_be_visible()
    title = tip.locator("strong").inner_text()
    point = next(p for p in data["points"] if p["title"] == title)
    told = [float(number) for number in re.findall(r"([\d.]+) to “", tip.inner_text())]
    assert told == [round(one["distance"], 2) for one in point["nearest"]]


def test_the_slider_replays_births_and_keys_move_and_zoom(page: Page, own: Served) -> None:
    canvas = drawn(page, own)
    whole = canvas.screenshot()
    page.locator("#map-day").fill("0")
    expect(page.locator("#map-date")).to_have_text(re.compile(r"^2020-05-\d\d$"))
    page.wait_for_timeout(100)
    assert canvas.screenshot() != whole
    canvas.focus()
    for key in ("+", "ArrowLeft", "-"):
        before = canvas.screenshot()
        page.keyboard.press(key)
        page.wait_for_timeout(100)
        assert canvas.screenshot() != before


def test_more_of_a_topic_by_keyboard_alone(page: Page, own: Served) -> None:
    drawn(page, own)
    button = page.get_by_role("button", name="More of Bitcoin", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#map-said")).to_contain_text("More of Bitcoin", timeout=30_000)
    expect(page.locator("#map-said")).to_be_focused()


def test_a_scout_brings_a_card_that_can_be_opened(page: Page, own: Served) -> None:
    drawn(page, own)
    page.get_by_role("button", name="Send a scout to Bitcoin", exact=True).click()
    said = page.locator("#map-said")
    expect(said).to_contain_text(re.compile("A scout is back|published nothing"), timeout=45_000)


def test_the_places_work_without_a_script(browser: Browser, own: Served) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(own.link)
    page.goto(f"{own.base}/map")
    expect(page.get_by_role("heading", name="The same as a table")).to_be_visible()
    page.get_by_role("button", name="Less of Bitcoin", exact=True).click()
    expect(page.locator("#map-said")).to_contain_text("Less of Bitcoin")
    assert json.loads(own.ammo("you", "show", "--json"))["events"] == 1
    page.goto(f"{own.base}/subspaces")
    page.get_by_text("Its 24 buddies").click()
    page.get_by_role("link", name="Bitcoin Buddy", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bitcoin Buddy")
    context.close()


@pytest.mark.parametrize("path", PLACES)
def test_no_violation_and_no_sideways_scroll_on_any_place(
    page: Page, own: Served, path: str
) -> None:
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for width, scheme in product((320, 1280), schemes):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.goto(own.base + path)
        page.evaluate("document.querySelectorAll('main details').forEach((d) => (d.open = true))")
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        wide = page.evaluate(
            "[...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1"
            " && !e.closest('.table-wrap, pre')).map((e) => e.outerHTML.slice(0, 120))"
        )
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), wide
