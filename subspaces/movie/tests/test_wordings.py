"""Each predicate can be said in several true ways, and every way passes the gate."""

import pytest
from ammo_subspace_movie.frames import FRAMES, NOTE, PREMISE
from ammo_subspace_movie.plugin import movie

from ammo_agents.goal.gate import judge
from ammo_agents.goal.licence import licence
from ammo_agents.goal.realise import fill
from ammo_agents.records import SLOT, Claim, Fact

PEOPLE = ("name", "director", "partner", "first", "second", "author", "actor", "genre", "other", "before", "last", "what", "said")  # fmt: skip


@pytest.mark.parametrize("predicate", sorted(FRAMES))
def test_every_predicate_has_frames_titles_examples_and_words(predicate: str) -> None:
    wording = movie.wordings[predicate]
    slots = set(SLOT.findall(FRAMES[predicate]))
    assert len(wording.frames) >= 4
    assert len(wording.titles) >= 6
    assert len(wording.examples) >= 3
    assert wording.words
    for frame in wording.frames:
        assert set(SLOT.findall(frame)) == slots
    for title in wording.titles:
        assert set(SLOT.findall(title)) <= slots


@pytest.mark.parametrize("predicate", sorted(FRAMES))
def test_names_keep_one_order_in_all_wordings_and_have_a_place(predicate: str) -> None:
    wording = movie.wordings[predicate]
    order = [slot for slot in SLOT.findall(FRAMES[predicate]) if slot in PEOPLE]
    for line in (*wording.frames, *wording.titles):
        own = [slot for slot in SLOT.findall(line) if slot in PEOPLE]
        assert own == [slot for slot in order if slot in own], line
    assert set(order) <= set(wording.around)


def test_every_frame_and_title_of_a_told_fact_passes_the_gate(facts: list[Fact]) -> None:
    seen: dict[str, int] = {}
    faults: list[tuple[str, str]] = []
    for fact in facts:
        seen[fact.predicate] = seen.get(fact.predicate, 0) + 1
        if seen[fact.predicate] > 12:
            continue
        wording = movie.wordings[fact.predicate]
        rules = [licence(fact, wording, {})]
        lines = [(frame, False) for frame in (fact.frame, *wording.frames)]
        for frame, title in (*lines, *((title, True) for title in wording.titles)):
            said = Claim(text=fill(frame, fact), facts=(fact.id,))
            if reason := judge(said, rules, title=title):
                faults.append((said.text, reason))
    assert faults == []
    assert set(FRAMES) | {PREMISE, NOTE} <= set(seen) | {"movie.run"}
