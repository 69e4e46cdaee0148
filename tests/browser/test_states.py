"""The states between the pages: a refusal the size of a card, what a person hid, their hours, and how heavy it all is."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

import ammo_agents.web
from tests.browser.conftest import Served, first_cards, served

OPEN = "article[data-state=open]"
ACTED = "article[data-state=acted]"
STATIC = Path(ammo_agents.web.__file__).parent / "static"
PAGE = 60_000
PART = 20_000
"""Bytes, compressed."""


@pytest.fixture
def feed(page: Page) -> Page:
    """A feed after three taps."""
    return first_cards(page)


@pytest.fixture
def program(own: Served) -> Iterator[httpx.Client]:
    """A program of the same person."""
    token = json.loads(own.ammo("token", "show", "--json"))["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=own.base, headers=bearer, timeout=30) as api:
        yield api


def test_a_refusal_is_a_card_with_its_code_and_a_way_on_and_the_page_stays(feed: Page) -> None:
    card = feed.locator(OPEN).first
    card.locator("input[name=card]").first.evaluate("field => (field.value = 'c_nobody')")
    card.locator("[data-key=l]").click()
    refusal = feed.locator(".error-card")
    expect(refusal).to_contain_text("AMMO-")
    expect(refusal.get_by_role("link", name="Try again")).to_be_visible()
    expect(feed.locator(OPEN)).to_have_count(3)
    refusal.get_by_role("link", name="Try again").click()
    expect(feed.locator(".error-card")).to_have_count(0)


def test_a_buddy_that_was_hidden_does_not_come_again(feed: Page, program: httpx.Client) -> None:
    first = program.get("/api/v1/sitting").json()["cards"][0]
    card = feed.locator(f"#card-{first['id']}")
    card.locator("summary[data-key='.']").click()
    card.get_by_role("button", name=re.compile("^Less from .* Buddy$")).click()
    expect(feed.locator(ACTED)).to_contain_text("Buddy hidden")
    program.post("/api/v1/profile", json={"name": "slots", "value": 40}).raise_for_status()
    cards = program.post("/api/v1/sitting/again").json()["cards"]
    for _ in range(37):
        one = program.post("/api/v1/sitting/more").json()["next"]
        cards += [one] if one else []
    assert len(cards) > 20
    assert first["buddy"] not in {one["buddy"] for one in cards}


def test_quiet_hours_are_told_where_they_hold(page: Page, own: Served) -> None:
    page.goto(f"{own.base}/inbox")
    page.get_by_label("Quiet from").fill("21:30")
    page.get_by_label("Time zone").fill("Europe/Berlin")
    page.locator("#rules").get_by_role("button", name="Keep").click()
    page.goto(f"{own.base}/you")
    expect(page.locator("#contact")).to_contain_text("never from 21:30 to 08:00 (Europe/Berlin)")


def test_without_a_key_there_are_cards_and_the_chip_says_what_is_missing(
    browser: Browser, tmp_path: Path
) -> None:
    env = {"AMMO_STORE": "exact", "AMMO_OFFLINE": "true"}
    with served(tmp_path / "home", env, "--no-write") as here:
        page = browser.new_page()
        page.goto(here.link)
        first_cards(page)
        expect(page.locator("#status")).to_contain_text("local")
        expect(page.locator(OPEN)).to_have_count(3)
        page.close()


# --- budgets: bytes and counts, never time -----------------------------------------------------------
def test_scripts_and_styles_are_small(feed: Page, own: Served) -> None:
    wanted: set[str] = set()
    feed.on("request", lambda one: wanted.add(one.url))
    for path in ("/", "/chat"):
        feed.goto(own.base + path)
        feed.wait_for_load_state("load")
    for kind in ("js", "css"):
        files = {re.sub(r".*/static/|\?.*", "", url) for url in wanted if url.endswith(kind)}
        sizes = [len(gzip.compress((STATIC / name).read_bytes())) for name in files]
        assert len(sizes) > 1
        assert sum(sizes) <= PART, (kind, sum(sizes))


def test_the_feed_is_light_and_shallow(browser: Browser, feed: Page, own: Served) -> None:
    fresh = browser.new_context(storage_state=feed.context.storage_state())
    page = fresh.new_page()
    sizes: list[int] = []
    page.on("requestfinished", lambda one: sizes.append(one.sizes()["responseBodySize"]))
    page.goto(own.base)
    page.wait_for_load_state("networkidle")
    assert 1000 < sum(sizes) <= PAGE
    for count in range(1, 9):
        page.locator(OPEN).first.locator("[data-key=l]").click()
        expect(page.locator(ACTED)).to_have_count(count)
    page.reload()
    assert page.evaluate("document.querySelectorAll('*').length") < 1500
    fresh.close()


def test_only_sixty_messages_live_on_the_page(
    page: Page, own: Served, program: httpx.Client
) -> None:
    for number in range(35):
        body = {"text": f"What is mining? ({number})", "thread": "coin/bitcoin"}
        program.post("/api/v1/chat", json=body).raise_for_status()
    page.goto(f"{own.base}/chat?with=coin/bitcoin")
    expect(page.locator(".working")).to_have_count(0, timeout=40_000)
    page.reload()
    assert 30 <= page.locator(".bubble").count() <= 60
    expect(page.get_by_role("link", name="Earlier")).to_be_visible()
