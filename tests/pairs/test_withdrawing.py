"""Whoever takes consent back, or is forgotten, leaves the data sets, and adapters that learned from them are tainted."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from town import town

from ammo_agents.adapters.registry import TAINT
from ammo_agents.aipp.pairs import Gathered, PairSet, Wanted, gather, made, read, write
from ammo_agents.aipp.pairs.leaving import leave_runs
from ammo_agents.aipp.pairs.record import renamed
from ammo_agents.app import App
from ammo_agents.ports import SOCIETY
from ammo_agents.views import VERBS, feed, house, profiles
from ammo_agents.views.pairs import sets_folder

KEY = b"k" * 32


async def kept_set(app: App) -> PairSet:
    """Keep a set of a town whose first pair is made of a like of this person."""
    await profiles.choose(app, name="train", value=True)
    card = (await feed.slate(app))["cards"][0]["id"]
    liked = await VERBS["act"].function(app, act="like", card=card)
    (row,) = (await gather(app.ledger, [app.person], KEY)).rows
    assert row.events == (liked["feedback"],)
    told = Gathered(people=8, consenting=8)
    first, *rest = town(8, 8)
    told.pairs = [renamed(first, events=row.events), *rest]
    found = await asyncio.to_thread(made, told, Wanted(name="town"))
    await asyncio.to_thread(found.save, sets_folder(app) / "town")
    assert set(row.events) <= found.events
    return found


async def left(app: App) -> PairSet:
    return await asyncio.to_thread(PairSet.load, sets_folder(app) / "town")


async def test_taking_consent_back_takes_the_pairs_out_of_the_sets(app: App) -> None:
    before = await kept_set(app)
    await profiles.choose(app, name="train", value=False)
    now = await left(app)
    assert len(before.every) - len(now.every) == 1
    assert now.about["forgotten"] == 1
    assert await app.ledger.diary.entries(SOCIETY, kind=TAINT) == []


async def test_saying_no_again_changes_nothing(app: App) -> None:
    before = await kept_set(app)
    await profiles.choose(app, name="slots", value=5)
    assert (await left(app)).pairs == before.pairs


async def test_forgetting_a_person_takes_their_pairs_along(app: App) -> None:
    before = await kept_set(app)
    told = await house.forget(app)
    assert told["unlearned"] == {"pairs": 1, "sets": {"town": 1}, "run_rows": 0, "adapters": []}
    now = await left(app)
    assert len(before.every) - len(now.every) == 1


def test_their_rows_leave_every_run_and_their_words_its_report(tmp_path: Path) -> None:
    mine, *others = town(3, 4)
    run = tmp_path / "runs" / "r_1"
    write(run / "rows" / "train.jsonl", [mine, *others])
    quoted = {"samples": [{"prompt": str(mine.prompt), "after": "x"}, {"prompt": others[0].prompt}]}
    (run / "report.json").write_text(json.dumps(quoted))
    (run / "report.md").write_text(f"- **Prompt** {mine.prompt}\n- **Prompt** {others[0].prompt}\n")
    (run / "samples.jsonl").write_text(json.dumps({"chosen": mine.chosen}) + "\n")
    assert leave_runs(tmp_path, mine.events) == 1
    assert read(run / "rows" / "train.jsonl") == others
    every = "".join(path.read_text() for path in run.rglob("*") if path.is_file())
    assert str(mine.prompt) not in every
    assert mine.chosen not in every
    assert str(others[0].prompt) in every
    json.loads((run / "report.json").read_text())
    assert leave_runs(tmp_path, mine.events) == 0
