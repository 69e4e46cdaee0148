"""The feed as a person meets it: receipts, sums, previews, keys, no JavaScript, and an end."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Served

OPEN = "article[data-state=open]"
ACTED = "article[data-state=acted]"


@pytest.fixture
def feed(page: Page) -> Page:
    """A feed after three taps."""
    for place in (0, 2, 4):
        page.locator(".tile").nth(place).click()
    page.wait_for_url(re.compile(r"/$"))
    return page


def test_three_taps_lead_to_a_card_whose_reason_is_already_true(feed: Page) -> None:
    picked = feed.locator(".strip .words", has_text="Because you picked")
    expect(picked.first).to_be_visible()


def test_the_first_run_goes_by_keyboard_alone(page: Page) -> None:
    page.locator(".tile input").first.focus()
    for _ in range(3):
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
    page.wait_for_url(re.compile(r"/$"))
    expect(page.locator(OPEN)).to_have_count(3)


def test_a_like_folds_to_a_receipt_and_brings_another_card_into_focus(feed: Page) -> None:
    expect(feed.locator(OPEN)).to_have_count(3)
    second = feed.locator(OPEN).nth(1).get_attribute("id")
    feed.locator(OPEN).first.locator("[data-key=l]").click()
    receipt = feed.locator(ACTED).first
    expect(receipt).to_contain_text("Liked.")
    expect(receipt).to_contain_text("more:")
    expect(feed.locator("article")).to_have_count(4)
    assert feed.evaluate("document.activeElement.id") == second
    expect(feed.locator("#topline")).to_contain_text("4 left")


def test_what_the_preview_names_is_what_comes(feed: Page) -> None:
    like = feed.locator(OPEN).first.locator("[data-key=l]")
    like.hover()
    peek = feed.locator(".peek", has_text="next would be")
    expect(peek).to_be_visible()
    named = peek.inner_text().removeprefix("next would be").split("·")[0].strip()
    like.click()
    expect(feed.locator("article").nth(3).locator("h2")).to_have_text(named)


def test_undo_opens_the_card_again_and_takes_back_the_one_it_brought(feed: Page) -> None:
    def order() -> list[str]:
        return [a.get_attribute("id") or "" for a in feed.locator("article").all()]

    before = order()
    feed.locator(OPEN).first.locator("[data-key=s]").click()
    expect(feed.locator("article")).to_have_count(4)
    feed.locator(ACTED).locator("[data-key=u]").click()
    expect(feed.locator(ACTED)).to_have_count(0)
    assert order() == before
    feed.reload()
    assert order() == before


def test_the_parts_of_the_sum_add_up_to_the_score(feed: Page) -> None:
    feed.locator(OPEN).first.locator("[data-key=l]").click()
    expect(feed.locator("article")).to_have_count(4)
    last = feed.locator(OPEN).last.get_attribute("id") or ""
    feed.goto(feed.url.partition("#")[0] + "why/" + last.removeprefix("card-"))
    numbers = [float(n) for n in feed.locator(".sum td.num").all_inner_texts()]
    assert len(numbers) > 3
    assert abs(sum(numbers[:-1]) - numbers[-1]) < 1e-6 * len(numbers)  # each is shown to 1e-6


def test_keys_act_on_the_focused_card_and_can_be_switched_off(feed: Page) -> None:
    feed.locator(OPEN).first.focus()
    feed.keyboard.press("PageDown")
    assert feed.evaluate("document.activeElement.getAttribute('aria-posinset')") == "2"
    feed.keyboard.press("b")
    expect(feed.locator(ACTED)).to_contain_text("Saved.")
    feed.get_by_role("button", name="Switch letters off").click()
    expect(feed.get_by_role("button", name="Switch letters on")).to_be_visible()
    feed.locator(OPEN).first.focus()
    feed.keyboard.press("l")
    feed.reload()
    expect(feed.locator(ACTED)).to_have_count(1)


def test_the_feed_ends_and_says_what_was_missed(feed: Page) -> None:
    for count in range(1, 9):
        feed.locator(OPEN).first.locator("[data-key=l]").click()
        expect(feed.locator(ACTED)).to_have_count(count)
    expect(feed.locator("#end")).to_contain_text("That is all for now.")
    expect(feed.locator("#end")).to_contain_text("You missed 2")
    expect(feed.locator(OPEN)).to_have_count(0)


@pytest.fixture
def bare(browser: Browser, own: Served) -> Iterator[Page]:
    """A logged-in page without JavaScript, on a telephone of 320 px."""
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 320, "height": 640}, color_scheme="dark"
    )
    page = context.new_page()
    page.goto(own.link)
    yield page
    context.close()


def test_everything_works_without_javascript(bare: Page) -> None:
    for place in (0, 1, 2):
        bare.locator(".tile").nth(place).click()
    bare.get_by_role("button", name="Show my first cards").click()
    expect(bare.locator(OPEN)).to_have_count(3)
    bare.locator(OPEN).first.locator("[data-key=l]").click()
    expect(bare.locator(ACTED)).to_have_count(1)
    expect(bare.locator("article")).to_have_count(4)
    bare.locator(ACTED).locator("[data-key=u]").click()
    expect(bare.locator(ACTED)).to_have_count(0)
    bare.locator(OPEN).first.locator("summary[data-key='.']").click()
    bare.get_by_role("button", name="Less of this topic").click()
    expect(bare.locator(ACTED)).to_contain_text("Less of this.")
    bare.goto(bare.url.partition("/#")[0] + "/you")
    kept = bare.locator("#ledger tbody tr").count()
    bare.locator("#ledger button").first.click()
    expect(bare.locator("#ledger tbody tr")).to_have_count(kept - 1)


def test_axe_finds_nothing_in_both_themes_at_two_widths(browser: Browser, own: Served) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(own.link)
    told = looked_at(page, "first")
    for place in (0, 2, 4):
        page.locator(".tile").nth(place).click()
    page.wait_for_url(re.compile(r"/$"))
    page.locator(OPEN).first.locator("[data-key=l]").click()
    expect(page.locator("article")).to_have_count(4)
    for summary in page.locator(f"{OPEN} .strip > summary").all()[:2]:
        summary.click()
    told += looked_at(page, "feed")
    card = (page.locator(OPEN).last.get_attribute("id") or "").removeprefix("card-")
    base = page.url.partition("/#")[0].rstrip("/")
    for path in ("/you", f"/why/{card}", f"/card/{card}?raw=1"):
        page.goto(base + path)
        told += looked_at(page, path)
    context.close()
    assert not told, "\n".join(told)


def looked_at(page: Page, name: str) -> list[str]:
    """Return what axe reports of a page, light and dark, on a desk and on a telephone."""
    told = []
    for scheme, width in (("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 900})
        result = Axe().run(page)
        if result.violations_count:
            told.append(f"{name} {scheme} {width}: {result.generate_report()}")
    return told


def test_no_screen_scrolls_sideways_at_320_pixels(feed: Page) -> None:
    feed.set_viewport_size({"width": 320, "height": 640})
    base = feed.url.partition("/#")[0].rstrip("/")
    for path in ("/", "/you", "/first"):
        feed.goto(base + path)
        assert feed.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_a_page_is_light(own: Served, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    sizes: list[int] = []
    page.on("requestfinished", lambda r: sizes.append(r.sizes()["responseBodySize"]))
    page.goto(own.link)
    page.wait_for_load_state("networkidle")
    assert sum(sizes) > 1000
    assert page.evaluate("document.querySelectorAll('*').length") < 1500
    context.close()
