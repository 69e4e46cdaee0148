"""Studio in a real browser: labels by keys, curves that grow while one looks, a promotion taken back, nothing for axe to say."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

import ammo_agents.web
from tests.browser.conftest import SCRIPTED, Served, served
from tests.browser.test_every_page import FITS, SMALL, told_by_axe
from tests.web.studio_home import (
    put_adapter,
    put_run,
    put_samples,
    put_set,
    steps,
    training,
    working,
    write_json,
    write_lines,
)

STATIC = Path(ammo_agents.web.__file__).parent / "static"
JS = 25_000
"""Bytes of scripts a page of Studio may load, compressed."""
LIVE = "run-busy"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server on a home with a set, samples to label, runs in every state, and two adapters."""
    home = tmp_path_factory.mktemp("studio")
    root = training(home)
    put_set(root, "short-sourced", count=60)
    put_samples(root, count=6)
    put_adapter(root, "run-first")
    put_adapter(root, "run-second", passed=False)
    told = {"name": "broken", "state": "failed", "stage": "train", "log": "step 3\nloss is nan\n"}
    put_run(root, "run-broken", count=20, fault="the loss is nan at step 20", **told)
    put_run(root, "run-cut", count=12, name="cut", state="running", stage="train", pid=2**22 + 7)
    folder = put_run(root, LIVE, count=8, name="busy", state="running", stage="train", seconds_left=130)  # fmt: skip
    put_run(root, "run-waits", name="waits", state="queued", stage="prepare", pid=1, started="2026-11-20T11")  # fmt: skip
    with working(folder), served(home, SCRIPTED, "--no-write") as here:
        yield here


@pytest.fixture(scope="module")
def owner(browser: Browser, studio: Served) -> Iterator[BrowserContext]:
    """The owner, logged in."""
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(studio.link)
    page.close()
    yield context
    context.close()


@pytest.fixture
def page(owner: BrowserContext) -> Iterator[Page]:
    """A page that fails the test when its console says something, or it asks anybody but the server."""
    page = owner.new_page()
    faults: list[str] = []
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: faults.append(str(e)))
    page.on("request", lambda r: faults.append(r.url) if "127.0.0.1" not in r.url else None)
    yield page
    page.close()
    assert not faults


PAGES = (
    "/studio",
    "/studio/label",
    "/studio/train",
    "/studio/runs",
    "/studio/runs/run-first",
    "/studio/runs/run-second",
    "/studio/runs/run-broken",
    "/studio/runs/run-cut",
    f"/studio/runs/{LIVE}",
    "/studio/runs/run-waits",
    "/studio/promote",
)


def opened(page: Page, url: str) -> None:
    """Go to a page and open everything that opens."""
    page.goto(url)
    page.evaluate("document.querySelectorAll('main details').forEach((d) => (d.open = true))")


def test_axe_finds_nothing_in_studio_full_or_empty(page: Page, studio: Served, own: Served) -> None:
    axe, told = Axe(), []
    for path in PAGES:
        opened(page, studio.base + path)
        told += told_by_axe(page, path, axe=axe)
    page.set_viewport_size({"width": 1280, "height": 900})
    bare = page.context.browser.new_context(reduced_motion="reduce")  # type: ignore[union-attr]
    empty = bare.new_page()
    empty.goto(own.link)
    for path in ("/studio", "/studio/label", "/studio/train", "/studio/runs", "/studio/promote"):
        empty.goto(own.base + path)
        told += told_by_axe(empty, f"{path} empty", axe=axe)
    bare.close()
    assert not told, "\n".join(told)


