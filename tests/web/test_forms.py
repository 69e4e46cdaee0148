"""A person without JavaScript: every form of every page is filled in and sent as a browser sends it, and leads to a page."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx
import pytest

from ammo_agents.app import App
from ammo_agents.round.notices import Proposal
from ammo_agents.views import inbox

TITLE = re.compile(r"<h1[^>]*>.*?</p>", re.DOTALL)
PAGES = (
    "/first",
    "/",
    "/chat",
    "/chat?with=coin/bitcoin",
    "/map",
    "/inbox",
    "/you",
    "/you/import",
    "/subspaces",
    "/",
)
TYPED = {
    "text": "more about bitcoin, less about price",
    "words": "more about mining, less price talk",
    "name": "hook",
    "kind": "webhook",
    "address": "http://127.0.0.1:9/hook",
    "sure": "yes",
}
"""What is typed into a field that is empty, by its name."""
LAST = frozenset({"/you/forget", "/logout", "/chat/stop", "/chat/retry"})
"""After these nothing is left to try, or they are there only while an answer is written."""
LATE = ("", "/you/afresh", "/you/return", "/you/not-true", "/you/delete", "/undo")
"""What takes others away, tried after them in this order."""
NEEDED = frozenset({
    "/first",
    "/first/skip",
    "/act",
    "/undo",
    "/mix",
    "/keys",
    "/chat",
    "/chat/take-back",
    "/map",
    "/map/undo",
    "/inbox/answer",
    "/inbox/open",
    "/inbox/rules",
    "/inbox/allow",
    "/inbox/channels",
    "/inbox/channels/test",
    "/inbox/channels/remove",
    "/you/stand",
    "/you/not-true",
    "/you/delete",
    "/you/say",
    "/you/believe",
    "/you/choose",
    "/you/afresh",
    "/you/return",
    "/you/feed-address",
    "/you/import",
})
"""Where a person must have been able to post to by the end."""


@dataclass(slots=True)
class Form:
    """One form with what a browser would send of it."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    files: bool = False


class Forms(HTMLParser):
    """Reads the forms of a page: hidden and typed fields, the chosen of radios and lists, the buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._form: Form | None = None
        self._list = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form" and told.get("method", "").lower() == "post" and "hidden" not in told:
            self._form = Form(action=told["action"])
            self.found.append(self._form)
        elif self._form is not None and "disabled" not in told:
            getattr(self, f"_{tag}", lambda _: None)(told)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None

    def _input(self, told: dict[str, str]) -> None:
        assert self._form is not None
        kind, name = told.get("type", "text"), told.get("name", "")
        if kind == "file":
            self._form.files = True
        elif kind in {"radio", "checkbox"}:
            if "checked" in told:
                self._form.fields[name] = told.get("value", "on")
        elif name:
            self._form.fields[name] = told.get("value") or TYPED.get(name, "")

    def _textarea(self, told: dict[str, str]) -> None:
        assert self._form is not None
        self._form.fields[told["name"]] = TYPED.get(told["name"], "words")

    def _select(self, told: dict[str, str]) -> None:
        self._list = told["name"]

    def _option(self, told: dict[str, str]) -> None:
        assert self._form is not None
        if "selected" in told or self._list not in self._form.fields:
            self._form.fields[self._list] = told.get("value", "")

    def _button(self, told: dict[str, str]) -> None:
        assert self._form is not None
        if told.get("type", "submit") == "submit":
            self._form.buttons.append((told.get("name", ""), told.get("value", "")))


def ways(html: str) -> Iterator[tuple[tuple[str, ...], Form, dict[str, str]]]:
    """Yield every (name of the way, form, fields) that a page offers: one for each button of a form."""
    reader = Forms()
    reader.feed(html)
    for form in reader.found:
        for name, value in form.buttons:
            button = {name: value} if name else {}
            kind = form.fields.get("act", form.fields.get("kind", ""))
            if form.action not in LAST:
                yield (form.action, kind, name, value), form, {**form.fields, **button}


def _left(
    html: str, tried: set[tuple[str, ...]]
) -> list[tuple[tuple[str, ...], Form, dict[str, str]]]:
    """Return the ways nobody has tried; what takes the others away comes last."""
    found = [way for way in ways(html) if way[0] not in tried]
    return sorted(found, key=lambda way: LATE.index(way[1].action) if way[1].action in LATE else 0)


async def notified(app: App) -> None:
    """Let a buddy write first about the card the person would like most."""
    await inbox.set_rules(app, choices={"quiet_from": "00:00", "quiet_to": "00:00"})
    here = await app.companion()
    card = await app.ledger.creation((await here.recall(await here.preference())).ids[0])
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


async def send(you: httpx.AsyncClient, form: Form, fields: dict[str, str]) -> httpx.Response:
    """Post a form as a browser does that has no script, and follow where it leads."""
    headers = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
    files = {"file": ("likes.jsonl", b'{"title": "Bitcoin"}\n')} if form.files else None
    return await you.post(
        form.action, data=fields, files=files, headers=headers, follow_redirects=True
    )


async def quiet(you: httpx.AsyncClient, path: str) -> str:
    """Return a page once no answer is being written on it."""
    for _ in range(200):
        answer = await you.get(path)
        assert answer.status_code == 200, f"{path}: {TITLE.findall(answer.text)}"
        page = answer.text
        if 'class="working' not in page:
            break
        await asyncio.sleep(0.05)
    return page


@pytest.mark.timeout(120)
async def test_every_form_of_every_page_works_without_a_script(come, app: App) -> None:
    await notified(app)
    you = await come()
    tried: set[tuple[str, ...]] = set()
    wrong: list[str] = []

    async def walk(path: str, deep: int, told: str = "") -> None:
        """Try what is new on a page: on the answer to a post first, then on the page as it is then."""
        while left := _left(told or await quiet(you, path), tried):
            told = ""
            name, form, fields = left[0]
            tried.add(name)
            answer = await send(you, form, fields)
            if answer.status_code >= 400 or "<html" not in answer.text:
                wrong.append(f"{name}: {answer.status_code} {TITLE.findall(answer.text)} {fields}")
            elif deep:
                page = path if answer.request.method == "POST" else str(answer.url)
                await walk(page, deep - 1, "" if answer.history else answer.text)

    for path in PAGES:
        await walk(path, 2)
    assert not wrong, "\n".join(wrong)
    assert {action for action, *_ in tried} >= NEEDED
