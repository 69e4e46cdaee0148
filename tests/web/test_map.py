"""The map says true distances, says everything as a table too, and what is said from it can be taken back."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Awaitable, Callable
from html.parser import HTMLParser
from pathlib import Path

import httpx
import numpy as np
import pytest

from ammo_agents.app import App
from ammo_agents.errors import BadInputError
from ammo_agents.geometry.plane import flatten, nearest
from ammo_agents.records import SubspaceId
from ammo_agents.views import feed
from ammo_agents.views import map as view

Came = Callable[..., Awaitable[httpx.AsyncClient]]
STATIC = Path(view.__file__).parents[1] / "web" / "static" / "js"
FRAGMENT = {"X-Fragment": "1"}


class Table(HTMLParser):
    """Collects the regions of the table and the buttons of each."""

    def __init__(self) -> None:
        super().__init__()
        self.regions: list[str] = []
        self.buttons: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note rows and buttons."""
        found = dict(attrs)
        if tag == "tr" and found.get("data-region"):
            self.regions.append(str(found["data-region"]))
        if tag == "button" and found.get("name") == "do" and found.get("aria-label"):
            self.buttons.append(str(found["value"]))


async def test_every_living_creation_is_drawn_inside_the_picture_with_true_distances(
    app: App,
) -> None:
    drawn = await view.picture(app)
    companion = await app.companion()
    matrix, about = companion.living.matrix, companion.living.about
    assert [p["id"] for p in drawn["points"]] == [one.id for one in about]
    assert drawn["dim"] == matrix.shape[1]
    assert 0.0 < drawn["share"] <= 1.0
    for i, point in enumerate(drawn["points"]):
        assert -1.001 <= point["x"] <= 1.001
        assert -1.001 <= point["y"] <= 1.001
        for other in point["nearest"]:
            true = 1.0 - float(matrix[i] @ matrix[other["point"]])
            assert other["distance"] == pytest.approx(true, abs=1e-4)


async def test_somebody_unknown_stands_in_the_middle_and_a_like_moves_the_star_toward_it(
    app: App,
) -> None:
    before = await view.picture(app)
    assert before["you"]["known"] is False
    assert all(point["distance"] is None for point in before["points"])

    card = (await feed.slate(app, n=1))["cards"][0]
    await feed.act(app, act="save", card=card["id"])
    after = await view.picture(app)
    assert after["you"]["known"]
    assert [step["date"] for step in after["you"]["trail"]] == [
        app.clock.now().astimezone(dt.UTC).date().isoformat()
    ]
    ranked = sorted(after["points"], key=lambda p: p["distance"])
    assert ranked[0]["id"] == card["id"]
    assert next(p for p in after["points"] if p["id"] == card["id"])["seen"]


async def test_the_star_goes_back_when_the_act_is_taken_back(app: App) -> None:
    card = (await feed.slate(app, n=1))["cards"][0]
    here = (await view.picture(app))["you"]
    await feed.act(app, act="like", card=card["id"])
    assert (await view.picture(app))["you"] != here
    await feed.undo(app)
    assert (await view.picture(app))["you"] == here


async def test_labels_of_the_first_zoom_keep_apart_and_every_region_with_cards_has_one(
    app: App,
) -> None:
    drawn = await view.picture(app)
    first = [label for label in drawn["labels"] if label["level"] == 0]
    for i, one in enumerate(first):
        for other in first[:i]:
            wide, high = abs(one["x"] - other["x"]), abs(one["y"] - other["y"])
            assert wide > view.APART[0] or high > view.APART[0] / 3
    assert len(drawn["labels"]) == sum(bool(region["cards"]) for region in drawn["regions"])


async def test_the_page_says_the_same_as_a_table_and_works_without_a_script(come: Came) -> None:
    client = await come()
    page = await client.get("/map")
    assert page.status_code == 200
    drawn = (await client.get("/api/v1/map")).json()
    table = Table()
    table.feed(page.text)
    assert table.regions == [region["id"] for region in drawn["regions"]]
    assert table.buttons == ["more", "less", "scout"] * len(table.regions)
    assert "flattened from" in page.text.lower()
    assert "Distances on hover are the true ones" in page.text
    assert not re.search(r"\sstyle=|\son[a-z]+=|<script(?! type=\"module\" src)", page.text)


async def test_the_canvas_is_told_what_the_api_tells_and_a_hue_per_region(come: Came) -> None:
    client = await come()
    data = (await client.get("/map/data.json?subspace=coin")).json()
    assert all(0 <= region.pop("hue") < 12 for region in data["regions"])
    assert data == (await client.get("/api/v1/map?subspace=coin")).json()


async def test_more_from_a_region_is_an_event_with_a_receipt_and_undo(come: Came, app: App) -> None:
    client = await come()
    region = (await view.picture(app))["regions"][0]
    told = await client.post(
        "/map", data={"do": "more", "buddy": [region["id"]], "subspace": "coin"}, headers=FRAGMENT
    )
    assert told.status_code == 200
    assert f"More of {region['name']}" in told.text
    companion = await app.companion()
    assert [e.feedback.act for e in companion.events] == ["like"]
    after = (await view.picture(app))["regions"]
    assert next(r for r in after if r["id"] == region["id"])["near"] > 0

    feedback = re.findall(r'name="feedback" value="([^"]+)"', told.text)
    back = await client.post("/map/undo", data={"feedback": feedback}, headers=FRAGMENT)
    assert back.status_code == 200
    assert companion.events == ()


