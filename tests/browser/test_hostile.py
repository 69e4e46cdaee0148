"""Hostile texts on every page: nothing runs, nothing is asked of anybody else, nothing moves (S8)."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import html
import io
import re
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, Page, Request, Response
from rich.console import Console

from ammo_agents.app import App, opened
from ammo_agents.cli import paint
from ammo_agents.ports import SOCIETY
from ammo_agents.records import (
    ActionBlock,
    Claim,
    ClaimBlock,
    Creation,
    CreationId,
    DialogueBlock,
    Fact,
    Placed,
    QuestionBlock,
    Source,
    TableBlock,
    TextBlock,
    Turn,
    content_id,
    fact_id,
)
from ammo_agents.round import play
from ammo_agents.round.notices import Proposal
from ammo_agents.settings import load
from ammo_agents.views import VERBS, importing, inbox, sitting
from tests.browser.conftest import SCRIPTED, Served, served
from tests.browser.hostile import FOREIGN, TEXTS, URLS

ENV = {**SCRIPTED, "AMMO_EMBEDDER": "scripted/hash", "AMMO_FREE_SPACE_MB": "0"}
T = TypeVar("T")
A_CARD = 6
"""Texts of one card, besides its title."""
GUARD = """() => {
  const found = [];
  for (const node of document.querySelectorAll("*")) {
    for (const { name, value } of node.attributes) {
      const inline = name.startsWith("on") || name === "style" || name === "srcdoc";
      if (inline) found.push(`${node.tagName} ${name}`);
      const leads = ["href", "src", "action", "formaction", "data", "xlink:href"].includes(name);
      const own = /^(\\/(?!\\/)|#|\\?|https?:\\/\\/|$)/.test(value);
      if (leads && !own) found.push(`${node.tagName} ${name}=${value.slice(0, 80)}`);
      const foreign = name !== "href" && leads && /^(https?:)?\\/\\//.test(value);
      if (foreign) found.push(`${node.tagName} ${name}=${value.slice(0, 80)}`);
    }
  }
  const scripts = [...document.scripts].filter((s) => !(s.getAttribute("src") || "").startsWith("/static/"));
  const strange = "img, iframe, object, embed, base, style, video, audio, math, template, dialog, frame, applet, marquee, meta[http-equiv]";
  return {
    found,
    scripts: scripts.length,
    strange: [...document.querySelectorAll(strange)].map((n) => n.outerHTML.slice(0, 120)),
    links: [...document.querySelectorAll("link")].filter((l) => !l.getAttribute("href").startsWith("/")).length,
    mains: document.querySelectorAll("main").length,
    ran: window.__pwned ?? null,
  };
}"""


@dataclass(slots=True)
class Trap:
    """A home full of hostile texts, being served."""

    served: Served
    cards: list[str]
    buddy: str


def packs() -> list[tuple[str, ...]]:
    """Return the texts in packs of one card."""
    size = A_CARD
    return [TEXTS[at : at + size] for at in range(0, len(TEXTS), size)]


def hostile_card(model: Creation, texts: tuple[str, ...], number: int) -> tuple[Creation, Fact]:
    """Return a card whose every field is hostile, and the fact it cites."""
    text, url = texts[0], URLS[number % len(URLS)]
    statement = text.replace("{", "(").replace("}", ")") or "x"
    fact = Fact(
        id=fact_id(
            entity=model.entity, predicate=f"evil.{number}", date=model.date, statement=statement
        ),
        subspace=model.subspace,
        entity=model.entity,
        predicate=f"evil.{number}",
        frame=statement,
        quantities=(),
        date=model.date,
        source=Source(name=texts[-1], url=url, licence=texts[-1], verified_by=texts[0]),
    )
    claims = tuple(Claim(text=one, facts=(fact.id,)) for one in texts)
    blocks = (
        *(TextBlock(text=one) for one in texts),
        *(ClaimBlock(claim=one) for one in claims),
        TableBlock(title=text, columns=texts[:2], rows=(texts[:2], texts[-2:]), facts=(fact.id,)),
        DialogueBlock(turns=tuple(Turn(speaker=model.buddy, claim=one) for one in claims)),
        QuestionBlock(question=text, options=texts),
        *(
            ActionBlock(label=one, target=URLS[(number + n) % len(URLS)])
            for n, one in enumerate(texts)
        ),
    )
    card = replace(
        model,
        id=CreationId(content_id("c", ["hostile", number])),
        title=Claim(text=text[:300], facts=(fact.id,)),
        hook=Claim(text=texts[-1], facts=(fact.id,)),
        claims=claims,
        blocks=blocks,
    )
    return card, fact


async def prepare(home: Path) -> tuple[list[str], str]:
    """Fill a home: cards, messages, notes, a notice, an imported file and what buddies saw."""
    env = {**ENV, "AMMO_HOME": str(home)}
    async with opened(await asyncio.to_thread(load, env=env, cwd=home), access="write") as app:
        world = await app.world(start=dt.date(2020, 3, 8))
        await play(world, most=4)
        here = await app.companion()
        pool = await here.recall(await here.preference())
        model = await app.ledger.creation(pool.ids[0])
        vectors = await (await app.embedder()).embed([f"hostile {n}" for n in range(len(packs()))])
        cards = []
        for number, texts in enumerate(packs()):
            card, fact = hostile_card(model, texts, number)
            placed = Placed(creation=card, vector=vectors[number], space=world.space)
            await app.ledger.publish(
                f"hostile/{number}", placed, (fact,), vectors[number : number + 1]
            )
            cards.append(card.id)
        await said(app)
        await noticed(app, model)
        return cards, model.buddy


async def said(app: App) -> None:
    """Keep hostile messages, notes, an imported file, and prompts that buddies saw."""
    diary = app.ledger.diary
    for number, text in enumerate(one.replace("\x00", "") for one in TEXTS):
        role = ("person", "buddy")[number % 2]
        body = {
            "id": f"m_{number}",
            "role": role,
            "text": text,
            "run": f"r_{number}",
            "by": text[:80],
        }
        body |= {"last": True} if role == "buddy" else {}
        await diary.write(f"message/{number}", app.person, "message", body, topic="you")
    usage = {"calls": 1, "tokens_in": 3, "tokens_out": 1, "seconds": 0.1, "money": 0.0}
    for number, texts in enumerate(packs()):
        parts = [
            {"role": t[:80], "text": t.replace("\x00", ""), "tokens": 1, "estimated": True}
            for t in texts
        ]
        body = {
            "who": "x",
            "model": texts[0][:80],
            "parts": parts,
            "answer": texts[-1],
            "usage": usage,
        }
        clean = _plain({**body, "prompt": "p"})
        await diary.write(f"sight/{number}", SOCIETY, "sight", clean, topic="")
    shown = await sitting.sitting(app)
    for card, texts in zip(shown["cards"], packs(), strict=False):
        await sitting.act(app, act="like", card=card["id"], note=" ".join(texts)[:2_000])
    lines = "".join(
        f'<outline text="{html.escape(_xml(one)[:200], quote=True)}"/>' for one in TEXTS[:120]
    )
    opml = f'<opml version="2.0"><body>{lines}<outline text="Bitcoin &lt;img src=x&gt;"/></body></opml>'
    content = base64.b64encode(opml.encode()).decode()
    await importing.keep_import(app, content=content, name="<script>window.__pwned=1</script>.opml")


def _plain(value: Any) -> Any:
    """Return a JSON value without NUL, which the diary refuses."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _xml(text: str) -> str:
    """Return text without what no XML may hold."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text)


async def noticed(app: App, card: Creation) -> None:
    """Write hostile notices to the person."""
    rules = {"quiet_from": "00:00", "quiet_to": "00:00", "most_a_day": 24}
    await inbox.set_rules(app, choices=rules)
    for number, texts in enumerate(packs()):
        desk, later = inbox.desk_of(app), app.clock.now() + dt.timedelta(minutes=11)
        desk.clock = At(later)
        proposal = Proposal(
            kind="notify",
            matter=f"{card.entity}{number}",
            title=texts[0][:300],
            text=" ".join(texts)[:3_000],
            key=f"{card.id}{number}",
            subspace=card.subspace,
            creation=card.id,
            entity=card.entity,
            buddy=card.buddy,
            score=0.9,
            novelty=0.5,
        )
        await desk.notify(proposal)


@dataclass(frozen=True, slots=True)
class At:
    """A clock that stands."""

    time: dt.datetime

    def now(self) -> dt.datetime:
        """Return its time."""
        return self.time


def ran(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a thread of its own: Playwright keeps a loop in this one."""
    came: list[T] = []
    thread = threading.Thread(target=lambda: came.append(asyncio.run(work)))
    thread.start()
    thread.join()
    return came[0]


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trap]:
    """Serve the hostile home."""
    home = tmp_path_factory.mktemp("hostile")
    cards, buddy = ran(prepare(home))
    with served(home, ENV, "--no-write") as here:
        yield Trap(here, cards, buddy)


