"""Facts against an independent computation over the bare rows."""

import datetime as dt
import gzip
import json
import re
from importlib import resources
from itertools import pairwise

import pytest
from ammo_subspace_edu.catalogue import LAST, all_listed, curricula
from ammo_subspace_edu.facts import about, entry
from ammo_subspace_edu.frames import PLAIN
from ammo_subspace_edu.groups import of_curriculum, of_section, of_topic
from ammo_subspace_edu.topics import topics

from ammo_agents.records import Fact

DAY = dt.date(2026, 6, 1)


@pytest.fixture(scope="module")
def bare() -> list[dict]:
    """The rows of the day as plain records, read again from the files."""
    found = []
    folder = resources.files("ammo_subspace_edu").joinpath("data")
    for item in folder.iterdir():
        if item.name.endswith(".jsonl.gz"):
            for line in gzip.decompress(item.read_bytes()).splitlines():
                row = json.loads(line)
                now = row.get("since", "0") <= DAY.isoformat() < row.get("until", "9")
                if row["kind"] == "row" and now:
                    found.append(row)
    return found


@pytest.fixture(scope="module")
def told() -> dict[str, list[Fact]]:
    facts = [f for row in all_listed(DAY) for f in about(row, DAY)]
    facts += [f for topic in topics().values() for f in of_topic(topic, DAY)]
    for place in curricula().values():
        facts += of_curriculum(place, DAY)
    for curriculum, section in dict.fromkeys((r.curriculum, r.section) for r in all_listed(DAY)):
        facts += of_section(curriculum, section, DAY)
    by: dict[str, list[Fact]] = {}
    for fact in facts:
        plain = max((p for p in PLAIN if fact.predicate.startswith(p)), key=len)
        by.setdefault(plain, []).append(fact)
    return by


def value(fact: Fact, slot: str):
    return next(q.value for q in fact.quantities if q.name == slot)


def both(fact: Fact, slot: str) -> tuple[int, int]:
    ends_ = {q.name: int(q.value) for q in fact.quantities if q.name in {slot, f"{slot}_from"}}
    return ends_.get(f"{slot}_from", ends_[slot]), ends_[slot]


def title(fact: Fact) -> str:
    slug = next(m for m in (*fact.mentions, fact.entity) if m.startswith("edu/curriculum-"))
    return slug.removeprefix("edu/curriculum-")


def ends(cell: str) -> tuple[int, int]:
    numbers = [int(n) for n in re.findall(r"\d+", cell)]
    return numbers[0], numbers[-1]


def test_hours_are_weeks_times_hours_with_both_numbers_behind_them(told, bare) -> None:
    cells = {(r["name"], r["duration"], r["effort"]) for r in bare if "effort" in r}
    expected = {
        (name, f"{ends(d)[0] * ends(e)[0]:,}", f"{ends(d)[1] * ends(e)[1]:,}")
        for name, d, e in cells
        if "week" in d and "hour" in e
    }
    found = set()
    for fact in told["edu.hours"]:
        low, high = both(fact, "total")
        found.add((value(fact, "name"), f"{low:,}", f"{high:,}"))
        assert {q.name for q in fact.inputs} == {
            "weeks_low",
            "weeks_high",
            "effort_low",
            "effort_high",
        }
    assert found == expected
    assert len(found) > 60


def test_sizes_are_the_rows_counted(told, bare) -> None:
    for fact in told["edu.size"]:
        mine = [r for r in bare if r["curriculum"] == fact.entity.removeprefix("edu/curriculum-")]
        assert value(fact, "count") == len(mine)
        assert value(fact, "sections") == len({r["section"] for r in mine})
    for fact in told["edu.part"]:
        mine = [
            r
            for r in bare
            if r["curriculum"] == title(fact) and r["section"] == value(fact, "section")
        ]
        assert value(fact, "count") == len(mine)
        assert value(fact, "name") in {r["name"] for r in mine}


CALCULUS = ["Calculus 1A: Differentiation", "Calculus 1B: Integration", "Calculus 1C: Coordinate Systems & Infinite Series"]  # fmt: skip
PROGRAMS = ["Systematic Program Design", "Class-based Program Design", "Object-Oriented Design", "Software Architecture"]  # fmt: skip
MACHINES = ["From Nand to Tetris", "Nand to Tetris Part II", "Computation Structures 1: Digital Circuits",
            "Computation Structures 2: Computer Architecture", "Computation Structures 3: Computer Organization"]  # fmt: skip
ALGORITHMS = [*CALCULUS, "Mathematics for Computer Science", "Algorithms: Design and Analysis, Part 1",
              "Algorithms: Design and Analysis, Part 2"]  # fmt: skip


