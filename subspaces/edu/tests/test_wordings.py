"""Each predicate can be said in several true ways, every way passes the gate, and none when it is turned round."""

import datetime as dt

import pytest
from ammo_subspace_edu.catalogue import row_of
from ammo_subspace_edu.changes import changes, told
from ammo_subspace_edu.facts import about
from ammo_subspace_edu.frames import FRAMES, PLAIN, variant, variants
from ammo_subspace_edu.plugin import edu

from ammo_agents.goal.gate import judge
from ammo_agents.goal.licence import licence
from ammo_agents.goal.realise import fill
from ammo_agents.records import SLOT, Claim, Fact

NAMED = ("curriculum", "name", "other", "second", "needs", "first", "last", "topic", "section", "place")  # fmt: skip


@pytest.mark.parametrize("predicate", sorted(FRAMES))
def test_every_predicate_has_frames_titles_examples_and_words(predicate: str) -> None:
    wording = edu.wordings[predicate]
    slots = set(SLOT.findall(FRAMES[predicate]))
    assert len(wording.frames) >= 3
    assert len(wording.titles) >= 5
    assert len(wording.examples) >= 3
    assert wording.words
    for frame in wording.frames:
        assert set(SLOT.findall(frame)) == slots
    for title in wording.titles:
        assert set(SLOT.findall(title)) <= slots


@pytest.mark.parametrize("predicate", sorted(FRAMES))
def test_names_of_courses_keep_one_order_and_have_a_place(predicate: str) -> None:
    wording = edu.wordings[predicate]
    courses = ("name", "other", "second", "first", "last")
    order = [slot for slot in SLOT.findall(FRAMES[predicate]) if slot in courses]
    for line in (*wording.frames, *wording.titles):
        own = [slot for slot in SLOT.findall(line) if slot in courses]
        assert own == [slot for slot in order if slot in own], line
    assert {slot for slot in SLOT.findall(FRAMES[predicate]) if slot in NAMED} <= set(
        wording.around
    )


def test_every_frame_and_title_of_a_told_fact_passes_the_gate(facts: list[Fact]) -> None:
    seen: dict[str, int] = {}
    faults: list[tuple[str, str]] = []
    for fact in facts:
        seen[fact.predicate] = seen.get(fact.predicate, 0) + 1
        if seen[fact.predicate] > 12:
            continue
        wording = edu.wordings[fact.predicate]
        lines = [(frame, False) for frame in (fact.frame, *wording.frames)]
        for frame, title in (*lines, *((title, True) for title in wording.titles)):
            said = fill(frame, fact)
            if reason := refused(said, fact, title=title):
                faults.append((said, reason))
    assert faults == []
    assert set(seen) <= set(FRAMES)
    missed = [p for p in PLAIN if not {variant(p, ranged) for ranged in variants(p)} & set(seen)]
    assert missed == []
    assert len(set(seen) - set(PLAIN)) >= 8


SWAPS = (
    ("edu.needs", "other", "name"),
    ("edu.needs_two", "second", "name"),
    ("edu.leads", "name", "other"),
    ("edu.chain", "first", "name"),
    ("edu.deepest", "first", "last"),
    ("edu.swap", "name", "other"),
    ("edu.relinked", "old", "place"),
    ("edu.needs_change", "old", "needs"),
    ("edu.length_change", "old", "new"),
    ("edu.effort_change_new", "old", "new"),
    ("edu.reach", "weeks", "count"),
    ("edu.hours", "total", "weeks"),
    ("edu.hours_total_effort", "total", "effort"),
    ("edu.hours_total_effort", "effort_from", "effort"),
    ("edu.hours_total_effort", "total_from", "effort_from"),
    ("edu.topic_way_total", "total_from", "total"),
    ("edu.place_most", "count", "total"),
)  # fmt: skip


@pytest.mark.parametrize(("predicate", "one", "other"), SWAPS)
def test_the_gate_refuses_a_sentence_that_is_turned_round(
    predicate: str, one: str, other: str, facts: list[Fact]
) -> None:
    told_ = [f for f in facts if f.predicate == predicate][:4]
    assert told_
    passed = []
    for fact in told_:
        texts = {q.name: q.text for q in fact.quantities}
        turned = {**texts, one: texts[other], other: texts[one]}
        for frame in (fact.frame, *edu.wordings[predicate].frames):
            said = SLOT.sub(lambda found, words=turned: words[found.group(1)], frame)
            if refused(said, fact, title=False) is None:
                passed.append(said)
    assert passed == []


@pytest.mark.parametrize(
    "false",
    [
        "In 2026, the Computer Science curriculum has Calculus 1B: Integration as a prerequisite of Calculus 1A: Differentiation.",
        "In 2026, the Computer Science curriculum has Calculus 1A: Differentiation as a prerequisite of Calculus 1C: Coordinate Systems & Infinite Series.",
        "In 2026, the Computer Science curriculum has no Calculus 1A: Differentiation as a prerequisite of Calculus 1B: Integration.",
        "In 2025, the Computer Science curriculum has Calculus 1A: Differentiation as a prerequisite of Calculus 1B: Integration.",
        "In 2026, the Mathematics curriculum has Calculus 1A: Differentiation as a prerequisite of Calculus 1B: Integration.",
        "In 2026, the Computer Science curriculum has Calculus 1A: Differentiation after Calculus 1B: Integration.",
    ],
)  # fmt: skip
def test_the_gate_refuses_a_false_prerequisite(false: str) -> None:
    day = dt.date(2026, 6, 1)
    row = row_of("calculus-1b-integration", day, "computer-science")
    assert row is not None
    (fact,) = [f for f in about(row, day) if f.predicate == "edu.needs"]
    assert fact.statement == (
        "In 2026, the Computer Science curriculum has Calculus 1A: Differentiation as a prerequisite of Calculus 1B: Integration."
    )
    assert refused(fact.statement, fact, title=False) is None
    assert refused(false, fact, title=False)


def test_the_gate_refuses_who_left_as_who_came() -> None:
    told_ = {
        f.predicate: f
        for change in changes("computer-science", dt.date(2026, 4, 15))
        for f in told(change)
    }
    came, left = told_["edu.joined"], told_["edu.left"]
    assert came.statement.startswith("Algorithmic Game Theory joined")
    assert left.statement.startswith("Game Theory left")
    for fact, words in ((came, ("joined", "left")), (left, ("left", "joined"))):
        assert refused(fact.statement, fact, title=False) is None
        assert refused(fact.statement.replace(*words), fact, title=False)


def refused(said: str, fact: Fact, *, title: bool) -> str | None:
    """Return why the gate refuses a sentence about a fact; None = it lets it through."""
    rules = [licence(fact, edu.wordings[fact.predicate], {})]
    return judge(Claim(text=said, facts=(fact.id,)), rules, title=title)
