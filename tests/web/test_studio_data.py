"""Studio, Data, Train and Promote: pairs with their provenance, labels by form, consent, plans, and the pointer with its way back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, get_args, get_type_hints

import httpx
import pytest
from ammo_training.options import TrainConfig
from markupsafe import Markup
from studio_home import put_adapter, put_samples, put_set, training

from ammo_agents.aipp.pairs import read
from ammo_agents.app import App
from ammo_agents.ports import SOCIETY
from ammo_agents.views import pairs, studio_train
from ammo_agents.web.pages import TEMPLATES
from ammo_agents.web.server import Server

Came = Callable[..., Awaitable[httpx.AsyncClient]]
FRAGMENT = {"X-Fragment": "1"}
FORM = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
OFFER = re.compile(r'name="offer" value="(o_\w+)"')


@pytest.fixture
async def root(app: App) -> Path:
    """The training folder of the home."""
    home = app.settings.home
    assert home is not None
    return training(home)


async def in_thread(work: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """Run what touches files."""
    return await asyncio.to_thread(lambda: work(*args, **more))


# --- the sets -------------------------------------------------------------------------------------
async def test_an_empty_home_says_how_many_pairs_are_needed(you: httpx.AsyncClient) -> None:
    page = (await you.get("/studio")).text
    assert "0 of 50 pairs needed" in page
    assert "ammo train sample @NAME" in page
    assert "No set yet." in page


async def test_a_set_is_shown_with_every_pair_where_it_is_from_and_what_was_left_out(
    you: httpx.AsyncClient, root: Path
) -> None:
    folder = await in_thread(put_set, root, "short-sourced", count=60)
    kept = await in_thread(read, folder / "pairs.jsonl")
    told = (await you.get("/api/v1/studio/data")).json()
    shown = told["shown"]
    assert (shown["name"], shown["pairs"], shown["count"]) == (
        "short-sourced",
        len(kept),
        len(kept),
    )
    assert [one["id"] for one in shown["listed"]] == [pair.id for pair in kept[:20]]
    assert sum(side["count"] for side in shown["sides"]) == len(kept)
    dropped = {step["name"]: step["dropped"] for step in shown["steps"]}
    assert dropped["no consent to fine-tuning"] == 9
    assert {b["name"] for b in shown["baselines"]} == {
        "longer wins",
        "shorter wins",
        "the majority",
    }
    assert "human" in {p["source"] for p in shown["positions"]}
    page = (await you.get("/studio")).text
    assert page.count('class="pair-row"') == 20
    first = kept[0]
    row = page[page.index(f'id="{first.id}"') :].split("</li>")[0]
    for text in (first.chosen, first.rejected, "human", "consent <code>12</code>", *first.events):
        assert text in row
    assert "no consent to fine-tuning" in page


async def test_the_pages_and_sides_of_a_set_hold_each_pair_once(
    you: httpx.AsyncClient, root: Path
) -> None:
    folder = await in_thread(put_set, root, "s", count=60)
    kept = [pair.id for pair in await in_thread(read, folder / "pairs.jsonl")]
    seen: list[str] = []
    for page in (1, 2, 3):
        answer = await you.get("/api/v1/studio/data", params={"set": "s", "page": page})
        seen += [one["id"] for one in answer.json()["shown"]["listed"]] if page <= answer.json()["shown"]["pages"] else []  # fmt: skip
    assert seen == kept
    test = (await you.get("/api/v1/studio/data", params={"side": "test"})).json()["shown"]
    assert {one["split"] for one in test["listed"]} == {"test"}
    assert (await you.get("/studio", params={"set": "nowhere"})).status_code == 404
    assert (await you.get("/studio", params={"page": 99})).status_code == 200


async def test_a_set_that_cannot_be_read_is_told_and_the_page_stands(
    you: httpx.AsyncClient, root: Path
) -> None:
    folder = await in_thread(put_set, root, "s", count=60)
    await in_thread((folder / "pairs.jsonl").write_text, "no json\n", encoding="utf-8")
    answer = await you.get("/studio")
    assert answer.status_code == 200
    assert "line 1: it is no JSON" in answer.text


async def test_building_a_set_without_consent_says_why_nothing_is_left(
    you: httpx.AsyncClient, app: App
) -> None:
    answer = await you.post("/studio/build", data={"name": "mine"}, headers=FORM)
    assert answer.status_code == 422
    assert "Nobody allows it yet" in answer.text
    assert (await pairs.sets(app))["sets"] == []


async def test_only_the_owner_reads_the_pairs_of_others(come: Came, root: Path) -> None:
    await in_thread(put_set, root, "s", count=60)
    bea = await come("bea", role="user")
    page = (await bea.get("/studio")).text
    assert "pair-row" not in page
    assert "Your own feedback" in page
    assert (await bea.get("/api/v1/studio/data")).status_code == 403


async def test_the_switch_of_the_consent_is_the_one_on_you(you: httpx.AsyncClient) -> None:
    assert 'name="on" value="on">' in (await you.get("/studio")).text
    answer = await you.post("/studio/consent", data={"on": "on"}, headers=FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, "/studio#consent")
    assert 'name="on" value="on" checked>' in (await you.get("/studio")).text
    assert 'name="train" value="on" checked>' in (await you.get("/you")).text
    await you.post("/studio/consent", data={}, headers=FORM)
    assert (await you.get("/api/v1/profile")).json()["train"] is False


# --- labels ---------------------------------------------------------------------------------------
async def test_labels_by_form_go_on_by_themselves_and_undo_brings_the_last_one_back(
    you: httpx.AsyncClient, app: App, root: Path
) -> None:
    await in_thread(put_samples, root, count=3)
    page = (await you.get("/studio/label")).text
    for key in ("1", "2", "0", "n"):
        assert f'data-key="{key}"' in page
    assert "Fine-tuning on your feedback is off." in page
    seen = []
    for said in ("a", "b", "equal"):
        offer = OFFER.findall(page)[0]
        seen.append(offer)
        answer = await you.post("/studio/label", data={"offer": offer, "said": said}, headers=FORM)
        assert answer.status_code == 200
        page = answer.text
        assert "<html" in page
    assert len(set(seen)) == 3
    assert "That is all for now." in page
    assert "2 of 50 pairs" in page
    page = (await you.post("/studio/label/undo", data={}, headers=FORM)).text
    assert OFFER.findall(page) == [seen[-1]]
    assert "Taken back; here it is again." in page
    kept = await app.ledger.diary.latest(app.person, "label")
    assert {topic: entry.body["said"] for topic, entry in kept.items()} == dict(zip(seen, ("a", "b", ""), strict=True))  # fmt: skip


async def test_a_label_as_a_fragment_and_as_json_is_the_same_as_in_the_terminal(
    you: httpx.AsyncClient, app: App, root: Path
) -> None:
    await in_thread(put_samples, root, count=3)
    first = (await pairs.label_next(app))["offer"]
    answer = await you.post("/studio/label", data={"offer": first["id"], "said": "a"}, headers=FRAGMENT)  # fmt: skip
    assert answer.text.lstrip().startswith("<section")
    told = (await you.get("/api/v1/studio/label")).json()
    assert told["offer"] == (await pairs.label_next(app))["offer"]
    body = {"offer": told["offer"]["id"], "said": "neither"}
    after = (await you.post("/api/v1/studio/label", json=body)).json()
    assert (after["done"], after["pairs"], after["left"]) == (2, 1, 1)
    undone = (await you.post("/api/v1/studio/label/undo", json={})).json()
    assert undone["offer"]["id"] == told["offer"]["id"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"offer": "o_nobody", "said": "a"}, 404),
        ({"offer": "o_nobody", "said": "best"}, 422),
        ({"offer": "../x", "said": "a"}, 422),
        ({"offer": "o_nobody", "said": "a", "target": "../.."}, 422),
    ],
)
async def test_a_label_of_nothing_is_refused(
    you: httpx.AsyncClient, body: dict[str, str], status: int
) -> None:
    assert (await you.post("/api/v1/studio/label", json=body)).status_code == status
    assert (await you.post("/studio/label", data=body, headers=FORM)).status_code == status


# --- train ----------------------------------------------------------------------------------------
def test_what_an_empty_field_stands_for_is_what_the_job_takes() -> None:
    config = TrainConfig()
    for name, words in studio_train.DEFAULTS.items():
        section, _, last = studio_train.FIELDS[name].rpartition(".")
        value = getattr(getattr(config, section) if section else config, last)
        assert (value == 0 and words == "no limit") or float(words) == value, name
    intended = get_args(get_type_hints(type(config.report))["intended"])
    assert {name or config.report.intended for name in studio_train.INTENDED} == set(intended)
    for dotted in studio_train.FIELDS.values():
        section, _, last = dotted.rpartition(".")
        assert hasattr(getattr(config, section) if section else config, last)


async def test_the_form_offers_sets_and_targets_and_says_what_is_missing(
    you: httpx.AsyncClient, root: Path
) -> None:
    page = (await you.get("/studio/train")).text
    assert "No pairs to train on yet." in page
    await in_thread(put_set, root, "short-sourced", count=60)
    page = (await you.get("/studio/train")).text
    assert "short-sourced (" in page
    assert '<option value="coin/bitcoin"' in page
    assert 'placeholder="0.0002"' in page


async def test_what_the_job_refuses_stands_on_the_page_in_its_own_words(
    you: httpx.AsyncClient, server: Server, root: Path
) -> None:
    await in_thread(put_set, root, "s", count=60)
    asked = {"do": "plan", "set": "s", "epochs": "-1"}
    answer = await you.post("/studio/train", data=asked, headers=FRAGMENT)
    assert "Planning: two real steps on this machine" in answer.text
    for _ in range(600):
        if server.plans["you"]["state"] != "planning":
            break
        await asyncio.sleep(0.1)
    page = (await you.get("/studio/train")).text
    assert "It cannot be trained like this:" in page
    assert "train.epochs" in page
    assert 'name="epochs" type="number" step="any" min="0" value="-1"' in page


def test_the_plan_is_shown_with_minutes_memory_and_what_is_left_out() -> None:
    found = {"rows": 90, "dev": 10, "test": 20, "dropped": {"prompt too long": 3}, "cut": 1, "max_length": 115, "tokens": 15420, "padded_tokens": 19780, "steps": 23, "epochs": 1.02, "trained_weights": 16384, "minutes": 4.2, "minutes_low": 3.6, "minutes_high": 6.3, "memory_mb": 2548, "disk_mb": 33, "device": "cpu", "dtype": "float32", "threads": 1, "calibrated": True}  # fmt: skip
    told = {"plan": found, "config": "{}", "command": "ammo train run --set data.set=s"}
    plan = {"state": "done", "asked": {"set": "s"}, "found": told, "number": 1}
    page = TEMPLATES.get_template("parts/studio_plan.html").render(plan=plan, csrf_field=lambda: Markup(""))  # fmt: skip
    for words in ("4.2", "3.6 to 6.3", "2.5 <small>GB", "prompt too long", "15,420", "ammo train run"):  # fmt: skip
        assert words in page
    assert 'name="set" value="s"' in page


# --- promote --------------------------------------------------------------------------------------
async def test_an_adapter_is_promoted_rolled_back_and_the_rollback_undone_by_forms(
    you: httpx.AsyncClient, app: App, root: Path
) -> None:
    first = await in_thread(put_adapter, root, "r1")
    second = await in_thread(put_adapter, root, "r2")
    page = (await you.get("/studio/promote")).text
    assert "Every buddy writes with the base." in page
    assert page.count('class="candidate"') == 2
    assert page.count("gate passed") == 2
    for adapter in (first, second):
        sent = {"adapter": adapter, "target": "coin/bitcoin"}
        page = (await you.post("/studio/promote", data=sent, headers=FORM)).text
        assert "<html" in page
    assert "adapter of r2</strong> writes for <code>coin/bitcoin</code>" in page
    told = (await you.get("/api/v1/studio/adapters")).json()
    assert [(one["target"], one["adapter"]) for one in told["live"]] == [("coin/bitcoin", second)]
    page = (await you.post("/studio/rollback", data={"target": "coin/bitcoin"}, headers=FORM)).text
    assert "adapter of r1</strong> writes for" in page
    undo = {"target": "coin/bitcoin", "adapter": second, "reason": "the rollback was undone"}
    assert f'name="adapter" value="{second}"' in page
    answer = await you.post("/studio/promote", data=undo, headers=FRAGMENT)
    assert 'id="adapters"' in answer.text
    told = (await you.get("/api/v1/studio/adapters")).json()
    assert told["live"][0]["adapter"] == second
    assert [(c["act"], c["adapter"]) for c in told["history"]] == [
        ("promote", second),
        ("rollback", first),
        ("promote", second),
        ("promote", first),
    ]
    assert len(await app.ledger.diary.entries(SOCIETY, kind="adapter")) == 4


async def test_a_closed_gate_asks_for_a_reason_and_none_opens_it_against_grounding(
    you: httpx.AsyncClient, root: Path
) -> None:
    adapter = await in_thread(put_adapter, root, "r1", passed=False)
    page = (await you.get("/studio/promote")).text
    assert "It writes less that its sources carry: no reason opens the gate." in page
    assert 'action="/studio/promote"' not in page
    body = {"adapter": adapter, "target": "coin", "reason": "I like it"}
    assert (await you.post("/api/v1/studio/promote", json=body)).status_code == 403
    other = await in_thread(put_adapter, root, "r2", name="no report")
    await in_thread((root / "runs" / "r2" / "report.json").unlink)
    body = {"adapter": other, "target": "coin"}
    assert (await you.post("/api/v1/studio/promote", json=body)).status_code == 403
    told = (await you.post("/api/v1/studio/promote", json={**body, "reason": "tried by hand"})).json()  # fmt: skip
    assert told["reason"] == "tried by hand"
    page = (await you.get("/studio/promote")).text
    assert "although the gate said no" in page


async def test_a_tainted_or_altered_adapter_is_told_and_not_offered(
    you: httpx.AsyncClient, root: Path
) -> None:
    adapter = await in_thread(put_adapter, root, "r1")
    body = {"adapter": adapter, "target": "*"}
    assert (await you.post("/api/v1/studio/promote", json=body)).status_code == 200
    await in_thread((root / "adapters" / adapter / "adapter.gguf").write_bytes, b"GGUFother")
    page = (await you.get("/studio/promote")).text
    assert "The base writes in its place:" in page
    assert "every buddy" in page
    assert (await you.post("/api/v1/studio/promote", json={**body, "target": "coin"})).status_code == 403  # fmt: skip


async def test_nothing_promoted_is_nothing_to_take_back(you: httpx.AsyncClient) -> None:
    answer = await you.post("/api/v1/studio/rollback", json={"target": "coin"})
    assert answer.status_code == 403
    assert "nothing is promoted" in answer.json()["detail"]


def processes(words: str) -> list[str]:
    """Return the command lines of living processes that name something."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            said = line.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        found += [said] if words in said else []
    return found


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no /proc to look into")
async def test_a_plan_nobody_waits_for_any_more_leaves_no_process(app: App, root: Path) -> None:
    await in_thread(put_set, root, "s", count=60)
    plan = asyncio.create_task(studio_train.plan(app, asked={"set": "s"}))
    home = str(app.settings.home)
    for _ in range(400):
        if await asyncio.to_thread(processes, home):
            break
        await asyncio.sleep(0.05)
    plan.cancel()
    with pytest.raises(asyncio.CancelledError):
        await plan
    assert await asyncio.to_thread(processes, home) == []
