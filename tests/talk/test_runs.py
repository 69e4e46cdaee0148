"""Runs: a log that survives reloads, Stop and the death of the process (rule 8)."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ammo_agents.errors import ModelTimeoutError, NotFoundError
from ammo_agents.ports import Entry
from ammo_agents.records import PersonId
from ammo_agents.round.runs import PIECE, Run, Runs, told
from ammo_agents.testing import MemoryDiary

YOU, OTHER = PersonId("you"), PersonId("other")


async def seen(runs: Runs, person: PersonId, after: int, until: int) -> list[Entry]:
    found: list[Entry] = []
    async for entry in runs.follow(person, after, quiet=0.05):
        if entry is None:
            break
        found.append(entry)
        if entry.seq >= until:
            break
    return found


def words(entries: list[Entry]) -> str:
    return "".join(e.body["delta"] for e in entries if e.body["type"] == PIECE)


@given(
    pieces=st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=30),
    rests=st.sets(st.integers(0, 29)),
)
@settings(max_examples=60, deadline=None)
def test_a_reload_anywhere_loses_no_token_and_doubles_none(
    pieces: list[str], rests: set[int]
) -> None:
    async def play() -> None:
        runs = Runs(MemoryDiary(), batch=0.0)

        async def work(run: Run) -> None:
            await run.open("m1")
            for n, piece in enumerate(pieces):
                await run.say(piece)
                if n in rests:
                    await asyncio.sleep(0)

        run = await runs.start(YOU, "answer", "tell me", work)
        await runs.done(run.id)
        whole = "".join(pieces)
        all_ = await runs.diary.entries(YOU)
        assert words(all_) == whole
        assert [e.body["type"] for e in all_][-2:] == ["TEXT_MESSAGE_END", "RUN_FINISHED"]
        for cut in range(len(all_)):  # the page was rendered with this many entries
            before, after = all_[:cut], await seen(runs, YOU, all_[cut].seq - 1, all_[-1].seq)
            assert words(before) + words(after) == whole
            assert [e.seq for e in (*before, *after)] == [e.seq for e in all_]

    asyncio.run(play())


async def test_pieces_said_at_once_are_one_entry() -> None:
    runs = Runs(MemoryDiary(), batch=0.01)

    async def work(run: Run) -> None:
        await run.open("m1")
        for _ in range(500):
            await run.say("token ")
        await run.close()

    run = await runs.start(YOU, "answer", "go", work)
    await runs.done(run.id)
    pieces = [e for e in await runs.diary.entries(YOU) if e.body["type"] == PIECE]
    assert len(pieces) == 1
    assert pieces[0].body["delta"] == "token " * 500


async def test_stop_keeps_what_was_said_and_says_so() -> None:
    runs = Runs(MemoryDiary(), batch=0.0)
    said = asyncio.Event()

    async def work(run: Run) -> None:
        await run.open("m1")
        await run.say("half an ")
        said.set()
        await asyncio.Event().wait()

    run = await runs.start(YOU, "answer", "go", work)
    await said.wait()
    assert await runs.stop(YOU, run.id)
    story = await runs.told(YOU, run.id)
    assert story is not None
    assert (story.state, story.text) == ("stopped", "half an ")
    assert not await runs.stop(YOU, run.id)


async def test_nobody_stops_or_reads_the_run_of_another() -> None:
    runs = Runs(MemoryDiary())
    gone = asyncio.Event()

    async def work(run: Run) -> None:
        await gone.wait()

    run = await runs.start(YOU, "answer", "go", work)
    with pytest.raises(NotFoundError):
        await runs.stop(OTHER, run.id)
    assert await runs.told(OTHER, run.id) is None
    gone.set()
    await runs.done(run.id)


async def test_a_model_that_fails_leaves_its_reason() -> None:
    runs = Runs(MemoryDiary(), batch=0.0)

    async def work(run: Run) -> None:
        await run.open("m1")
        await run.say("the price ")
        raise ModelTimeoutError("nothing came for 60 s", hint="Try again.")

    run = await runs.start(YOU, "answer", "go", work)
    await runs.done(run.id)
    story = await runs.told(YOU, run.id)
    assert story is not None
    assert (story.state, story.text) == ("failed", "the price ")
    assert story.fault == {
        "code": "AMMO-0601",
        "message": "nothing came for 60 s",
        "fix": "Try again.",
    }


async def test_what_a_dead_process_left_is_marked_interrupted_once() -> None:
    diary = MemoryDiary()
    dead = await Runs(diary).start(YOU, "answer", "go")
    await dead.open("m1")
    await dead.say("never whole")
    await dead.flush()
    runs = Runs(diary)
    await runs.mend(YOU)
    await runs.mend(YOU)
    await Runs(diary).mend(YOU)
    story = await runs.told(YOU, dead.id)
    assert story is not None
    assert (story.state, story.text) == ("interrupted", "never whole")
    assert sum(e.body["type"] == "RUN_ERROR" for e in await diary.entries(YOU)) == 1


async def test_streams_of_two_people_never_cross() -> None:
    runs = Runs(MemoryDiary(), batch=0.0)

    def chatter(name: str) -> list[str]:
        return [f"{name}{n} " for n in range(40)]

    async def work(run: Run) -> None:
        await run.open("m")
        for piece in chatter(run.person):
            await run.say(piece)
            await asyncio.sleep(0)

    mine, theirs = [await runs.start(p, "answer", "go", work) for p in (YOU, OTHER)]
    await runs.done(mine.id)
    await runs.done(theirs.id)
    for person in (YOU, OTHER):
        found = await seen(runs, person, 0, await runs.diary.last(person))
        assert {e.person for e in found} == {person}
        assert words(found) == "".join(chatter(person))


async def test_two_tabs_see_the_same() -> None:
    runs = Runs(MemoryDiary(), batch=0.0)

    async def work(run: Run) -> None:
        await run.open("m")
        for n in range(20):
            await run.say(f"{n} ")
            await asyncio.sleep(0)

    async def tab() -> str:
        found = []
        async for entry in runs.follow(YOU, 0):
            assert entry is not None
            found.append(entry)
            if entry.body["type"] == "RUN_FINISHED":
                return words(found)
        raise AssertionError

    tabs = [asyncio.create_task(tab()) for _ in range(2)]
    await runs.start(YOU, "answer", "go", work)
    assert await asyncio.gather(*tabs) == ["".join(f"{n} " for n in range(20))] * 2


async def test_a_follower_hears_that_it_is_quiet() -> None:
    runs = Runs(MemoryDiary())
    async for entry in runs.follow(YOU, 0, quiet=0.01):
        assert entry is None
        break


async def test_closing_the_process_marks_its_runs_interrupted() -> None:
    runs = Runs(MemoryDiary())

    async def work(run: Run) -> None:
        await asyncio.Event().wait()

    run = await runs.start(YOU, "answer", "go", work)
    await asyncio.sleep(0)
    await runs.close()
    entries = await runs.diary.entries(YOU, topic=run.id)
    assert told(run.id, [e.body for e in entries]).state == "interrupted"
