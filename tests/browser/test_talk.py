"""A talk in the browser: streamed, reloaded in the middle, read by a screen reader, on a phone."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Served, until

QUESTION = "How is the supply of coins capped?"


def ask(page: Page, words: str) -> None:
    page.get_by_label(re.compile("Message to")).fill(words)
    page.get_by_role("button", name="Send").click()


def test_an_answer_arrives_without_a_reload_and_its_chips_open_the_facts(
    page: Page, own: Served
) -> None:
    page.goto(f"{own.base}/chat?with=coin/bitcoin")
    ask(page, QUESTION)
    chip = page.locator(".bubble-body a[href^='#src-']").first
    expect(chip).to_be_visible()
    expect(page.get_by_label(re.compile("Message to"))).to_have_value("")
    chip.click()
    expect(page.locator(".source").first).to_be_visible()
    expect(page.locator(".source time").first).to_be_visible()


def test_a_reload_in_mid_stream_loses_no_word_and_doubles_none(page: Page, own: Served) -> None:
    page.goto(f"{own.base}/chat")
    ask(page, "@bitcoin @ethereum what is special about you?")
    expect(page.locator(".bubble:not(.mine)").first).to_be_visible()
    page.reload()
    expect(page.locator("[data-run=finished]")).to_be_visible(timeout=20_000)
    streamed = page.locator(".bubble:not(.mine) .bubble-body").all_inner_texts()
    page.reload()
    assert page.locator(".bubble:not(.mine) .bubble-body").all_inner_texts() == streamed
    assert len(streamed) == len(set(streamed)) >= 2


def test_an_answer_that_was_stopped_stays_as_it_is_and_can_be_asked_again(
    page: Page, own: Served
) -> None:
    page.goto(f"{own.base}/chat")
    ask(page, "@bitcoin @ethereum what is special about you?")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    answer = page.reload()
    assert answer is not None
    assert answer.ok
    page.get_by_role("button", name="Retry").click()
    expect(page.locator("[data-run=finished]").last).to_be_visible(timeout=20_000)
    expect(page.locator(".bubble:not(.mine) .prose").first).to_be_visible()


def test_a_wish_is_noted_with_its_way_back(page: Page, own: Served) -> None:
    page.goto(f"{own.base}/chat")
    ask(page, "less price talk please")
    page.locator(".noted").get_by_role("button", name=re.compile("^undo")).click()
    expect(page.locator(".noted")).to_contain_text("Taken back")


def test_a_second_tab_sees_the_same_talk(page: Page, own: Served) -> None:
    page.goto(f"{own.base}/chat?with=coin/bitcoin")
    other = page.context.new_page()
    other.goto(f"{own.base}/chat?with=coin/bitcoin")
    page.bring_to_front()
    ask(page, QUESTION)
    expect(page.locator("[data-run=finished]")).to_be_visible()
    other.bring_to_front()
    expect(other.locator("[data-run=finished]")).to_be_visible()
    assert other.locator(".bubble").all_inner_texts() == page.locator(".bubble").all_inner_texts()


def test_a_talk_is_clear_to_axe_and_fits_a_phone(browser: Browser, own: Served) -> None:
    first = browser.new_context()
    first.new_page().goto(own.link)
    for width, scheme in ((390, "light"), (1280, "dark"), (320, "light")):
        context = browser.new_context(
            storage_state=first.storage_state(),
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.goto(f"{own.base}/chat?with=coin/bitcoin")
        ask(page, QUESTION)
        expect(page.locator("[data-run=finished]").last).to_be_visible()
        for summary in page.locator(".bubble summary").all():
            summary.click()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        context.close()
    first.close()


def test_a_talk_works_without_javascript(browser: Browser, own: Served) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(own.link)
    page.goto(f"{own.base}/chat?with=coin/bitcoin")
    ask(page, QUESTION)
    expect(page.locator(".bubble.mine")).to_have_text(QUESTION)
    until(lambda: page.reload() and page.locator(".bubble:not(.mine) .prose").count())
    expect(page.locator(".working")).to_have_count(0)
    context.close()
