"""The person's own feed at a secret address: a reader changes nothing, an answer counts once."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import feedparser
import httpx
import pytest
from defusedxml.ElementTree import fromstring
from running_ammo import Running

from ammo_agents.app import App
from ammo_agents.errors import NotFoundError
from ammo_agents.records import PersonId
from ammo_agents.views.syndication import ACTS, answer_entry, feed_address, personal_feed
from ammo_agents.web.syndication import atom, json_feed, rss

pytestmark = pytest.mark.timeout(200)  # whole processes start here

HOSTILE = '<script>alert(1)</script> & "quotes" \x00\x1b[31m \ud800 ]]>'
FEED = {
    "title": HOSTILE,
    "subspace": "coin",
    "updated": "2026-01-02T03:04:05+00:00",
    "entries": [
        {
            "id": "c_abcde",
            "title": HOSTILE,
            "paragraphs": [HOSTILE],
            "sources": [
                {"number": 1, "statement": HOSTILE, "name": HOSTILE, "url": "javascript:alert(1)", "date": "2026-01-01"},
                {"number": 2, "statement": "s", "name": "n", "url": 'https://example.org/"><b>', "date": "2026-01-01"},
            ],
            "buddy": "coin/bitcoin",
            "subspace": "coin",
            "published": "2026-01-02T03:04:05+00:00",
            "score": 0.5,
        }
    ],
}  # fmt: skip
HOW = {"base": "http://127.0.0.1:1", "secret": "s3cret", "acts": ACTS}


@pytest.mark.parametrize("write", [rss, atom])
def test_hostile_texts_are_escaped_and_the_xml_is_valid(write: object) -> None:
    body = write(FEED, **HOW)  # type: ignore[operator]
    root = fromstring(body)
    assert isinstance(root, ElementTree.Element)
    parsed = feedparser.parse(body)
    assert not parsed.bozo, parsed.get("bozo_exception")
    entry = parsed.entries[0]
    text = entry.content[0].value if "content" in entry else entry.summary
    assert "<script" not in text
    assert "javascript:" not in text
    assert b"\x1b" not in body


def test_the_json_feed_holds_the_same_and_can_be_written() -> None:
    body = json_feed(FEED, **HOW)  # type: ignore[arg-type]
    item = json.loads(json.dumps(body, ensure_ascii=False).encode())["items"][0]
    assert "<script" not in item["content_html"]
    assert item["url"] == "http://127.0.0.1:1/card/c_abcde"


async def test_the_feed_is_ranked_and_records_no_presentation(app: App) -> None:
    found = await personal_feed(app)
    scores = [entry["score"] for entry in found["entries"]]
    assert len(scores) > 3
    assert scores == sorted(scores, reverse=True)
    assert all(entry["sources"] for entry in found["entries"])
    assert await app.ledger.slates(app.person) == []


async def test_an_answer_presents_the_card_and_counts_once(app: App) -> None:
    card = (await personal_feed(app))["entries"][-1]["id"]
    first = await answer_entry(app, card=card, act="like", key="feed/n1")
    again = await answer_entry(app, card=card, act="like", key="feed/n1")
    assert (first["repeated"], again["repeated"]) == (False, True)
    assert await app.ledger.shown_in(app.person, card) is not None
    with pytest.raises(NotFoundError):
        await answer_entry(app.of(PersonId("eve")), card="c_zzzzzzz", act="like", key="k")


async def test_the_address_is_shown_once_and_rotating_ends_the_old(app: App) -> None:
    first = await feed_address(app)
    assert set(first["addresses"]) == {"rss.xml", "atom.xml", "feed.json"}
    assert (await feed_address(app))["addresses"] == {}
    second = await feed_address(app, rotate=True)
    assert second["addresses"] != first["addresses"]
    grants = [g for g in await app.ledger.accounts.grants(app.person) if g.kind == "feed"]
    assert len(grants) == 1


def test_a_reader_follows_the_feed_and_the_person_answers_by_a_form(up: Running) -> None:
    paths = up.home.json("feed-address")["addresses"]
    with httpx.Client(base_url=up.url) as reader:
        for name, path in paths.items():
            answer = reader.get(path)
            assert answer.status_code == 200, answer.text
            if name.endswith(".xml"):
                assert len(feedparser.parse(answer.content).entries) > 3
        item = reader.get(paths["feed.json"]).json()["items"][0]
        link = re.findall(r'href="([^"]+/like)"', item["content_html"])[0]
        page = reader.get(link)
        assert page.status_code == 200
        assert "Nothing is recorded yet" in page.text
        assert up.events() == 0

        token = re.findall(r'name="token" value="([^"]+)"', page.text)[0]
        forged = reader.post(link, data={"token": token[:-4] + "0000"})
        assert forged.status_code == 403
        other = link.replace("/like", "/skip")
        assert reader.post(other, data={"token": token}).status_code == 403
        assert reader.post(link).status_code == 422
        foreign = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
        assert reader.post(link, data={"token": token}, headers=foreign).status_code == 403
        assert up.events() == 0

        done = reader.post(link, data={"token": token})
        assert done.status_code == 200, done.text
        assert up.events() == 1
        assert reader.post(link, data={"token": token}).status_code == 200
        assert up.events() == 1

        assert reader.get(f"{paths['rss.xml']}x").status_code == 404
        assert reader.get("/feeds/wrong/rss.xml").status_code == 404
        assert reader.get(link.replace("/like", "/erase")).status_code == 404
        up.home.json("feed-address", "--rotate")
        assert reader.get(paths["rss.xml"]).status_code == 404
