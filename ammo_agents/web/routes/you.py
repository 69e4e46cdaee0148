"""You: what is believed, set, kept and allowed about the person, each line with its way back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from ammo_agents.errors import BadInputError
from ammo_agents.views import asking, profiles, shelf, yourself
from ammo_agents.web.here import Here, needs
from ammo_agents.web.pages import fragments, page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Reader = Annotated[Here, needs("read")]
Judge = Annotated[Here, needs("feedback")]
Name = Annotated[str, Form(max_length=200)]
Plain = dict[str, Any]
SETTABLE = (
    "slots",
    "exploration",
    "mix",
    "subspace",
    "passive",
    "prompts",
    "train",
    "share",
    "keys",
)
"""Choices this page sets; being contacted is set beside the inbox."""


@router.get("/you")
async def you(request: Request, here: Reader, subspace: str | None = None) -> Response:
    """Show everything that is held about the person."""
    return await page(request, here, "you.html", nav="you", **await _context(here, subspace))


@router.post("/you/stand")
async def stand(
    request: Request, here: Judge, entity: Name, value: Name, subspace: Name = ""
) -> Response:
    """Set a topic to more, normal, less or never."""
    await yourself.stand(here.app, entity=entity, value=value, subspace=subspace or None)
    return await _learned(request, here, subspace, to="/you#compass")


@router.post("/you/not-true")
async def not_true(request: Request, here: Judge, line: Name, subspace: Name = "") -> Response:
    """Take back every act behind one line."""
    await asking.forget_belief(here.app, line=line, subspace=subspace or None)
    return await _learned(request, here, subspace, to="/you#beliefs")


@router.post("/you/delete")
async def delete(request: Request, here: Judge, act: Name, subspace: Name = "") -> Response:
    """Delete one act; everything is folded again without it."""
    await yourself.take_back(here.app, act=act, subspace=subspace or None)
    return await _learned(request, here, subspace, to="/you#ledger")


@router.post("/you/say")
async def say(
    request: Request, here: Judge, words: Annotated[str, Form(max_length=1000)], subspace: Name = ""
) -> Response:
    """Read a sentence as wishes and show them; nothing counts until it is confirmed."""
    read = await asking.say(here.app, words=words)
    parts = ("parts/wishes.html", {"said": read, "subspace": subspace})
    if request.headers.get("x-fragment") == "1":
        return fragments(request, here, parts, to="/you")
    context = await _context(here, subspace or None)
    return await page(request, here, "you.html", nav="you", **{**context, "said": read})


@router.post("/you/believe")
async def believe(
    request: Request,
    here: Judge,
    wish: Annotated[list[str], Form(max_length=20)],
    subspace: Name = "",
) -> Response:
    """Keep the wishes that were confirmed, each ``direction topic``."""
    wishes = [{"direction": w.partition(" ")[0], "topic": w.partition(" ")[2]} for w in wish]
    await asking.believe(here.app, wishes=wishes, subspace=subspace or None)
    return await _learned(request, here, subspace, to="/you#beliefs")


@router.post("/you/choose")
async def choose(request: Request, here: Judge) -> Response:
    """Keep the choices of one form; a switch that is off sends only its name in `switches`."""
    form = await request.form()
    values = {name: str(form[name]) for name in SETTABLE if name in form}
    values |= {str(n): "off" for n in form.getlist("switches") if n in SETTABLE and n not in form}
    if not values:
        raise BadInputError("nothing was chosen", hint="Change something, then save.")
    for name, value in values.items():
        await profiles.choose(here.app, name=name, value=value)
    said = ("parts/toast.html", {"words": "Kept. It holds from the next card on."})
    context = await _context(here, None)
    return fragments(request, here, said, ("parts/you_choices.html", context), to="/you#choices")


@router.post("/you/afresh")
async def afresh(here: Judge, subspace: Name = "") -> Response:
    """Put everything that was learned aside, for seven days."""
    await yourself.afresh(here.app, subspace=subspace or None)
    return RedirectResponse("/you#afresh", status_code=303)


@router.post("/you/return")
async def back(here: Judge, subspace: Name = "") -> Response:
    """Undo starting afresh."""
    await yourself.return_to(here.app, subspace=subspace or None)
    return RedirectResponse("/you#beliefs", status_code=303)


@router.get("/you/export.json")
async def export(here: Reader) -> Response:
    """Give everything that is held about the person as a file."""
    name = {"content-disposition": 'attachment; filename="ammo-you.json"'}
    return JSONResponse(await yourself.everything(here.app), headers=name)


@router.post("/you/forget")
async def forget(request: Request, here: Judge, sure: Name = "") -> Response:
    """Erase everything about the person and show what was erased."""
    if sure != "yes":
        raise BadInputError("nothing was erased", hint="Tick the box first: it cannot be undone.")
    erased = await yourself.erase(here.app)
    return await page(request, here, "forgotten.html", nav="you", erased=erased)


async def _context(here: Here, subspace: str | None) -> Plain:
    known = await yourself.yourself(here.app, subspace=subspace)
    return {
        "you": known,
        "uses": yourself.uses(known["choices"]),
        "stands": yourself.STANDS,
        "models": await shelf.models(here.app),
        "settings": here.app.settings,
        "subspaces": [{"id": s.id, "title": s.title} for s in here.app.plugins.subspaces()],
        "said": None,
    }


async def _learned(request: Request, here: Here, subspace: str, *, to: str) -> Response:
    """Return the three lists that follow from what was said."""
    context = await _context(here, subspace or None)
    names = ("parts/you_beliefs.html", "parts/you_compass.html", "parts/you_ledger.html")
    return fragments(request, here, *[(name, context) for name in names], to=to)