@dataclass(slots=True)
class Watched:
    """A page, and everything that must not happen on it."""

    page: Page
    base: str
    strangers: list[str]
    dialogs: list[str]
    moved: list[str]
    faults: list[str]

    def see(self, path: str) -> str:
        """Open a page, look for what runs, and return its text."""
        self.moved.clear()
        answer: Response | None = self.page.goto(f"{self.base}{path}", wait_until="load")
        assert answer is not None
        assert answer.status < 500, f"{path}: {answer.status}"
        told = self.page.evaluate(GUARD)
        assert told["found"] == [], f"{path}: {told['found'][:5]}"
        assert told["scripts"] == 0, path
        assert told["strange"] == [], f"{path}: {told['strange'][:5]}"
        assert (told["links"], told["mains"], told["ran"]) == (0, 1, None), path
        assert len(self.moved) == 1, f"{path} led to {self.moved}"
        text = self.page.content()
        assert "7006652" not in text, f"{path}: a template was filled"
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text), path
        return text


@pytest.fixture(scope="module")
def watched(browser: Browser, trap: Trap) -> Iterator[Watched]:
    """A logged-in page whose every request, dialog and move is written down."""
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    seen = Watched(page, trap.served.base, [], [], [], [])

    def asked(request: Request) -> None:
        if not request.url.startswith(f"{trap.served.base}/"):
            seen.strangers.append(request.url)

    context.on("request", asked)
    page.on("dialog", lambda d: (seen.dialogs.append(d.message), d.dismiss()))
    page.on("framenavigated", lambda f: seen.moved.append(f.url))
    page.on("console", lambda m: seen.faults.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: seen.faults.append(str(e)))
    page.goto(trap.served.link)
    yield seen
    context.close()


