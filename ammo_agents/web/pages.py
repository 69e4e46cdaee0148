"""Turns plain data into pages and fragments. Autoescape is on; only `prose` and `charts` make markup."""

from __future__ import annotations

from typing import Any

import jinja2
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ammo_agents import __version__
from ammo_agents.views import chrome
from ammo_agents.web import charts, glyphs, prose
from ammo_agents.web.here import Here
from ammo_agents.web.refusals import Refusal


def _plain(value: object) -> object:
    """Return a text without control and direction characters; autoescape follows."""
    return prose.plain(value) if type(value) is str else value


TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("ammo_agents.web", "templates"),
    autoescape=True,
    finalize=_plain,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
    auto_reload=False,
)
TEMPLATES.globals.update(
    version=__version__,
    chart=charts.chart_block,
    sparkline=charts.sparkline,
    bars=charts.bars,
    curves=charts.curves,
    interval=charts.interval,
    number=charts.number,
    glyph=glyphs.glyph,
)
TEMPLATES.filters.update(prose=prose.prose, inline=prose.inline, host=prose.host)


def prepare() -> None:
    """Read and compile every template, before the first request: later no file is touched."""
    for name in TEMPLATES.list_templates(extensions=["html"]):
        TEMPLATES.get_template(name)


async def page(
    request: Request, here: Here, template: str, *, status: int = 200, **context: Any
) -> HTMLResponse:
    """Return a whole page."""
    frame = {**await chrome.chrome(here.app), "trouble": here.server.fault}
    text = _filled(request, here, template, {"chrome": frame, **context})
    return HTMLResponse(text, status_code=status)


def fragments(
    request: Request, here: Here, *parts: tuple[str, dict[str, Any]], to: str, status: int = 200
) -> Response:
    """Return parts of a page for `form.js`, or the way to the whole page for a browser without it."""
    if request.headers.get("x-fragment") != "1":
        return RedirectResponse(to, status_code=303)
    text = "\n".join(_filled(request, here, name, context) for name, context in parts)
    return HTMLResponse(text, status_code=status)


def refusal(request: Request, refused: Refusal, here: Here | None = None) -> HTMLResponse:
    """Return a refusal for a person: a card-sized fragment, or a page of its own."""
    bare = request.headers.get("x-fragment") == "1"
    name = "parts/error.html" if bare else "error.html"
    text = _filled(request, here, name, {"error": refused})
    return HTMLResponse(text, status_code=refused.status)


def filled(here: Here, template: str, **context: Any) -> str:
    """Return one template filled, for streams."""
    return TEMPLATES.get_template(template).render(**_common(here), **context)


def _filled(request: Request, here: Here | None, template: str, context: dict[str, Any]) -> str:
    base = {"path": request.url.path, "nav": "", **_common(here)}
    return TEMPLATES.get_template(template).render({**base, **context})


def _common(here: Here | None) -> dict[str, Any]:
    token = "" if here is None else here.csrf
    field = Markup('<input type="hidden" name="csrf" value="{}">').format(token)
    return {"here": here, "csrf_field": lambda: field, "chrome": None}
