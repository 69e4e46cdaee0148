"""The graph: prerequisites without a cycle, edges both ways, buddies that have something to say."""

import datetime as dt
from graphlib import TopologicalSorter

import pytest
from ammo_subspace_edu.catalogue import BEGINNING, LAST, course_id, curricula, listed, turns
from ammo_subspace_edu.paths import chain, cycles, graph, named, read
from ammo_subspace_edu.plugin import edu

from ammo_agents.records import Knowledge


def test_prerequisites_have_no_cycle_on_any_day() -> None:
    for slug, days in turns().items():
        for day in (BEGINNING, *days):
            assert cycles(slug, day) == []
            order = list(TopologicalSorter(graph(slug, day)).static_order())  # raises for a cycle
            place = {course: n for n, course in enumerate(order)}
            for course, needs in graph(slug, day).items():
                assert all(place[earlier] < place[course] for earlier in needs)
                assert set(needs) <= {row.course for row in listed(slug, day)}


def test_requires_and_leads_to_are_each_other_turned_round(known: Knowledge) -> None:
    requires = {(e.source, e.target) for e in known.edges if e.kind == "requires"}
    leads = {(e.target, e.source) for e in known.edges if e.kind == "leads_to"}
    assert requires == leads
    assert len(requires) > 40
    one, two = course_id("calculus-1a-differentiation"), course_id("calculus-1b-integration")
    assert (two, one) in requires
    assert (one, two) not in requires


def test_every_edge_ends_in_an_entity_once(known: Knowledge) -> None:
    ids = {entity.id for entity in known.entities}
    ends = [(e.source, e.kind, e.target) for e in known.edges]
    assert len(set(ends)) == len(ends)
    assert all(e.source in ids and e.target in ids and e.source != e.target for e in known.edges)
    assert all(0 < e.weight <= 1 for e in known.edges)


def test_there_is_a_buddy_for_each_curriculum_and_for_what_has_courses(known: Knowledge) -> None:
    assert edu.buddies is not None
    born = edu.buddies(known)
    assert 40 <= len(born) <= 150
    assert len({b.name for b in born}) == len(born)
    assert {c.id for c in curricula().values()} <= {b.entity for b in born}
    assert {"edu/topic-machine-learning", "edu/topic-python"} <= {b.entity for b in born}
    assert all(b.neighbours for b in born)


@pytest.mark.parametrize(
    ("asked", "courses", "else_"),
    [
        ("Calculus 1B", ("calculus-1b-integration",), ()),
        ("Nand2Tetris II", ("nand-to-tetris-part-ii",), ()),
        ("linear algebra", (), ("linear algebra",)),
        ("C++ or Java, Basic Linear Algebra", (), ("C++ or Java", "#")),
        ("corequisite: Essence of Linear Algebra", (), ("#",)),
        ("Differentiation and Integration", ("calculus-1a-differentiation", "calculus-1b-integration"), ()),
        ("Systematic Program Design, High School Math", ("systematic-program-design",), ("High School Math",)),
        (
            "Secure Software Development: Requirements, Design, and Reuse",
            ("secure-software-development-requirements-design-and-reuse",),
            (),
        ),
    ],
)  # fmt: skip
def test_a_listing_names_the_courses_it_names_and_no_others(
    asked: str, courses: tuple[str, ...], else_: tuple[str, ...]
) -> None:
    found, rest = read(asked, "computer-science", LAST)
    assert found == courses
    assert tuple(part.replace("#", "") or "#" for part in rest) == else_


def test_a_course_counts_as_a_prerequisite_only_while_it_is_listed() -> None:
    day = dt.date(
        2024, 9, 11
    )  # Design Patterns left the day before, Software Architecture asked for it still
    (row,) = [r for r in listed("computer-science", day) if r.course == "software-architecture"]
    assert row.asked == "Design Patterns"
    assert named(row, day) == ()
    assert chain("computer-science", "software-architecture", day) == ("software-architecture",)