def quiet(seen: Watched) -> None:
    """Check that nothing happened anywhere."""
    assert seen.strangers == []
    assert seen.dialogs == []
    assert [f for f in seen.faults if "Failed to load resource" not in f] == []


def test_there_are_enough_of_them() -> None:
    assert len(TEXTS) >= 150


@pytest.mark.timeout(180)
def test_every_hostile_card_is_text(watched: Watched, trap: Trap) -> None:
    for number, (card, texts) in enumerate(zip(trap.cards, packs(), strict=True)):
        page = watched.see(f"/card/{card}")
        if number == 0:
            assert html.escape(texts[0][:30], quote=False) in page
            assert "evil.example" in page or FOREIGN not in "".join(texts)
        if number % 4 == 0:
            for path in (
                f"/why/{card}",
                f"/card/{card}?go=27",
                f"/card/{card}?raw",
                f"/chat?card={card}",
            ):
                watched.see(path)
    quiet(watched)


@pytest.mark.timeout(180)
def test_every_page_that_lists_them_is_text(watched: Watched, trap: Trap) -> None:
    paths = [
        "/",
        "/you",
        "/you/import",
        "/inbox",
        "/chat",
        "/map",
        "/subspaces",
        "/first",
        "/health",
    ]
    paths += [
        "/sees",
        f"/buddy/{trap.buddy}",
        f"/chat?with={trap.buddy}",
        "/nowhere<script>",
        "/login",
    ]
    texts = {path: watched.see(path) for path in paths}
    assert "window.__pwned=1" in texts["/chat"]  # the texts are there, and they are text
    assert "window.__pwned=1" in texts["/inbox"]
    assert "window.__pwned=1" in texts["/you"]
    assert "window.__pwned=1" in texts[f"/buddy/{trap.buddy}"]
    for before in ("?before=60", "?before=120"):
        watched.see(f"/chat{before}")
    quiet(watched)


@pytest.mark.timeout(120)
def test_what_is_typed_comes_back_as_text(watched: Watched) -> None:
    page = watched.page
    watched.see("/chat")
    for text in TEXTS[:12]:
        page.locator("textarea[name=text], input[name=text]").first.fill(text)
        page.keyboard.press("Enter")
        page.wait_for_timeout(60)
    told = page.evaluate(GUARD)
    assert (told["found"], told["scripts"], told["strange"], told["ran"]) == ([], 0, [], None)
    watched.see("/chat")
    quiet(watched)


SEQUENCE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


async def painted(home: Path) -> dict[str, str]:
    """Return what the terminal shows of the hostile home, verb by verb."""
    env = {**ENV, "AMMO_HOME": str(home)}
    told: dict[str, str] = {}
    async with opened(await asyncio.to_thread(load, env=env, cwd=home), access="read") as app:
        asked: list[tuple[str, dict[str, Any]]] = [
            ("cards", {}),
            ("you", {}),
            ("sees", {"limit": 40}),
            ("inbox", {}),
            ("chat_threads", {}),
            ("rejections", {}),
        ]
        pool = [c["id"] for c in (await VERBS["cards"].function(app))["cards"]]
        asked += [("why", {"card": card}) for card in pool[:40]]
        for verb, arguments in asked:
            if verb not in VERBS:
                continue
            answer = await VERBS[verb].function(app, **arguments)
            out = Console(file=io.StringIO(), highlight=False, width=100, force_terminal=False)
            paint.PAINTERS.get(verb, paint.listing)(out, answer)
            told[f"{verb} {arguments}"] = out.file.getvalue()  # type: ignore[attr-defined]
    return told


@pytest.mark.timeout(180)
def test_the_terminal_shows_no_control_sequence(tmp_path: Path) -> None:
    ran(prepare(tmp_path))
    told = ran(painted(tmp_path))
    assert len(told) > 30
    assert "__pwned" in "".join(told.values())
    for verb, text in told.items():
        assert not SEQUENCE.search(text), f"{verb}: {set(SEQUENCE.findall(text))}"


@pytest.mark.timeout(120)
def test_the_installed_command_shows_no_control_sequence(trap: Trap) -> None:
    for words in (("you", "show"), ("inbox",), ("sees",)):
        told = trap.served.ammo(*words)
        assert told.strip()
        assert not SEQUENCE.search(told), f"{words}: {set(SEQUENCE.findall(told))}"
