"""What the templates may contain, and that everything they name is in the package (experience 3.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable

import pytest

WEB = resources.files("ammo_agents.web")
ADDRESS = re.compile(r"""(?:href|src|action|formaction|content)\s*=\s*["']([^"'{]*)""")
NAMED = re.compile(r"""["'](/static/[^"'#?{]+|parts/[a-z_]+\.html|[a-z_]+\.html)""")
IMPORT = re.compile(r"""from\s+["'](\./[a-z_]+\.js)["']""")
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle\s*="),
    "a handler": re.compile(r"\son[a-z]+\s*="),
    "an inline style sheet": re.compile(r"<style", re.IGNORECASE),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)[^>]*>", re.IGNORECASE),
    "a safe filter": re.compile(r"\|\s*safe\b"),
    "autoescape switched": re.compile(r"\{%-?\s*autoescape"),
}


def files(folder: Traversable, suffix: str) -> Iterator[Traversable]:
    """Yield every file below a folder whose name ends so."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from files(entry, suffix)
        elif entry.name.endswith(suffix):
            yield entry


def templates() -> list[Traversable]:
    """Return every template of the package."""
    found = sorted(files(WEB / "templates", ".html"), key=lambda t: str(t))
    assert len(found) > 20
    return found


def named(template: Traversable) -> str:
    """Return the folder and the name of a template."""
    return "/".join(str(template).split("/")[-2:])


@pytest.mark.parametrize("template", templates(), ids=named)
@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_carries_what_the_policy_refuses(template: Traversable, what: str) -> None:
    text = COMMENT.sub("", template.read_text("utf-8"))
    assert not FORBIDDEN[what].search(text), f"{template.name} has {what}"


@pytest.mark.parametrize("template", templates(), ids=named)
def test_every_address_in_a_template_is_ours(template: Traversable) -> None:
    text = COMMENT.sub("", template.read_text("utf-8"))
    strangers = [a for a in ADDRESS.findall(text) if re.match(r"([a-z]+:)?//|data:|javascript:", a)]
    assert not strangers


@pytest.mark.parametrize("template", templates(), ids=named)
def test_every_file_a_template_names_is_in_the_package(template: Traversable) -> None:
    for name in NAMED.findall(template.read_text("utf-8")):
        place = WEB / name.lstrip("/") if name.startswith("/static/") else WEB / "templates" / name
        assert place.is_file(), f"{template.name} names {name}"


def test_the_policy_check_can_fail() -> None:
    assert FORBIDDEN["an inline style"].search('<p style="color:red">')
    assert FORBIDDEN["a handler"].search('<p onclick="x()">')
    assert FORBIDDEN["an inline script"].search("<script>x()</script>")
    assert not FORBIDDEN["an inline script"].search('<script type="module" src="/static/x.js">')


def test_every_icon_that_is_used_is_drawn() -> None:
    sprite = (WEB / "static" / "icons.svg").read_text("utf-8")
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', sprite))
    used = {
        name
        for template in templates()
        for name in re.findall(r'icon\("([a-z]+)"', template.read_text("utf-8"))
    }
    assert used <= drawn


def test_browser_modules_are_small_ours_and_complete() -> None:
    for module in files(WEB / "static" / "js", ".js"):
        text = module.read_text("utf-8")
        assert text.count("\n") < 400, module.name
        assert not re.search(r"https?://|\beval\(|new Function", text), module.name
        for name in IMPORT.findall(text):
            assert (WEB / "static" / "js" / name.removeprefix("./")).is_file()


def test_style_sheets_ask_nobody() -> None:
    for sheet in files(WEB / "static" / "css", ".css"):
        assert not re.search(r"@import|url\(|https?://", sheet.read_text("utf-8")), sheet.name
