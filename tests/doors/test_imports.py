"""Files of likes: read, shown, kept once, taken back as one; hostile ones are refused with the reason."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from ammo_agents.aipp.imported import LARGEST, MOST_ITEMS, read_file
from ammo_agents.app import App
from ammo_agents.errors import BadInputError, NotFoundError
from ammo_agents.testing.command import AmmoCommand
from ammo_agents.views import asking, feed
from ammo_agents.views.importing import imports, keep_import, read_import, undo_import

pytestmark = pytest.mark.timeout(200)  # whole processes start here

OPML = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Mine</title></head><body>
  <outline text="Money"><outline type="rss" text="Bitcoin Magazine" xmlUrl="https://example.org/a"/>
    <outline type="rss" title="The Ethereum Weekly" text="x" xmlUrl="https://example.org/b"/></outline>
  <outline text="Notes on bitcoin &lt;mining&gt;"/><outline type="rss"/>
</body></opml>"""
BOMB = """<?xml version="1.0"?><!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><opml><body><outline text="&b;"/></body></opml>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<opml><body><outline text="&x;"/></body></opml>"""
LIKES = [
    {"title": "Bitcoin fell", "url": "https://example.org", "liked": True, "at": "2026-01-01"},
    {"text": "Dogecoin again", "liked": False},
]
BLUESKY = [
    {"post": {"uri": "at://a", "record": {"$type": "app.bsky.feed.post", "text": "Bitcoin!"}}},
    {"$type": "app.bsky.feed.like", "subject": {"uri": "at://did/app.bsky.feed.post/3k"}},
]


def packed(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def lines(rows: list[dict[str, object]]) -> str:
    return "\n".join(json.dumps(row) for row in rows)


def test_an_opml_file_gives_its_titles_and_says_what_has_none() -> None:
    found = read_file(OPML.encode())
    assert [item.text for item in found.items] == [
        "Money", "Bitcoin Magazine", "The Ethereum Weekly", "Notes on bitcoin <mining>",
    ]  # fmt: skip
    assert found.skipped == ("outline 5: no title",)
    assert found.id == read_file(OPML.encode()).id


def test_an_opml_file_in_utf_16_is_read() -> None:
    found = read_file(OPML.replace("UTF-8", "UTF-16").encode("utf-16"))
    assert found.items[1].text == "Bitcoin Magazine"


def test_likes_are_read_line_by_line_with_the_reason_for_each_that_is_not() -> None:
    rows = lines(LIKES) + '\nno json\n{"liked": true}\n{"title": "x", "liked": "yes"}'
    found = read_file(rows.encode())
    assert [(i.text, i.liked) for i in found.items] == [
        ("Bitcoin fell", True),
        ("Dogecoin again", False),
    ]
    assert found.skipped == (
        "line 3: no JSON object",
        "line 4: no title, no text",
        "line 5: liked is neither true nor false",
    )


def test_blueskys_likes_are_read_where_they_hold_words() -> None:
    found = read_file(lines(BLUESKY).encode())
    assert (found.shape, [i.text for i in found.items]) == ("bluesky", ["Bitcoin!"])
    assert "only an address" in found.skipped[0]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (BOMB.encode(), "DTDForbidden"),
        (OUTSIDE.encode(), "DTDForbidden"),
        (b'<?xml version="1.0" encoding="utf-8"?><opml><outline text="\xff"/></opml>', "no XML"),
        (b'<?xml version="1.0" encoding="klingon"?><opml/>', "no XML"),
        (b"<html></html>", "not <opml>"),
        (b"<opml>", "no XML"),
        (b'{"title": "caf\xe9"}', "byte 14 is 0xe9"),
        (b"\x00\x01\x02", "no line"),
        (b"   ", "empty"),
        (b"[" * 100_000, "no line"),
        (b"x" * (LARGEST + 1), "at most"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(BadInputError, match=reason):
        read_file(content)


def test_half_characters_and_marks_leave_nothing_to_place() -> None:
    found = read_file(b'{"title": "\\ud800"}\n{"title": "\\u0000 - "}\n{"title": "\\ud800 sea"}')
    assert [item.text for item in found.items] == ["sea"]


def test_a_deep_and_a_long_file_are_read_up_to_the_limit() -> None:
    deep = b"<opml>" + b'<outline text="a">' * 5000 + b"</outline>" * 5000 + b"</opml>"
    assert len(read_file(deep).items) == 5000
    long = read_file(b'{"title": "a"}\n' * (MOST_ITEMS + 2))
    assert len(long.items) == MOST_ITEMS
    assert long.skipped == (f"2 items after the first {MOST_ITEMS}",)


async def test_a_preview_keeps_nothing_and_names_what_it_is_near(app: App) -> None:
    shown = await read_import(app, content=packed(OPML))
    first = shown["wishes"][0]
    assert (first["topic"], first["direction"], first["items"]) == ("Bitcoin", "more", 2)
    assert "Ethereum" in [w["topic"] for w in shown["wishes"]]
    assert not shown["kept"]
    assert (await feed.you(app))["events"] == 0


async def test_a_file_is_kept_once_and_taken_back_as_one(app: App) -> None:
    await asking.believe(app, wishes=[{"direction": "more", "topic": "Ethereum"}])
    by_hand = await feed.you(app)
    kept = await keep_import(app, content=packed(OPML), name="mine.opml")
    assert kept["events"] == len(kept["wishes"])  # Ethereum was said before, and counts once
    again = await keep_import(app, content=packed(OPML))
    assert again["repeated"]
    assert (await imports(app))["imports"][0]["name"] == "mine.opml"
    undone = await undo_import(app, file=kept["file"])
    assert undone["events"] == 1
    assert await feed.you(app) == by_hand
    with pytest.raises(NotFoundError):
        await undo_import(app, file=kept["file"])
    assert not (await keep_import(app, content=packed(OPML)))["repeated"]


async def test_only_what_was_confirmed_is_kept(app: App) -> None:
    kept = await keep_import(app, content=packed(OPML), only=["Ethereum"])
    assert [act["topic"] for act in kept["acts"]] == ["Ethereum"]
    with pytest.raises(BadInputError, match="0 wishes"):
        await keep_import(app, content=packed(lines(LIKES)), only=["nothing"])


async def test_what_was_not_liked_becomes_less(app: App) -> None:
    shown = await read_import(app, content=packed(lines(LIKES)))
    directions = {w["topic"]: w["direction"] for w in shown["wishes"]}
    assert directions == {"Bitcoin": "more", "Dogecoin": "less"}


def test_the_command_shows_keeps_and_takes_back(filled: AmmoCommand, tmp_path: Path) -> None:
    place = tmp_path / "mine.opml"
    place.write_text(OPML, encoding="utf-8")
    assert "Nothing is kept yet" in filled("import", str(place)).stdout
    kept = filled.json("import", str(place), "--yes")
    assert kept["kept"]
    assert filled.json("import", "--undo", kept["file"])["events"] == 0
    assert "AMMO-0100" in filled("import", str(tmp_path / "none.opml"), code=2).stderr