async def test_a_lasso_over_many_regions_speaks_of_those_with_most_of_its_cards(app: App) -> None:
    regions = [r["id"] for r in (await view.picture(app))["regions"]][:8]
    said = await view.tell(app, do="less", buddies=[*regions, regions[0]])
    assert [one["id"] for one in said["about"]] == regions[: view.MOST_AT_ONCE]
    assert said["left_out"] == 2
    await view.take_back(app, feedback=said["feedback"])
    assert (await app.companion()).events == ()


async def test_a_scout_writes_a_card_there_or_says_why_not(come: Came, app: App) -> None:
    client = await come()
    before = len(await app.ledger.creations())
    told = await client.post(
        "/map", data={"do": "scout", "buddy": "coin/bitcoin"}, headers=FRAGMENT
    )
    assert told.status_code == 200
    grown = len(await app.ledger.creations()) - before
    assert ("A scout is back" in told.text) == (grown == 1)
    assert ("published nothing" in told.text) == (grown == 0)


async def test_without_a_script_a_press_draws_the_map_with_its_receipt(come: Came) -> None:
    client = await come()
    told = await client.post(
        "/map", data={"do": "less", "buddy": "coin/bitcoin", "subspace": "coin"}
    )
    assert told.status_code == 200
    assert "The same as a table" in told.text
    assert 'action="/map/undo"' in told.text


@pytest.mark.parametrize(
    "data",
    [
        {"do": "more"},
        {"do": "more", "buddy": "coin/nobody"},
        {"do": "dance", "buddy": "coin/bitcoin"},
        {"do": "more", "buddy": "../../etc/passwd"},
        {"buddy": "coin/bitcoin"},
        {"do": "more", "buddy": "x" * 5_000},
        {"do": "more", "buddy": "coin/bitcoin", "subspace": "\x00"},
    ],
)
async def test_what_cannot_be_done_is_refused_and_teaches_nothing(
    come: Came, app: App, data: dict[str, str]
) -> None:
    client = await come()
    told = await client.post("/map", data=data, headers=FRAGMENT)
    assert 400 <= told.status_code < 500
    assert (await app.companion()).events == ()


async def test_a_reader_may_look_but_not_speak(come: Came, app: App) -> None:
    client = await come("rea", role="reader")
    assert (await client.get("/map")).status_code == 200
    told = await client.post("/map", data={"do": "more", "buddy": "coin/bitcoin"})
    assert told.status_code == 403
    assert await app.ledger.feedback(app.person, SubspaceId("coin")) == []


async def test_nobody_gets_neither_page_nor_data(come: Came) -> None:
    client = await come(None)
    for path in ("/map", "/map/data.json", "/api/v1/map"):
        assert (await client.get(path)).status_code == 401


async def test_an_unknown_subspace_is_not_found(come: Came) -> None:
    client = await come()
    assert (await client.get("/map?subspace=nowhere")).status_code == 404


async def test_an_empty_subspace_has_a_table_and_no_picture(come: Came) -> None:
    client = await come()
    page = await client.get("/map?subspace=movie")
    assert page.status_code == 200
    assert "No cards to draw" in page.text
    assert "no card yet" in page.text


async def test_saying_nothing_at_all_is_bad_input(app: App) -> None:
    with pytest.raises(BadInputError):
        await view.tell(app, do="more", buddies=[])


def test_one_set_of_rows_has_one_picture_and_copies_lie_on_one_point() -> None:
    rows = np.random.default_rng(3).normal(size=(40, 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    plane = flatten(rows)
    places = plane.place(rows)
    assert np.array_equal(places, flatten(rows.copy()).place(rows))
    assert np.abs(places).max() == pytest.approx(1.0)
    assert plane.axes @ plane.axes.T == pytest.approx(np.eye(2), abs=1e-9)
    one = flatten(rows[:1].repeat(3, axis=0))
    assert np.allclose(one.place(rows[:1]), 0.0)


def test_neighbours_are_the_true_ones_and_never_oneself() -> None:
    rows = np.random.default_rng(4).normal(size=(700, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    found, distances = nearest(rows, 2)
    exact = rows @ rows.T
    np.fill_diagonal(exact, -np.inf)
    assert np.array_equal(found[:, 0], exact.argmax(axis=1))
    assert (distances[:, 0] <= distances[:, 1]).all()
    assert nearest(rows[:1], 2)[0].shape == (1, 0)


def test_the_modules_of_the_map_stay_small() -> None:
    import gzip  # noqa: PLC0415 - this test alone weighs files

    texts = [(STATIC / name).read_text("utf-8") for name in ("map.js", "drawing.js")]
    assert all(len(text.splitlines()) < 400 for text in texts)
    shared = [(STATIC / name).read_bytes() for name in ("form.js", "swap.js")]
    whole = b"".join([*(text.encode() for text in texts), *shared])
    assert len(gzip.compress(whole)) < 25_000


async def test_the_data_is_plain_json_without_nan(app: App) -> None:
    json.dumps(await view.picture(app), allow_nan=False)