@pytest.mark.parametrize("width", [320, 390])
def test_studio_does_not_scroll_sideways_and_nothing_is_too_small_to_touch(
    page: Page, studio: Served, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    told: list[str] = []
    for path in PAGES:
        opened(page, studio.base + path)
        fits, wide = page.evaluate(FITS)
        told += [] if fits else [f"{path} at {width}: {wide}"]
        told += [f"{path}: {one}" for one in page.evaluate(SMALL, 24)]
    assert not told, "\n".join(told)


def test_on_a_phone_studio_is_behind_more(page: Page, studio: Served) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{studio.base}/you")
    page.locator(".places summary").click()
    page.locator(".menu-sheet").get_by_role("link", name="Studio").click()
    expect(page.get_by_role("heading", name="Studio", level=1)).to_be_visible()


def test_labels_go_by_keys_alone_always_on_and_back(page: Page, studio: Served) -> None:
    page.goto(f"{studio.base}/studio/label")
    about = page.locator(".label-about")
    seen = [about.inner_text()]
    for key, words in (("1", "the first is better"), ("2", "the second"), ("0", "equal")):
        expect(page.locator(f".label-keys kbd:text-is('{key}')")).to_be_visible()
        page.keyboard.press(key)
        expect(page.locator("#label-said")).to_contain_text(words)
        expect(about).not_to_have_text(seen[-1])
        seen.append(about.inner_text())
    assert len(set(seen)) == 4
    expect(page.locator(".label-head")).to_contain_text("2 of 50 pairs")
    page.keyboard.press("u")
    expect(about).to_have_text(seen[2])
    page.reload()
    expect(about).to_have_text(seen[2])
    page.keyboard.press("u")
    expect(about).to_have_text(seen[1])


def test_curves_grow_while_one_looks_and_a_reload_loses_nothing(page: Page, studio: Served) -> None:
    folder = training(studio.home) / "runs" / LIVE
    page.goto(f"{studio.base}/studio/runs/{LIVE}")
    numbers = page.locator("#curve-numbers")
    numbers.locator("summary").click()
    rows = numbers.locator("table").first.locator("tbody tr")
    expect(rows).to_have_count(8)
    write_lines(folder / "metrics.jsonl", steps(20))
    expect(rows).to_have_count(20)
    expect(numbers).to_have_attribute("open", "")
    expect(page.locator(".run-now")).to_contain_text("2 min left")
    write_lines(folder / "metrics.jsonl", steps(24))
    page.reload()
    expect(rows).to_have_count(24)
    line = page.locator(".curve .chart-line").first
    before = line.get_attribute("d")
    write_lines(folder / "metrics.jsonl", steps(25))
    expect(rows).to_have_count(25)
    assert page.locator(".curve .chart-line").first.get_attribute("d") != before
    told = {"id": LIVE, "name": "busy", "kind": "dpo", "state": "failed", "stage": "train"}
    write_json(folder / "run.json", {**told, "step": 25, "steps": 64, "fault": "the loss is nan"})
    expect(page.locator("#run-state")).to_contain_text("Likely cause: The loss is no number")
    expect(page.get_by_role("button", name="Stop and keep the checkpoint")).to_have_count(0)
    expect(page.locator("#run-state")).to_contain_text(f"ammo train run --resume {LIVE}")
    write_json(folder / "run.json", {**told, "state": "running", "step": 8, "steps": 64, "seconds_left": 130})  # fmt: skip
    expect(page.get_by_role("button", name="Stop and keep the checkpoint")).to_be_visible()


def test_the_list_hears_of_a_run_that_begins(page: Page, studio: Served) -> None:
    page.goto(f"{studio.base}/studio/runs")
    expect(page.locator("#row-run-waits")).to_contain_text("Place 2: busy trains")
    put_run(training(studio.home), "run-new", count=4, name="brand new")
    expect(page.locator("#row-run-new")).to_be_visible()
    (training(studio.home) / "runs" / "run-new" / "run.json").unlink()
    expect(page.locator("#row-run-new")).to_have_count(0)


def test_an_adapter_is_promoted_and_taken_back_without_leaving_the_page(
    page: Page, studio: Served
) -> None:
    page.goto(f"{studio.base}/studio/promote")
    page.get_by_role("button", name="Promote adapter of run-first").click()
    said = page.locator("#promote-said")
    expect(said).to_contain_text("adapter of run-first writes for coin/bitcoin")
    expect(page.locator("#adapters")).to_contain_text("live for coin/bitcoin")
    said.get_by_role("button", name="Undo").click()
    expect(said).to_contain_text("the base writes for coin/bitcoin")
    expect(page.locator("#adapters")).to_contain_text("Every buddy writes with the base.")
    said.get_by_role("button", name="Undo").click()
    expect(page.locator("#adapters")).to_contain_text("live for coin/bitcoin")
    page.get_by_role("button", name="Roll back coin/bitcoin").click()
    expect(page.locator("#adapters")).to_contain_text("Every buddy writes with the base.")
    expect(page.get_by_role("button", name=re.compile("Promote .*run-second"))).to_have_count(0)


def test_every_page_of_studio_says_everything_without_javascript(
    browser: Browser, owner: BrowserContext, studio: Served
) -> None:
    bare = browser.new_context(java_script_enabled=False, storage_state=owner.storage_state())
    page = bare.new_page()
    page.goto(f"{studio.base}/studio/label")
    about = page.locator(".label-about").inner_text()
    page.get_by_role("button", name="The first").click()
    expect(page.locator("#label-said")).to_contain_text("Kept")
    assert page.locator(".label-about").inner_text() != about
    page.get_by_role("button", name="Undo the last").click()
    expect(page.locator(".label-about")).to_have_text(about)
    page.goto(f"{studio.base}/studio/runs/run-first")
    expect(page.locator(".chart-plot")).to_have_count(4)
    page.locator("#curve-numbers summary").click()
    expect(page.locator("#curve-numbers table").first.locator("tbody tr")).to_have_count(64)
    page.goto(f"{studio.base}/studio")
    page.get_by_label("My feedback may become training pairs").check()
    page.locator("#consent").get_by_role("button", name="Save").click()
    expect(page.get_by_label("My feedback may become training pairs")).to_be_checked()
    bare.close()


def test_scripts_and_styles_of_studio_are_small(page: Page, studio: Served) -> None:
    wanted: set[str] = set()
    page.on("request", lambda one: wanted.add(one.url))
    for path in PAGES:
        page.goto(studio.base + path)
        page.wait_for_load_state("load")
    for kind in ("js", "css"):
        files = {re.sub(r".*/static/|\?.*", "", url) for url in wanted if url.endswith(kind)}
        sizes = [len(gzip.compress((STATIC / name).read_bytes())) for name in files]
        assert len(sizes) > 1
        assert sum(sizes) <= (JS if kind == "js" else 20_000), (kind, sum(sizes))
