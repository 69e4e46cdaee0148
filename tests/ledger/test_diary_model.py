"""Whatever two people do in whatever order, the diary answers as two lists would, also after a restart (S6)."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ammo_agents.errors import ConflictError
from ammo_agents.ledger import SqliteLedger
from ammo_agents.records import PersonId

PEOPLE = (PersonId("anna"), PersonId("ben"))
KINDS, TOPICS = ("message", "run"), ("", "a")
Kept = tuple[int, str, str, dict[str, Any]]

write = st.tuples(
    st.just("write"),
    st.sampled_from(PEOPLE),
    st.sampled_from([f"k{n}" for n in range(6)]),
    st.sampled_from(KINDS),
    st.sampled_from(TOPICS),
    st.integers(0, 2),
)
prune = st.tuples(
    st.just("prune"), st.sampled_from(PEOPLE), st.sampled_from(KINDS), st.integers(0, 1)
)
forget = st.tuples(st.just("forget"), st.sampled_from(PEOPLE))
reopen = st.tuples(st.just("reopen"))


class Model:
    """What the diary should hold: a list a person."""

    def __init__(self) -> None:
        self.kept: dict[PersonId, dict[str, Kept]] = {person: {} for person in PEOPLE}
        self.last = 0

    def rows(self, person: PersonId) -> list[Kept]:
        return sorted(self.kept[person].values(), key=lambda row: row[0])

    def prune(self, person: PersonId, kind: str, keep: int) -> int:
        of_kind = [row[0] for row in self.rows(person) if row[1] == kind]
        gone = set(of_kind[: max(len(of_kind) - keep, 0)])
        own = self.kept[person]
        self.kept[person] = {key: row for key, row in own.items() if row[0] not in gone}
        return len(gone)


@pytest.mark.timeout(180)
@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.one_of(write, write, write, prune, forget, reopen), min_size=10, max_size=30)
)
def test_the_diary_is_a_list_for_each_person(steps: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder) / "data" / "ledger.db", steps))


async def play(place: Path, steps: list[tuple[Any, ...]]) -> None:
    ledger, model = await SqliteLedger.open(place, free_space_mb=0), Model()
    for verb, *values in steps:
        if verb == "reopen":
            await ledger.close()
            ledger = await SqliteLedger.open(place, free_space_mb=0)
        elif verb == "write":
            await tell(ledger, model, values)
        elif verb == "prune":
            person, kind, keep = values
            gone = await ledger.diary.prune(person, kind, keep=keep)
            assert gone == model.prune(person, kind, keep)
        else:
            assert (await ledger.forget(values[0]))["diary"] == len(model.kept[values[0]])
            model.kept[values[0]] = {}
        await compare(ledger, model)
    await ledger.close()


async def tell(ledger: SqliteLedger, model: Model, said: list[Any]) -> None:
    person, key, kind, topic, number = said
    body, known = {"n": number, "of": person}, model.kept[person].get(key)
    if known is not None and known[1:] != (kind, topic, body):
        with pytest.raises(ConflictError):
            await ledger.diary.write(key, person, kind, body, topic=topic)
        return
    written = await ledger.diary.write(key, person, kind, body, topic=topic)
    assert written.repeated == (known is not None)
    if known is None:
        assert written.seq > model.last
        model.last = written.seq
        model.kept[person][key] = (written.seq, kind, topic, body)
    assert written.seq == model.kept[person][key][0]


async def compare(ledger: SqliteLedger, model: Model) -> None:
    diary = ledger.diary
    for person in PEOPLE:
        rows = model.rows(person)
        found = await diary.entries(person)
        assert [(e.seq, e.kind, e.topic, dict(e.body)) for e in found] == rows
        assert {e.body["of"] for e in found} <= {person}
        assert await diary.last(person) == (rows[-1][0] if rows else 0)
        for kind in KINDS:
            of_kind = [row[0] for row in rows if row[1] == kind]
            newest = await diary.newest(person, kind=kind, limit=2)
            assert [e.seq for e in newest] == of_kind[::-1][:2]
            latest = await diary.latest(person, kind)
            assert {t: e.seq for t, e in latest.items()} == {
                row[2]: row[0] for row in rows if row[1] == kind
            }
