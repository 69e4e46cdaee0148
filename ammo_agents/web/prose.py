"""Untrusted Markdown → safe HTML: raw HTML is escaped, images are off, links are marked; two locks (S8)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

TAGS = frozenset(
    "p br em strong code pre blockquote ul ol li h3 h4 h5 h6 hr a del table thead tbody tr th td".split()
)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Control characters and the invisible ones that turn text around."""
_MARKDOWN = MarkdownIt("js-default", {"html": False, "linkify": False}).disable("image")
_INLINE = MarkdownIt("zero").enable(["emphasis", "backticks", "escape"])


def prose(text: str) -> Markup:
    """Return Markdown as HTML: no raw HTML, image, style, script or foreign scheme gets through."""
    tokens = _MARKDOWN.parse(plain(text))
    for token in tokens:
        token.children = _told(token.children or []) if token.type == "inline" else token.children
    return Markup(_clean(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})))


def inline(text: str) -> Markup:
    """Return one line with emphasis and code only; no links."""
    return Markup(_clean(_INLINE.renderInline(plain(text))))


def host(url: str) -> str:
    """Return the host of a link as a person should see it; empty for anything but http(s)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.scheme in {"http", "https"} else ""


def plain(text: str) -> str:
    """Return text without control and direction characters."""
    return CONTROL.sub("", text.encode("utf-8", "replace").decode())


def _told(tokens: list[Token]) -> list[Token]:
    """Return the parts of a line with the host behind each link: its words may name another one."""
    told: list[Token] = []
    leads: list[str] = []
    for token in tokens:
        told.append(token)
        if token.type == "link_open":
            leads.append(host(str(token.attrs.get("href", ""))))
        elif token.type == "link_close" and leads and (name := leads.pop()):
            told.append(Token("text", "", 0, content=f" ({name})"))
    return told


def _kept(_tag: str, _name: str, value: str) -> str | None:
    """Return where a link may lead: another site by its whole name, or a source on the same page."""
    return value if value.startswith(("#src-", "https://", "http://")) else None


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        attribute_filter=_kept,
        link_rel="noopener noreferrer nofollow",
    )