CALLED = {
    CALCULUS[0]: "Calculus 1A",
    CALCULUS[1]: "Calculus 1B",
    CALCULUS[2]: "Calculus 1C",
    PROGRAMS[2]: "Object Oriented Design",
    MACHINES[0]: "From Nand to Tetris Part I",
    MACHINES[1]: "Nand2Tetris II",
    MACHINES[2]: "Computation Structures 1",
    MACHINES[3]: "Computation Structures 2",
    ALGORITHMS[4]: "Algorithms Part 1",
}
"""What the README calls a course in the cell of the next one, read off by hand."""


@pytest.mark.parametrize("way", [CALCULUS, PROGRAMS, MACHINES, ALGORITHMS])
def test_a_chain_read_off_by_hand_is_the_chain_told(way: list[str], told, bare) -> None:
    mine = "computer-science"
    cells = {r["name"]: r["prerequisites"] for r in bare if r["curriculum"] == mine}
    for earlier, later in pairwise(way):
        assert CALLED.get(earlier, earlier) in cells[later]
    (fact,) = [f for f in told["edu.chain"] if value(f, "name") == way[-1] and title(f) == mine]
    assert value(fact, "count") == len(way) - 1
    assert value(fact, "first") == way[0]


def test_weeks_of_a_way_are_the_weeks_of_its_courses(told, bare) -> None:
    (fact,) = [f for f in told["edu.reach"] if value(f, "name") == ALGORITHMS[-1]]
    weeks = {r["name"]: ends(r["duration"])[1] for r in bare if r["curriculum"] == "computer-science" and "duration" in r and r["duration"] != "-"}  # fmt: skip
    assert value(fact, "weeks") == sum(weeks[name] for name in ALGORITHMS) == 61
    assert value(fact, "count") == len(ALGORITHMS) - 1
    assert sum(q.value for q in fact.inputs if q.name.endswith("_high")) == 61


def test_what_builds_on_a_course_is_what_reaches_it_by_steps(told) -> None:
    step: dict[str, set[str]] = {}
    for predicate in ("edu.needs", "edu.needs_two", "edu.asks"):
        for fact in told[predicate]:
            for id in fact.mentions if title(fact) == "mathematics" else ():
                if id.startswith("edu/course-"):
                    step.setdefault(id, set()).add(fact.entity)
    reached: set[str] = set()
    open_ = {"edu/course-calculus-1a-differentiation"}
    while open_:
        new = {later for id in open_ for later in step.get(id, ())} - reached
        reached |= new
        open_ = new
    (hub,) = [f for f in told["edu.hub"] if f.entity == "edu/curriculum-mathematics"]
    assert value(hub, "name") == CALCULUS[0]
    assert value(hub, "count") == len(reached) == 11


def test_the_fewest_hours_are_the_fewest(told, bare) -> None:
    assert told["edu.topic_short"]
    for fact in told["edu.topic_short"]:
        topic = topics()[fact.entity.removeprefix("edu/topic-")]
        mine: dict[str, tuple[int, int]] = {}
        for row in bare:
            if row["course"] in topic.courses and "week" in row.get("duration", "") and "hour" in row.get("effort", ""):  # fmt: skip
                d, e = ends(row["duration"]), ends(row["effort"])
                mine.setdefault(row["name"], (d[0] * e[0], d[1] * e[1]))
        assert value(fact, "count") == len(mine)
        best = mine.pop(value(fact, "name"))
        assert all(best[1] < high and best[0] <= low for low, high in mine.values())


def test_a_shortest_way_is_told_only_where_it_can_be_added_up(told) -> None:
    ways = {value(f, "topic"): f for f in told["edu.topic_way"]}
    fact = ways["algorithms"]
    assert value(fact, "name") == ALGORITHMS[-2]
    assert value(fact, "count") == 5
    low = 13 * 6 + 13 * 5 + 6 * 5 + 13 * 5 + 8 * 4
    high = 13 * 10 + 13 * 10 + 6 * 10 + 13 * 5 + 8 * 8
    assert both(fact, "total") == (low, high)
    assert f"{low} to {high} hours" in fact.statement
    assert (
        "theory of computation" not in ways
    )  # it asks for logic and algorithms, which no course here is called


def test_since_is_the_day_a_course_came_and_stayed() -> None:
    came = {(r.name, r.curriculum): e[0] for r in all_listed(LAST) if (e := entry(r, LAST))}
    assert came["Algorithmic Game Theory", "computer-science"] == dt.date(2026, 4, 15)
    assert came["Systematic Program Design", "computer-science"] == dt.date(2023, 9, 30)
    assert came["LaTeX", "mathematics"] == dt.date(2024, 10, 2)
    assert ("Compilers", "computer-science") not in came


def test_every_fact_names_the_repository_and_licence_of_what_it_was_read_from(told) -> None:
    for facts in told.values():
        for fact in facts:
            licence = fact.source.licence
            if fact.source.url == "https://github.com/ossu":
                assert "MIT" in licence
                assert "CC BY-SA 4.0" in licence
            else:
                assert licence == (
                    "CC BY-SA 4.0" if "(ossu/data-science)" in fact.source.name else "MIT"
                )
