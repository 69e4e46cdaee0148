"""Studio, Runs: every state of a run, its curves and table, its stream, and stopping it; JSON and page are one view."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from studio_home import put_report, put_run, steps, training, working, write_json, write_lines

from ammo_agents.adapters import jobs, run_files
from ammo_agents.app import App
from ammo_agents.views import studio
from ammo_agents.views.studio_runs import CAUSES, spoken
from ammo_agents.web.here import Here
from ammo_agents.web.pages import TEMPLATES, prepare
from ammo_agents.web.routes import studio as route

Came = Callable[..., Awaitable[httpx.AsyncClient]]
ADAPTER = "a_0123456789abcdef"


@pytest.fixture(scope="module", autouse=True)
def _templates() -> None:
    """Read every template, as the start of the app does: a stream that is read without it may not touch files."""
    prepare()


@pytest.fixture
async def root(app: App) -> Path:
    """The training folder of the home."""
    home = app.settings.home
    assert home is not None
    return training(home)


def made(root: Path, id: str, **told: Any) -> Path:
    """Make a run in a thread's stead: tests may not block, and these files are small."""
    return put_run(root, id, **told)


async def in_thread(work: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """Run what touches files."""
    return await asyncio.to_thread(lambda: work(*args, **more))


async def test_a_home_without_runs_says_what_a_run_is(you: httpx.AsyncClient) -> None:
    page = (await you.get("/studio/runs")).text
    assert "No run yet." in page
    assert 'href="/studio/train"' in page


async def test_the_list_shows_every_state_with_what_it_needs(
    you: httpx.AsyncClient, root: Path
) -> None:
    await in_thread(made, root, "r1", name="first", count=64)
    await in_thread(made, root, "r2", name="broken", state="failed", fault="the loss is nan")
    await in_thread(made, root, "r3", name="cut", state="running", stage="train", pid=2**22 + 5)
    await in_thread(made, root, "r4", name="held", state="stopped", stage="train", step=8)
    busy = await in_thread(
        made, root, "r5", name="busy", state="running", stage="train", count=16, seconds_left=130
    )
    waits = {"state": "queued", "stage": "prepare", "pid": os.getpid(), "started": "2026-11-20T10"}
    await in_thread(made, root, "r6", name="waits", **waits)
    with working(busy):
        told = (await you.get("/api/v1/studio/runs")).json()
        page = (await you.get("/studio/runs")).text
    states = {run["name"]: run["state"] for run in told["runs"]}
    assert states == {
        "first": "done",
        "broken": "failed",
        "cut": "interrupted",
        "held": "stopped",
        "busy": "running",
        "waits": "queued",
    }
    assert told["live"] == 2
    queued = next(run for run in told["runs"] if run["name"] == "waits")
    assert (queued["place"], queued["waits_for"]) == (2, "r5")
    assert "Place 2: busy trains, and a machine trains one run at a time." in page
    assert "train 16 of 64, 2 min left" in page
    assert "the loss is nan" in page
    for run in told["runs"]:
        assert f'href="/studio/runs/{run["id"]}"' in page


async def test_a_run_that_measures_says_how_far_it_is_and_no_time_that_is_over(
    you: httpx.AsyncClient, root: Path
) -> None:
    doing = "log-probs of the base, 120 of 260"
    more = {"state": "running", "stage": "evaluate", "seconds_left": 0.0, "doing": doing}
    with working(await in_thread(made, root, "r1", count=64, **more)):
        for path in ("/studio/runs", "/studio/runs/r1"):
            page = (await you.get(path)).text
            assert doing in page
            assert "0 s left" not in page
        (told,) = (await you.get("/api/v1/studio/runs")).json()["runs"]
    assert (told["doing"], told["seconds_left"]) == (doing, None)


async def test_a_run_has_four_curves_and_one_table_with_the_numbers_of_its_metrics(
    you: httpx.AsyncClient, root: Path
) -> None:
    await in_thread(made, root, "r1", count=64)
    told = (await you.get("/api/v1/studio/runs/r1")).json()
    rows = [row for row in steps(64) if "loss" in row]
    assert [c["name"] for c in told["curves"]] == ["loss", "margin", "accuracy", "kl"]
    for curve in told["curves"]:
        points = curve["series"][0]["points"]
        assert points == [[float(r["step"]), pytest.approx(r[curve["name"]])] for r in rows]
    assert [len(c["series"]) for c in told["curves"]] == [2, 2, 2, 1]
    assert [row["step"] for row in told["rows"]] == [row["step"] for row in rows]
    assert [row["step"] for row in told["held_out"]] == [8, 16, 24, 32, 40, 48, 56, 64]
    page = (await you.get("/studio/runs/r1")).text
    assert page.count('class="chart-plot" role="img"') == 4
    table = page[page.index('id="curve-numbers"') : page.index("On held-out pairs")]
    assert table.count("<tr>") == 1 + len(rows)
    assert f">{rows[-1]['loss']:.4g}<" in table


async def test_a_metric_no_run_logs_has_no_curve_and_a_step_walked_again_counts_once(
    you: httpx.AsyncClient, root: Path
) -> None:
    folder = await in_thread(made, root, "r1", count=10)
    rows = [{k: v for k, v in row.items() if k != "kl"} for row in steps(10)]
    again = {**rows[4], "loss": 9.0}
    await in_thread(write_lines, folder / "metrics.jsonl", [*rows, again])
    told = (await you.get("/api/v1/studio/runs/r1")).json()
    assert [c["name"] for c in told["curves"]] == ["loss", "margin", "accuracy"]
    assert [p[1] for p in told["curves"][0]["series"][0]["points"]][4] == 9.0
    assert len(told["rows"]) == 10


async def test_a_half_written_line_and_numbers_that_are_none_are_left_out(
    you: httpx.AsyncClient, root: Path
) -> None:
    folder = await in_thread(made, root, "r1", count=3)
    lines = '{"step": 4, "loss": NaN}\nno json\n{"step": 5, "loss": 0.5}\n{"step": 6, "lo'
    text = await in_thread((folder / "metrics.jsonl").read_text, encoding="utf-8")
    await in_thread((folder / "metrics.jsonl").write_text, text + lines, encoding="utf-8")
    told = (await you.get("/api/v1/studio/runs/r1")).json()
    assert [p[0] for p in told["curves"][0]["series"][0]["points"]] == [1, 2, 3, 5]
    assert (await you.get("/studio/runs/r1")).status_code == 200


async def test_a_failed_run_tells_its_last_lines_the_likely_cause_and_how_to_go_on(
    you: httpx.AsyncClient, root: Path
) -> None:
    log = "loading\nRuntimeError: [enforce fail] out of memory: you tried to allocate 3 GB\n"
    await in_thread(made, root, "r1", state="failed", stage="train", fault="it broke", log=log)
    page = (await you.get("/studio/runs/r1")).text
    assert "Likely cause: The machine ran out of memory" in page
    assert "you tried to allocate 3 GB" in page
    assert "ammo train run --resume r1" in page
    assert 'value="resume"' in page


def test_every_cause_is_found_by_its_own_words() -> None:
    assert len({cause for _, cause in CAUSES}) == len(CAUSES)
    for words, _ in CAUSES:
        assert all(word == word.lower() for word in words)


async def test_what_a_run_came_to_stands_on_its_page(you: httpx.AsyncClient, root: Path) -> None:
    folder = await in_thread(made, root, "r1", count=64, adapter=ADAPTER)
    await in_thread(put_report, folder, ADAPTER, passed=False)
    told = (await you.get("/api/v1/studio/runs/r1")).json()
    assert told["verdict"] == "failed"
    assert [bar["name"] for bar in told["gate"] if not bar["passed"]] == ["grounding"]
    moved = {row["name"]: row for row in told["figures"][0]["moved"]}
    assert (moved["words"]["before"]["value"], moved["words"]["after"]["value"]) == (34.1, 19.4)
    page = (await you.get("/studio/runs/r1")).text
    assert "1 of 5 bars do not hold" in page
    assert page.count('class="sample"') == 3
    assert "0.642 to 0.766" in page
    assert "240 pairs" in page
    assert "31 people it has never seen." in page
    assert told["cost"] == {"minutes": 6.2, "cpu_minutes": 5.5, "peak_mb": 2710, "planned": None}
    assert "not shown" in page
    assert "1 seed<" in page


async def test_a_page_escapes_what_a_model_wrote(you: httpx.AsyncClient, root: Path) -> None:
    hostile = '<script>alert(1)</script>" onload="x'
    folder = await in_thread(made, root, "r1", name=hostile, fault=hostile, state="failed", log=hostile)  # fmt: skip
    await in_thread(put_report, folder, ADAPTER)
    row = {"prompt": hostile, "before": hostile, "after": hostile}
    await in_thread(write_lines, folder / "samples.jsonl", [row])
    for path in ("/studio/runs/r1", "/studio/runs"):
        page = (await you.get(path)).text
        assert "<script>alert" not in page
        assert '" onload="' not in page


@pytest.mark.parametrize("name", ["nowhere", ".hidden", "..%2fruns", "a b"])
async def test_a_run_nobody_has_is_not_found(you: httpx.AsyncClient, name: str) -> None:
    answer = await you.get(f"/api/v1/studio/runs/{name}")
    assert answer.status_code in {404, 422}


async def test_a_run_whose_own_file_is_no_use_does_not_take_the_list_along(
    you: httpx.AsyncClient, root: Path
) -> None:
    await in_thread(made, root, "r1", count=3)
    broken = await in_thread(made, root, "r2")
    await in_thread((broken / "run.json").write_text, "[]", encoding="utf-8")
    told = (await you.get("/api/v1/studio/runs")).json()
    assert {run["id"]: run["state"] for run in told["runs"]} == {"r1": "done", "r2": "failed"}
    assert (await you.get("/studio/runs")).status_code == 200
    assert (await you.get("/studio/runs/r2")).status_code == 503


async def test_only_the_owner_sees_runs(come: Came, root: Path) -> None:
    await in_thread(made, root, "r1")
    bea = await come("bea", role="user")
    for path in ("/studio/runs", "/studio/runs/r1", "/studio/train", "/studio/promote"):
        assert (await bea.get(path)).status_code == 403
    page = (await bea.get("/studio")).text
    assert "/studio/runs" not in page


# --- the stream -----------------------------------------------------------------------------------
async def next_events(lines: AsyncIterator[str], count: int) -> list[dict[str, str]]:
    """Return the next events of a stream, each with its fields."""
    found: list[dict[str, str]] = []
    async with asyncio.timeout(20):
        async for text in lines:
            if text.startswith((":", "retry")):
                continue
            fields: dict[str, str] = {}
            for line in text.strip().split("\n"):
                name, _, value = line.partition(": ")
                fields[name] = fields.get(name, "") + value + ("\n" if name == "data" else "")
            found.append(fields)
            if len(found) == count:
                return found
    return found


def here_of(app: App, server: Any) -> Here:
    """Return who asks, for a stream that is read without HTTP: its client waits for the whole answer."""
    grant: Any = None
    return Here(app=app, grant=grant, server=server, secret="")


async def test_the_page_hears_of_new_steps_and_of_the_end(
    app: App, server: Any, root: Path
) -> None:
    folder = await in_thread(made, root, "r1", state="running", stage="train", count=2)
    with working(folder):
        lines = (await route.run_stream(here_of(app, server), "r1")).body_iterator
        (first,) = await next_events(lines, 1)  # type: ignore[arg-type]
        assert (first["id"], first["event"]) == ("2", "html")
        assert 'id="run-curves"' in first["data"]
        assert 'id="run-state"' in first["data"]
        await in_thread(write_lines, folder / "metrics.jsonl", steps(3))
        (second,) = await next_events(lines, 1)  # type: ignore[arg-type]
        assert second["id"] == "3"
        assert 'id="run-curves"' in second["data"]
        assert 'id="run-log"' not in second["data"], "what did not change is not sent again"
        told = await in_thread(run_files.read_object, folder / "run.json")
        await in_thread(write_json, folder / "run.json", {**told, "state": "done", "stage": "gate"})
        (third,) = await next_events(lines, 1)  # type: ignore[arg-type]
        assert 'id="run-state"' in third["data"]
        assert "state-done" in third["data"]
        await in_thread(write_json, folder / "run.json", told)
        assert "state-running" in (await next_events(lines, 1))[0]["data"]  # type: ignore[arg-type]
    (killed,) = await next_events(lines, 1)  # type: ignore[arg-type]
    assert "state-interrupted" in killed["data"], "a killed process writes nothing, its lock tells"
    server.stopping.set()
    assert await next_events(lines, 1) == []  # type: ignore[arg-type]


async def test_a_reader_who_comes_back_hears_each_line_once(
    app: App, server: Any, root: Path
) -> None:
    folder = await in_thread(made, root, "r1", state="running", stage="train", count=5)
    with working(folder):
        here = here_of(app, server)
        before = (await route.data_stream(here, "r1", 0, "")).body_iterator
        first = await next_events(before, 6)  # type: ignore[arg-type]
        assert [e["id"] for e in first if e["event"] == "metrics"] == ["1", "2", "3", "4", "5"]
        await in_thread(write_lines, folder / "metrics.jsonl", steps(7))
        after = (await route.data_stream(here, "r1", 0, "5")).body_iterator
        again = await next_events(after, 3)  # type: ignore[arg-type]
        assert [e["id"] for e in again if e["event"] == "metrics"] == ["6", "7"]
        told = [json.loads(e["data"]) for e in [*first, *again] if e["event"] == "metrics"]
        assert [row["step"] for row in told] == [1, 2, 3, 4, 5, 6, 7]
    server.stopping.set()
    by_poll = await in_thread(run_files.read_lines, folder / "metrics.jsonl", after=5)
    assert [row["step"] for row in by_poll] == [6, 7]


# --- starting and stopping ------------------------------------------------------------------------
async def until(done: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until a look at files says so."""
    for _ in range(int(seconds * 20)):
        if await asyncio.to_thread(done):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not happen in time")


async def test_a_run_waits_behind_another_one_and_can_be_taken_out_of_the_queue(
    you: httpx.AsyncClient, root: Path
) -> None:
    busy = await in_thread(made, root, "r1", name="busy", state="running", stage="train")
    late = await in_thread(made, root, "r2", name="late", state="interrupted", stage="train", step=8, started="2026-11-20T10")  # fmt: skip
    with working(busy):
        answer = await you.post("/studio/runs/r2", data={"do": "resume"}, headers={"X-Fragment": "1"})  # fmt: skip
        assert answer.status_code == 200
        assert "place 2" in answer.text
        pid = jobs.STARTED[-1].pid
        await until(lambda: run_files.read_run(late).pid == pid)
        page = (await you.get("/studio/runs/r2")).text
        assert "Waiting, place 2." in page
        assert "Busy trains, and a machine trains one run at a time." in page
        again = await you.post("/api/v1/studio/runs/r2/resume")
        assert again.status_code == 409
        stopped = await you.post("/api/v1/studio/runs/r2/stop")
        assert (stopped.json()["run"], stopped.json()["asked"]) == ("r2", True)
        await until(lambda: run_files.read_run(late).state == "stopped")
        assert await in_thread(jobs.STARTED[-1].wait, 10) == 130
    assert (await you.post("/api/v1/studio/runs/r2/stop")).status_code == 409
    assert "Stopped" in (await you.get("/studio/runs/r2")).text


async def test_a_run_that_is_done_does_not_go_on(you: httpx.AsyncClient, root: Path) -> None:
    await in_thread(made, root, "r1", count=64)
    assert (await you.post("/api/v1/studio/runs/r1/resume")).status_code == 409
    assert (await you.post("/api/v1/studio/runs/nowhere/stop")).status_code == 404


# --- the rest -------------------------------------------------------------------------------------
def test_without_the_training_stack_one_command_and_its_size_are_told() -> None:
    told = studio.told(studio.versions(("ammo-agents", "no-such-distribution-here")))
    assert told["missing"] == ["no-such-distribution-here"]
    assert not told["installed"]
    page = TEMPLATES.get_template("parts/studio_missing.html").render(training=told)
    assert "make setup-train" in page
    assert "1.2 GB" in page
    there = studio.told(studio.versions(("ammo-agents",)))
    assert there["installed"]
    assert "setup-train" not in TEMPLATES.get_template("parts/studio_missing.html").render(training=there)  # fmt: skip


@pytest.mark.parametrize(("seconds", "words"), [(None, ""), (40.4, "40 s"), (130, "2 min"), (11_500, "3 h 12 min"), (-3, "0 s")])  # fmt: skip
def test_a_time_is_told_as_a_person_says_it(seconds: float | None, words: str) -> None:
    assert spoken(seconds) == words


async def test_every_page_links_to_studio(you: httpx.AsyncClient) -> None:
    page = (await you.get("/you")).text
    assert len(re.findall(r'href="/studio"', page)) == 2
