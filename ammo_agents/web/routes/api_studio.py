"""``/api/v1/studio``: what the pages of Studio show and do, as JSON; each route is one view."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from ammo_agents.views import (
    studio,
    studio_data,
    studio_label,
    studio_promote,
    studio_runs,
    studio_train,
)
from ammo_agents.views.adapters import stopped
from ammo_agents.web.here import Here, needs

router = APIRouter(prefix="/api/v1/studio", tags=["studio"])
Plain = dict[str, Any]
Reader = Annotated[Here, needs("read")]
Judge = Annotated[Here, needs("feedback")]
Owner = Annotated[Here, needs("admin")]
Run = Annotated[str, Path(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Name = Annotated[str, Query(max_length=100, pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]*)?$")]
Whose = r"^([a-z0-9_-]+(/[A-Za-z0-9._-]+)?)?$"
Target = Annotated[str, Query(max_length=100, pattern=Whose)]
At = Annotated[int, Query(ge=0, lt=2**31)]


class Body(BaseModel):
    """A JSON body: nothing it does not know."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Label(Body):
    """Which of two texts is better: a is the one that stands first."""

    offer: str = Field(max_length=64, pattern=r"^o_[A-Za-z0-9]+$")
    said: str = Field(pattern=r"^(a|b|equal|neither)$")
    target: str = Field("", max_length=100, pattern=Whose)


class Undo(Body):
    """The last label is taken back."""

    target: str = Field("", max_length=100, pattern=Whose)


class Build(Body):
    """A set of this home's feedback, of one subspace if named."""

    name: str = Field(min_length=1, max_length=64)
    subspace: str = Field("", max_length=64, pattern=r"^[a-z0-9_-]*$")


class Asked(Body):
    """What a run is asked; an empty field leaves the job's default."""

    asked: dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=200)]]


class Pointer(Body):
    """Which adapter writes for whom; a reason where the gate said no."""

    adapter: str = Field(pattern=r"^a_[0-9a-f]{16}$")
    target: str = Field(min_length=1, max_length=200)
    reason: str = Field("", max_length=300)


class Back(Body):
    """A target whose pointer goes back."""

    target: str = Field(min_length=1, max_length=200)
    reason: str = Field("", max_length=300)


@router.get("")
async def about(here: Reader) -> Plain:
    """Whether this machine can train, and what it takes to make it so."""
    return await studio.training(here.app)


@router.get("/data")
async def data(here: Owner, set: Name = "", page: Annotated[int, Query(ge=1, le=100_000)] = 1,
               side: Annotated[str, Query(pattern=r"^(train|dev|test)?$")] = "") -> Plain:  # fmt: skip
    """The sets of pairs, one page of one of them, and what each filter left out."""
    return await studio_data.data(here.app, set=set, page=page, side=side, owner=True)


@router.post("/data")
async def build(body: Build, here: Owner) -> Plain:
    """Build a set of this home's feedback."""
    return await studio_data.build(here.app, name=body.name, subspace=body.subspace)


@router.get("/label")
async def standing(here: Judge, target: Target = "") -> Plain:
    """The next two texts to choose between, and how far you have come."""
    return await studio_label.standing(here.app, target=target)


@router.post("/label")
async def label(body: Label, here: Judge) -> Plain:
    """Keep which of two is better; the next two come back."""
    return await studio_label.label(here.app, offer=body.offer, said=body.said, target=body.target)


@router.post("/label/undo")
async def unlabel(body: Undo, here: Judge) -> Plain:
    """Take the last label back."""
    return await studio_label.undo(here.app, target=body.target)


@router.get("/train")
async def form(here: Owner) -> Plain:
    """What a run can be asked: sets, targets, fields."""
    return await studio_train.form(here.app)


@router.post("/plan")
async def plan(body: Asked, here: Owner) -> Plain:
    """Plan a run: a dry run with two real steps; it takes as long as they do."""
    return await studio_train.plan(here.app, asked=body.asked)


@router.get("/runs")
async def runs(here: Owner) -> Plain:
    """Every run, the newest first."""
    return await studio_runs.listed(here.app)


@router.post("/runs")
async def start(body: Asked, here: Owner) -> Plain:
    """Queue a run."""
    return await studio_train.start(here.app, asked=body.asked)


@router.get("/runs/{run}")
async def run(here: Owner, run: Run) -> Plain:
    """One run: where it stands, curves, samples, report, gate."""
    return await studio_runs.shown(here.app, run=run)


@router.get("/runs/{run}/metrics")
async def metrics(here: Owner, run: Run, after: At = 0) -> Plain:
    """The lines of a run's metrics from line `after` on, as they were written."""
    return await studio_runs.numbers(here.app, run=run, after=after)


@router.post("/runs/{run}/stop")
async def stop(here: Owner, run: Run) -> Plain:
    """Let a run keep its checkpoint and end."""
    return await stopped(here.app, what=run)


@router.post("/runs/{run}/resume")
async def resume(here: Owner, run: Run) -> Plain:
    """Let a run go on from its checkpoint."""
    return await studio_runs.resume(here.app, run=run)


@router.get("/adapters")
async def adapters(here: Owner) -> Plain:
    """Every adapter with its gate, and what writes for whom."""
    return await studio_promote.adapters(here.app)


@router.post("/promote")
async def promote(body: Pointer, here: Owner) -> Plain:
    """Let an adapter write for a target from the next round on."""
    return await studio_promote.promote(
        here.app, adapter=body.adapter, target=body.target, reason=body.reason
    )


@router.post("/rollback")
async def rollback(body: Back, here: Owner) -> Plain:
    """Let what wrote before for a target write again."""
    return await studio_promote.rollback(here.app, target=body.target, reason=body.reason)
