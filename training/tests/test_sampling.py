"""A buddy's alternatives: its own prompts, its own gate, apart by what the model reads, and never lost to a kill."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ammo_training import samples as kept
from ammo_training.desk import DAYS, Desk, desk_of
from ammo_training.gated import asked_of, gates_of
from ammo_training.readers import FLOOR, Reader, choose, pair_of, readers
from ammo_training.samples import Alternative, Sample, offers, read, yielded
from ammo_training.sampling import Wish, groups_of, name_of, sample, split_of

from ammo_agents.aipp.pairs import Pair
from ammo_agents.aipp.pairs import read as read_pairs
from ammo_agents.aipp.pairs import write as write_pairs
from ammo_agents.app import opened
from ammo_agents.errors import BadInputError, DamagedError, ModelCrashedError, NotFoundError
from ammo_agents.goal import tiny
from ammo_agents.goal.plan import Line
from ammo_agents.records import BuddyId, Prompt, Sampling
from ammo_agents.settings import load
from ammo_agents.testing import ScriptedModel
from ammo_agents.testing.command import SCRIPTED

BITCOIN = BuddyId("coin/bitcoin")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    env = {**SCRIPTED, "AMMO_HOME": str(tmp_path / "home")}
    loaded = await asyncio.to_thread(load, env=env, cwd=tmp_path)
    async with opened(loaded, access="read") as app:
        yield await desk_of(app, "@bitcoin", days=40)


def repeats(prompt: Prompt, sampling: Sampling) -> str:
    """Say the task back, with a word more for odd seeds."""
    said = prompt.messages[-1].text
    return said if sampling.seed % 2 else f"Today {said[:1].lower()}{said[1:]}"


async def test_it_is_asked_what_a_buddy_asks_when_it_writes_a_card(desk: Desk) -> None:
    asks = desk.asks(seed=7)
    ours = {tuple((m["role"], m["content"]) for m in ask.messages) for ask in asks}
    model = ScriptedModel(repeats)
    fact = asks[0].fact
    lines = [
        Line(key="title", role="title", fact=fact),
        Line(key="hook", role="sentence", fact=fact),
    ]
    for revision in range(3):
        await tiny.write(lines, model, desk.wordings, revision=revision, seed=revision)
    theirs = {tuple((m.role, m.text) for m in prompt.messages) for prompt, _ in model.asked}
    assert theirs <= ours
    assert len(ours) == len(asks)


async def test_what_was_sampled_of_a_later_day_is_read_by_the_gate_all_the_same(
    tmp_path: Path,
) -> None:
    env = {**SCRIPTED, "AMMO_HOME": str(tmp_path / "home")}
    loaded = await asyncio.to_thread(load, env=env, cwd=tmp_path)
    async with opened(loaded, access="read") as app:
        far = await desk_of(app, "@bitcoin", days=DAYS + 40)
        near = {f.id for f in (await desk_of(app, "@bitcoin")).facts[BITCOIN]}
        ask = next(a for a in far.asks(seed=7) if a.fact.id not in near)
        sampled = Pair(
            prompt=ask.task.prompt.messages,
            chosen="Up.",
            rejected="Down.",
            signal="label",
            source="simulated",
            buddy=BITCOIN,
            extra={"fact": ask.fact.id, "role": ask.role},
        )
        gate = (await gates_of(app, [sampled]))(sampled)
    assert gate is not None
    assert gate.grounded is not None


async def test_a_killed_sampling_goes_on_and_asks_nothing_twice(desk: Desk, tmp_path: Path) -> None:
    wish, path = Wish(n=12, k=2), tmp_path / "s.jsonl"
    whole = await sample(desk, ScriptedModel(repeats), wish, tmp_path / "w.jsonl", _quiet)
    assert len(whole) == 6
    await sample(desk, ScriptedModel(repeats), replace(wish, n=6), path, _quiet)
    await asyncio.to_thread(_torn, path)
    again = ScriptedModel(repeats)
    gone_on = await sample(desk, again, wish, path, _quiet)
    assert len(again.asked) == 6
    assert [_apart_from_time(s) for s in gone_on] == [_apart_from_time(s) for s in whole]
    assert await asyncio.to_thread(read, path) == gone_on
    assert name_of(desk, "m", wish) == name_of(desk, "m", replace(wish, n=500))
    assert name_of(desk, "m", wish) != name_of(desk, "m", replace(wish, adapter="a_1"))


async def test_training_and_test_prompts_share_no_statement_the_model_reads(desk: Desk) -> None:
    reads = {a.group: a.task.prompt.messages[-1].text for a in desk.asks(seed=7)}
    clusters = groups_of(reads)
    sides = split_of(clusters.values())
    by_side = {
        side: [
            frozenset(kept.WORD.findall(t.lower()))
            for g, t in reads.items()
            if sides[clusters[g]] == side
        ]
        for side in ("train", "test")
    }
    assert by_side["test"]
    assert by_side["train"]
    for one in by_side["test"]:
        assert max(len(one & o) / len(one | o) for o in by_side["train"]) < 0.6


def test_up_and_down_in_one_frame_are_one_group() -> None:
    found = groups_of({
        "a": "Alpha closed at [A] on [C], up [B] from the day before.",
        "b": "Alpha closed at [A] on [C], down [B] from the day before.",
        "c": "Bitcoin is a peer-to-peer payment network.",
    })
    assert found["a"] == found["b"] != found["c"]


async def test_what_the_gate_would_not_publish_is_never_preferred(
    desk: Desk, tmp_path: Path
) -> None:
    def half(prompt: Prompt, sampling: Sampling) -> str:
        return repeats(prompt, sampling) if sampling.seed % 3 else "Alpha will rise to the moon."

    made = await sample(desk, ScriptedModel(half), Wish(n=160, k=4), tmp_path / "s.jsonl", _quiet)
    counts = yielded(made)
    assert 0 < counts["supported"] < counts["alternatives"]
    chosen = choose(made)
    fine = {
        (s.messages[-1]["content"], s.role, a.text)
        for s in made
        for a in s.alternatives
        if not a.fault
    }
    assert chosen.pairs
    for pair in chosen.pairs:
        assert (pair.asked, pair.extra["role"], pair.chosen) in fine
    bad = next(a for s in made for a in s.alternatives if a.fault)
    with pytest.raises(BadInputError, match="is not supported"):
        pair_of(made[0], bad, made[0].alternatives[0], slots=(0, 1), user="x")


async def test_pairs_keep_where_they_come_from_and_survive_a_file(
    desk: Desk, tmp_path: Path
) -> None:
    made = await sample(
        desk, ScriptedModel(repeats), Wish(n=200, k=4), tmp_path / "s.jsonl", _quiet
    )
    chosen = choose(made, seed=3)
    path = await asyncio.to_thread(write_pairs, tmp_path / "pairs.jsonl", chosen.pairs)
    again = await asyncio.to_thread(read_pairs, path)
    assert again == list(chosen.pairs)
    assert {p.source for p in again} == {"simulated"}
    people = {side: {p.user for p in again if p.split == side} for side in ("train", "test")}
    assert people["train"].isdisjoint(people["test"])
    one = again[0]
    assert one.buddy == "coin/bitcoin"
    assert one.chosen_by.sampling["seed"] != one.rejected_by.sampling["seed"]
    assert {one.chosen_by.slot, one.rejected_by.slot} == {0, 1}


async def test_a_model_that_fails_thrice_ends_it_and_what_was_written_is_kept(
    desk: Desk, tmp_path: Path
) -> None:
    calls = 0

    def dies(prompt: Prompt, sampling: Sampling) -> str | ModelCrashedError:
        nonlocal calls
        calls += 1
        return repeats(prompt, sampling) if calls <= 4 else ModelCrashedError("gone")

    path = tmp_path / "s.jsonl"
    with pytest.raises(ModelCrashedError, match="gone"):
        await sample(desk, ScriptedModel(dies), Wish(n=20, k=2), path, _quiet)
    assert len(await asyncio.to_thread(read, path)) == 2


async def test_a_report_asks_a_held_out_prompt_as_the_product_asks_it(
    desk: Desk, tmp_path: Path
) -> None:
    model = ScriptedModel(repeats)
    made = await sample(desk, model, Wish(n=160, k=4), tmp_path / "s.jsonl", _quiet)
    pair = choose(made).pairs[0]
    asked = asked_of(pair, {"coin/bitcoin": desk})
    assert asked is not None
    assert asked.grounded is not None
    assert asked.messages == tuple(pair.messages)
    assert (asked.tokens, asked.stop) == (
        {"sentence": 72, "title": 24}[pair.extra["role"]],
        ("\n",),
    )
    assert asked.grammar.startswith("root ::= ")
    assert await asked.grounded(pair.chosen)
    assert not await asked.grounded("Alpha will rise to the moon.")
    assert asked_of(pair, {}) is None
    changed = replace(pair, prompt="Something else.", id="")
    assert asked_of(changed, {"coin/bitcoin": desk}) is None


def test_readers_like_short_supported_texts_down_to_a_floor() -> None:
    reader = Reader(name="r", brevity=1.0)
    worth = [reader.utility(_said(" ".join(["word"] * n)), "sentence") for n in range(1, 20)]
    assert int(np.argmax(worth)) + 1 == FLOOR["sentence"]
    assert reader.utility(_said("short and false", fault="no"), "sentence") == -np.inf
    assert readers(24, seed=1) == readers(24, seed=1)
    with pytest.raises(BadInputError, match="too few"):
        readers(3, seed=1)


def test_alternatives_that_are_cut_off_or_alike_are_offered_to_nobody() -> None:
    told = (
        _said("Alpha fell on [A]."),
        _said("Alpha  fell on [A]."),
        replace(_said("Alpha fell on"), complete=False),
        _said("To the moon.", fault="no"),
        _said("To the sun.", fault="no"),
    )
    found, dropped = offers(_sample(told))
    assert [(o.one.text, o.other.text) for o in found] == [
        ("Alpha fell on [A].", "To the moon."),
        ("Alpha fell on [A].", "To the sun."),
    ]
    assert dropped == {"the same words again": 1, "incomplete": 1, "both unsupported": 1}


def test_a_line_that_is_no_sample_is_named(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text(kept.row_of(_sample((_said("a b."),))) + '\n{"id": 1}\n', encoding="utf-8")
    with pytest.raises(DamagedError, match="line 2 of"):
        read(path)
    with pytest.raises(NotFoundError, match="no samples at"):
        read(tmp_path / "none.jsonl")


def _torn(path: Path) -> None:
    with path.open("a", encoding="utf-8") as stream:
        stream.write('{"id": "p_half')


def _quiet(done: int, total: int) -> None:
    assert done <= total


def _apart_from_time(one: Sample) -> Sample:
    return replace(one, at="", alternatives=tuple(replace(a, seconds=0) for a in one.alternatives))


def _said(text: str, fault: str = "") -> Alternative:
    return Alternative(
        text=text, said=text, fault=fault, complete=True, tokens=3, seconds=0.0,
        temperature=0.7, top_p=0.95, max_tokens=72, seed=1,
    )  # fmt: skip


def _sample(told: tuple[Alternative, ...]) -> Sample:
    return Sample(
        id="p_1", split="train", group="g", target="coin/bitcoin", subspace="coin", buddy="coin/bitcoin",
        fact="f", statement="Bitcoin fell.", source="prices", predicate="coin.fall", role="sentence",
        messages=({"role": "user", "content": "Alpha fell."},), prompt="", model="m", adapter="",
        grammar="", at="2026-01-01T00:00:00+00:00", alternatives=told,
    )  # fmt: skip
