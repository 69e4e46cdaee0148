"""A feed's plain data as RSS 2.0, Atom and JSON Feed 1.1; every text is escaped by the XML writer."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

Plain = Mapping[str, Any]
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 forbids: control characters, lone surrogates, and the last two of the plane."""
ATOM = "http://www.w3.org/2005/Atom"
register_namespace("atom", ATOM)


def rss(feed: Plain, *, base: str, secret: str, acts: tuple[str, ...]) -> bytes:
    """Return the feed as RSS 2.0; `base` is the server's own address without a slash at its end."""
    root = Element("rss", version="2.0")
    channel = SubElement(root, "channel")
    _texts(
        channel,
        title=feed["title"],
        link=f"{base}/",
        description="Newest cards, ranked for you on your own machine.",
        lastBuildDate=_rfc(feed["updated"]),
    )
    own = f"{base}/feeds/{secret}/rss.xml"
    SubElement(channel, f"{{{ATOM}}}link", href=own, rel="self", type="application/rss+xml")
    for entry in feed["entries"]:
        item = SubElement(channel, "item")
        _texts(
            item,
            title=entry["title"],
            link=card_link(base, entry),
            description=content(entry, base=base, secret=secret, acts=acts),
            pubDate=_rfc(entry["published"]),
            category=entry["subspace"],
        )
        SubElement(item, "guid", isPermaLink="false").text = _name(entry)
    return _written(root)


def atom(feed: Plain, *, base: str, secret: str, acts: tuple[str, ...]) -> bytes:
    """Return the feed as Atom (RFC 4287)."""
    root = Element("feed", xmlns=ATOM)
    own = f"{base}/feeds/{secret}/atom.xml"
    _texts(root, id=f"tag:ammo,2026:feed/{feed['subspace']}", title=feed["title"])
    _texts(root, updated=feed["updated"])
    SubElement(root, "link", rel="self", href=own)
    _texts(SubElement(root, "author"), name="AMMO")
    for entry in feed["entries"]:
        one = SubElement(root, "entry")
        _texts(one, id=f"tag:ammo,2026:{_name(entry)}", title=entry["title"])
        _texts(one, updated=entry["published"], published=entry["published"])
        SubElement(one, "link", rel="alternate", href=card_link(base, entry))
        _texts(SubElement(one, "author"), name=f"@{entry['buddy']}")
        body = content(entry, base=base, secret=secret, acts=acts)
        SubElement(one, "content", type="html").text = _legal(body)
    return _written(root)


def json_feed(feed: Plain, *, base: str, secret: str, acts: tuple[str, ...]) -> dict[str, Any]:
    """Return the feed as JSON Feed 1.1."""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _legal(feed["title"]),
        "home_page_url": f"{base}/",
        "feed_url": f"{base}/feeds/{secret}/feed.json",
        "items": [
            {
                "id": _name(entry),
                "url": card_link(base, entry),
                "title": _legal(entry["title"]),
                "content_html": content(entry, base=base, secret=secret, acts=acts),
                "date_published": entry["published"],
                "authors": [{"name": f"@{entry['buddy']}"}],
                "tags": [entry["subspace"]],
            }
            for entry in feed["entries"]
        ],
    }


def content(entry: Plain, *, base: str, secret: str, acts: tuple[str, ...]) -> str:
    """Return an entry's body as HTML: paragraphs, numbered sources, and links to answer it by."""
    parts = [f"<p>{_safe(text)}</p>" for text in entry["paragraphs"]]
    if entry["sources"]:
        parts.append(
            "<ol>" + "".join(f"<li>{_source(one)}</li>" for one in entry["sources"]) + "</ol>"
        )
    answers = f"{base}/feeds/{secret}/feedback/{entry['id']}"
    links = [f'<a href="{_safe(f"{answers}/{act}")}">{_safe(act)}</a>' for act in acts]
    return "".join([*parts, f"<p>{' · '.join(links)}</p>"])


def card_link(base: str, entry: Plain) -> str:
    """Return the address of a card's own page."""
    return f"{base}/card/{entry['id']}"


def _source(one: Plain) -> str:
    words = f"{one['statement']} — {one['name']}, {one['date']}"
    if urlsplit(one["url"]).scheme not in {"http", "https"}:
        return _safe(words)
    return f'<a href="{_safe(one["url"])}">{_safe(words)}</a>'


def _texts(parent: Element, **texts: str) -> None:
    for name, text in texts.items():
        SubElement(parent, name).text = _legal(text)


def _name(entry: Plain) -> str:
    return f"{entry['subspace']}/{entry['id']}"


def _safe(text: str) -> str:
    return html.escape(_legal(text))


def _legal(text: str) -> str:
    """Return text without what XML 1.0 forbids: control characters and lone surrogates."""
    return "".join(
        c
        for c in text
        if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    )


def _rfc(iso: str) -> str:
    return format_datetime(dt.datetime.fromisoformat(iso))


def _written(root: Element) -> bytes:
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written
