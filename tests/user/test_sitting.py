"""A sitting as a graph: it waits, records, survives the loss of its checkpoints, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from taste_makers import candidates, creations_of, newcomer, sitting

from ammo_agents.errors import AmmoError, NotFoundError
from ammo_agents.records import CreationId, FeedbackId, Slate
from ammo_agents.user.graph import STEPS, Gesture, Said, UserContext, opened, wired
from ammo_agents.user.present import Presented, present
from ammo_agents.user.rank import Candidates, choose


class Person:
    """A round in memory: what the real one does with the ledger."""

    def __init__(self) -> None:
        self.pool = candidates(12)
        self.preference = newcomer()
        self.shown: dict[str, Slate] = {}
        self.kept: dict[str, Gesture] = {}
        self.recalled = 0

    def context(self) -> UserContext:
        return UserContext(
            person=self.preference.person,
            subspace=self.preference.subspace,
            recall=self.recall,
            rank=self.rank,
            present=self.present,
            record=self.record,
            following=self.following,
        )

    async def recall(self) -> Candidates:
        self.recalled += 1
        return self.pool

    async def rank(self, pool: Candidates) -> Slate:
        return await asyncio.to_thread(choose, pool, self.preference, sitting(slots=4))

    async def present(self, slate: Slate) -> Presented:
        self.shown[slate.id] = slate
        return present(slate, creations_of(self.pool))

    async def record(self, gesture: Gesture) -> Said:
        cards = {s.creation for slate in self.shown.values() for s in slate.slots}
        if gesture.creation not in cards:
            raise NotFoundError(f"{gesture.creation} was never shown", hint="ammo feed")
        repeated = gesture.key in self.kept
        self.kept[gesture.key] = gesture
        return Said(
            feedback=FeedbackId(f"b_{gesture.key}"), version=len(self.kept), repeated=repeated
        )

    async def following(self) -> tuple[CreationId, ...]:
        return self.pool.ids[:2]


async def test_a_sitting_presents_a_slate_and_waits(tmp_path: Path) -> None:
    person = Person()
    async with opened(tmp_path / "deep" / "checkpoints.db") as sittings:
        run, presented = await sittings.start(person.context())
        assert len(presented.cards) == 4
        assert await sittings.is_waiting(person.context(), run)
        assert list(person.shown) == [presented.slate.id]


async def test_acts_are_recorded_one_by_one_and_the_thread_is_deleted_at_the_end(
    tmp_path: Path,
) -> None:
    person = Person()
    async with opened(tmp_path / "checkpoints.db") as sittings:
        context = person.context()
        run, presented = await sittings.start(context)
        for place, card in enumerate(presented.cards, start=1):
            said = await sittings.respond(
                context, run, Gesture(act="like", creation=card.creation.id, key=f"k{place}")
            )
            assert said.version == place
            assert said.following == person.pool.ids[:2]
        await sittings.finish(context, run)
        await sittings.finish(context, run)
        assert await sittings.runs(context.person, context.subspace) == []
        assert list(person.kept) == ["k1", "k2", "k3", "k4"]
        assert person.recalled == 1


async def test_thirty_acts_stay_within_the_step_limit_and_keep_two_checkpoints(
    tmp_path: Path,
) -> None:
    person = Person()
    path = tmp_path / "checkpoints.db"
    async with opened(path) as sittings:
        context = person.context()
        run, presented = await sittings.start(context)
        for _ in range(30):
            await sittings.respond(
                context, run, Gesture(act="like", creation=presented.cards[0].creation.id)
            )
    assert len(person.kept) == 30
    assert await asyncio.to_thread(counted, path) == 2


async def test_a_refused_act_is_raised_and_the_sitting_goes_on(tmp_path: Path) -> None:
    person = Person()
    async with opened(tmp_path / "checkpoints.db") as sittings:
        context = person.context()
        run, presented = await sittings.start(context)
        with pytest.raises(NotFoundError, match="never shown"):
            await sittings.respond(context, run, Gesture(act="like", creation=CreationId("c_no")))
        card = presented.cards[0].creation.id
        assert (
            await sittings.respond(context, run, Gesture(act="like", creation=card))
        ).version == 1


async def test_a_sitting_is_resumed_after_a_restart_without_showing_anything_twice(
    tmp_path: Path,
) -> None:
    person, path = Person(), tmp_path / "checkpoints.db"
    async with opened(path) as sittings:
        run, presented = await sittings.start(person.context())
    async with opened(path) as sittings:
        again = person.context()
        assert await sittings.runs(again.person, again.subspace) == [run]
        card = presented.cards[1].creation.id
        said = await sittings.respond(again, run, Gesture(act="skip", creation=card, key="later"))
        assert said.version == 1
    assert len(person.shown) == 1
    assert person.recalled == 1


async def test_deleting_the_checkpoints_loses_no_act(tmp_path: Path) -> None:
    person, path = Person(), tmp_path / "checkpoints.db"
    async with opened(path) as sittings:
        context = person.context()
        run, presented = await sittings.start(context)
        card = presented.cards[0].creation.id
        await sittings.respond(context, run, Gesture(act="like", creation=card, key="one"))
    await asyncio.to_thread(removed, path)
    async with opened(path) as sittings:
        gesture = Gesture(act="save", creation=card, key="two")
        said = await sittings.respond(person.context(), run, gesture)
        assert said.version == 2
        repeated = await sittings.respond(person.context(), run, gesture)
        assert repeated.repeated
    assert list(person.kept) == ["one", "two"]


async def test_a_new_sitting_ends_the_one_before_it(tmp_path: Path) -> None:
    person = Person()
    async with opened(tmp_path / "checkpoints.db") as sittings:
        first, _ = await sittings.start(person.context())
        second, _ = await sittings.start(person.context(), run="second")
        context = person.context()
        assert await sittings.runs(context.person, context.subspace) == ["second"]
        assert not await sittings.is_waiting(context, first)
        assert second == "second"
        with pytest.raises(AmmoError, match="a/b"):
            await sittings.start(person.context(), run="a/b")


async def test_checkpoints_hold_ids_and_no_content(tmp_path: Path) -> None:
    person, path = Person(), tmp_path / "checkpoints.db"
    async with opened(path) as sittings:
        run, presented = await sittings.start(person.context())
        context = person.context()
        await sittings.respond(
            context, run, Gesture(act="like", creation=presented.cards[0].creation.id)
        )
    raw = await asyncio.to_thread(path.read_bytes)
    assert presented.cards[0].creation.id.encode() in raw
    assert presented.cards[0].creation.title.text.encode() not in raw


def test_decoding_of_checkpoints_is_strict_wherever_the_graph_is_imported_first() -> None:
    program = (
        "import ammo_agents.user.graph\n"
        "from langgraph.checkpoint.serde import _msgpack\n"
        "assert _msgpack.STRICT_MSGPACK_ENABLED\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_graph_has_six_nodes_and_a_step_limit() -> None:
    assert STEPS == 25
    assert set(wired().nodes) == {"recall", "rank", "present", "wait", "record", "update"}


def counted(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM checkpoints").fetchone()[0])


def removed(path: Path) -> None:
    for leftover in path.parent.glob(f"{path.name}*"):
        leftover.unlink()
