"""The nine rules in a real browser: what a person sees is what is kept, and everything goes back.

Rule 4, silence, is not a matter of a browser: 1,000 ticks are tried in ``tests/contact/test_watch.py``.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SCRIPTED, Served, first_cards, served, until

OPEN = "article[data-state=open]"
ACTED = "article[data-state=acted]"
QUESTION = "How is the supply of coins capped?"
WATCHED = """() => {
  window.order = [];
  const look = () => {
    const now = [];
    if (document.querySelector(".noted") && !window.order.includes("noted")) now.push("noted");
    if (document.querySelector("[data-run=finished]") && !window.order.includes("finished")) now.push("finished");
    if (now.length > 1) window.order.push("both at once");
    window.order.push(...now);
  };
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true, attributes: true});
}"""


def api(page: Page, base: str, path: str) -> Any:
    """Return what a GET of the JSON API answers in this session."""
    answer = page.request.get(f"{base}/api/v1/{path}")
    assert answer.ok, answer.text()
    return answer.json()


def vector(home: Path) -> tuple[tuple[str, bytes, bytes, bytes], ...]:
    """Return the preference in each subspace as the ledger holds it."""
    with sqlite3.connect(f"file:{home}/data/ledger.db?mode=ro", uri=True) as db:
        rows = db.execute(
            "SELECT subspace, q, precision, information FROM preferences ORDER BY subspace"
        ).fetchall()
    db.close()
    assert rows
    return tuple(tuple(row) for row in rows)


@pytest.fixture
def feed(page: Page) -> Page:
    """A feed after three taps."""
    return first_cards(page)


# --- 1: feedback has a receipt, and it changes what comes ----------------------------------------
def test_a_like_brings_another_card_than_would_have_come_without_it(
    page: Page, own: Served
) -> None:
    page.get_by_role("button", name="Surprise me").click()
    page.wait_for_url(re.compile(r"/$"))
    without = api(page, own.base, "coming?n=3")["ids"]
    names = [(c.get_attribute("id") or "").removeprefix("card-") for c in page.locator(OPEN).all()]
    foreseen = {name: api(page, own.base, f"peek/{name}")["ids"] for name in names}
    moved = [name for name in names if foreseen[name][0] != without[0]]
    assert moved, "a like of a newcomer changes what comes"
    page.locator(f"#card-{moved[0]} [data-key=l]").click()
    expect(page.locator("article")).to_have_count(4)
    assert page.locator("article").last.get_attribute("id") == f"card-{foreseen[moved[0]][0]}"
    expect(page.locator(f"#r-{moved[0]}")).to_contain_text(
        re.compile(r"Liked\.\s+(more|less): .*\S · cards like it 0\.")
    )


def test_undo_brings_back_the_old_order_and_the_old_vector_exactly(feed: Page, own: Served) -> None:
    coming, held = api(feed, own.base, "coming?n=20")["ids"], vector(own.home)
    feed.locator(OPEN).first.locator("[data-key=l]").click()
    expect(feed.locator(ACTED)).to_have_count(1)
    assert vector(own.home) != held
    feed.locator(ACTED).locator("[data-key=u]").click()
    expect(feed.locator(ACTED)).to_have_count(0)
    assert vector(own.home) == held
    assert api(feed, own.base, "coming?n=20")["ids"] == coming


@pytest.mark.slow
def test_what_the_preview_names_comes_while_the_real_model_writes_into_the_real_store(
    browser: Browser, tmp_path: Path
) -> None:
    with served(tmp_path / "home", {"AMMO_STORE": "chroma", "AMMO_MODEL_THREADS": "1"}) as here:
        page = browser.new_page()
        page.goto(here.link)
        first_cards(page)
        until(lambda: here.ammo("status", "--json") and _writes(page, here.base), 120)
        for count in (4, 5):
            like = page.locator(OPEN).first.locator("[data-key=l]")
            like.hover()
            peek = page.locator(OPEN).first.locator(".peek", has_text="next would be")
            expect(peek).to_be_visible(timeout=20_000)
            named = peek.inner_text().removeprefix("next would be").split("·")[0].strip()
            like.click()
            expect(page.locator("article")).to_have_count(count)
            expect(page.locator("article").last.locator("h2")).to_have_text(named)
            expect(page.locator(ACTED)).to_have_count(count - 3)
        page.close()


def _writes(page: Page, base: str) -> bool:
    page.goto(base)
    return page.locator(".writing").count() > 0


# --- 2: explanations are sums --------------------------------------------------------------------
def test_the_parts_on_the_card_are_the_score_and_the_ones_of_the_ledger(
    feed: Page, own: Served
) -> None:
    feed.locator(OPEN).first.locator("[data-key=l]").click()
    expect(feed.locator("article")).to_have_count(4)
    for card in feed.locator(OPEN).all():
        card.locator("details[id^=why] > summary").click()
        shown = [float(n) for n in card.locator(".sum td.num").all_inner_texts()]
        assert abs(sum(shown[:-1]) - shown[-1]) <= 1e-6 * len(shown)  # each is rounded to 1e-6
        name = (card.get_attribute("id") or "").removeprefix("card-")
        held = next(c for c in api(feed, own.base, "sitting")["cards"] if c["id"] == name)
        assert abs(sum(r["value"] for r in held["reasons"]) - held["score"]) < 1e-6
        assert shown == [round(r["value"], 6) for r in held["reasons"]] + [round(held["score"], 6)]


# --- 3: everything learned can be deleted ----------------------------------------------------------
def test_an_act_deleted_on_you_is_as_if_it_had_never_been(feed: Page, own: Served) -> None:
    picked = vector(own.home)
    for count in (1, 2):
        feed.locator(OPEN).first.locator("[data-key=l]").click()
        expect(feed.locator(ACTED)).to_have_count(count)
    both = vector(own.home)
    feed.goto(f"{own.base}/you")
    liked = feed.locator("#ledger tbody tr", has_text="you liked")
    expect(liked).to_have_count(2)
    liked.last.get_by_role("button").click()  # the older of the two: from the middle of the log
    expect(liked).to_have_count(1)
    one = vector(own.home)
    liked.get_by_role("button").click()
    expect(liked).to_have_count(0)
    assert len({both, one, picked}) == 3
    assert vector(own.home) == picked


# --- 5 and 9: no network, no account ------------------------------------------------------------------
def test_everything_a_person_does_works_with_the_network_off(
    browser: Browser, tmp_path: Path
) -> None:
    nowhere = "http://127.0.0.1:9"
    env = {**SCRIPTED, "AMMO_OFFLINE": "true", "HTTPS_PROXY": nowhere, "HTTP_PROXY": nowhere}
    with served(tmp_path / "home", env, "--no-write") as here:
        context = browser.new_context()
        asked: list[str] = []
        context.on("request", lambda r: asked.append(r.url))
        page = context.new_page()
        page.goto(here.link)
        first_cards(page)
        expect(page.locator(".strip .words", has_text="Because you picked").first).to_be_visible()
        page.locator(OPEN).first.locator("[data-key=l]").click()
        expect(page.locator(ACTED)).to_have_count(1)
        for path in ("/map", "/you", "/inbox", "/subspaces", "/health", "/sees"):
            answer = page.goto(here.base + path)
            assert answer is not None, path
            assert answer.ok, path
        page.goto(f"{here.base}/chat?with=coin/bitcoin")
        page.get_by_label(re.compile("Message to")).fill(QUESTION)
        page.get_by_role("button", name="Send").click()
        expect(page.locator(".bubble-body a[href^='#src-']").first).to_be_visible()
        context.close()
        assert asked
        assert all(url.startswith(here.base) for url in asked)


def test_what_is_said_while_ammo_does_not_answer_waits_and_counts_once(
    feed: Page, own: Served
) -> None:
    before = len(api(feed, own.base, "events")["events"])
    feed.context.set_offline(True)
    feed.locator(OPEN).first.locator("[data-key=l]").click()
    expect(feed.locator("#line")).to_contain_text("1 action waits")
    expect(feed.locator(ACTED)).to_have_count(0)
    feed.context.set_offline(False)
    expect(feed.locator(ACTED)).to_have_count(1)
    expect(feed.locator("#line")).to_have_count(0)
    assert len(api(feed, own.base, "events")["events"]) == before + 1


# --- 6: one list of what was changed ---------------------------------------------------------------------
def test_you_lists_the_same_changes_as_the_api(feed: Page, own: Served) -> None:
    feed.goto(f"{own.base}/you")
    feed.get_by_label("Slots of one sitting").fill("5")
    feed.get_by_label("Mix").select_option("fresh")
    feed.locator("#attention").get_by_role("button", name="Save").click()
    note = feed.locator("#attention .note")
    expect(note).to_contain_text("slots")
    rows = api(feed, own.base, "profile")["choices"]
    changed = {row["name"] for row in rows if row["changed"] and row["name"] != "greeted"}
    told = note.inner_text().removeprefix("changed from default: ").split(", ")
    assert {"slots", "mix"} <= set(told) == changed


# --- 7: what is noted is seen at once -----------------------------------------------------------------------
def test_noted_with_its_undo_is_there_before_the_answer_ends(page: Page, own: Served) -> None:
    page.goto(f"{own.base}/chat")
    page.evaluate(WATCHED)
    page.get_by_label(re.compile("Message to")).fill("less price talk please")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("[data-run=finished]")).to_be_visible()
    expect(page.locator(".noted").get_by_role("button", name=re.compile("^undo"))).to_be_visible()
    assert page.evaluate("window.order") == ["noted", "finished"]


# --- 8: a stream survives, and so does a page -----------------------------------------------------------------
def test_after_a_restart_of_the_server_the_same_pages_go_on(
    browser: Browser, tmp_path: Path
) -> None:
    context = browser.new_context()
    feed, talk = context.new_page(), context.new_page()
    with served(tmp_path / "home", SCRIPTED, "--no-write") as here:
        port = here.base.rpartition(":")[2]
        feed.goto(here.link)
        first_cards(feed)
        talk.goto(f"{here.base}/chat?with=coin/bitcoin")
        talk.get_by_label(re.compile("Message to")).fill(QUESTION)
        talk.get_by_role("button", name="Send").click()
        expect(talk.locator("[data-run=finished]")).to_be_visible()
        said = talk.locator(".bubble").all_inner_texts()
        talk.get_by_label(re.compile("Message to")).fill("And what is mining?")
    expect(talk.locator("#line")).to_contain_text("Connection lost", timeout=15_000)
    with served(tmp_path / "home", SCRIPTED, "--no-write", port=port):
        expect(talk.locator("#line")).to_have_count(0, timeout=20_000)
        assert talk.locator(".bubble").all_inner_texts() == said
        talk.get_by_role("button", name="Send").click()
        expect(talk.locator("[data-run=finished]")).to_have_count(2)
        feed.bring_to_front()
        feed.locator(OPEN).first.locator("[data-key=l]").click()
        expect(feed.locator(ACTED)).to_have_count(1)
        expect(feed.locator("article")).to_have_count(4)
        context.close()


def test_two_tabs_of_the_feed_agree_and_a_card_counts_once(feed: Page, own: Served) -> None:
    other = feed.context.new_page()
    other.goto(own.base)
    first = feed.locator(OPEN).first.get_attribute("id")
    feed.bring_to_front()
    feed.locator(f"#{first}").locator("[data-key=l]").click()
    expect(feed.locator("article")).to_have_count(4)
    events = len(api(feed, own.base, "events")["events"])
    other.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # as when it is shown
    expect(other.locator(ACTED)).to_have_count(1)
    assert [a.get_attribute("id") for a in other.locator("article").all()] == [
        a.get_attribute("id") for a in feed.locator("article").all()
    ]
    assert len(api(feed, own.base, "events")["events"]) == events
