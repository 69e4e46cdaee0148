"""The graph: typed edges that the data bear out, buddies of groups only, and bridges that are true."""

from __future__ import annotations

from collections import Counter

import pytest
from ammo_subspace_job.bridges import bridges
from ammo_subspace_job.plugin import job
from ammo_subspace_job.postings import by_id

from ammo_agents.records import Entity, EntityId, Knowledge, SubspaceId

EDU = SubspaceId("edu")


def course(slug: str, name: str, *aliases: str, kind: str = "course") -> Entity:
    return Entity(id=EntityId(f"edu/{slug}"), subspace=EDU, name=name, aliases=aliases, kind=kind)


def test_every_kind_of_edge_is_there_and_leads_where_it_should(known: Knowledge) -> None:
    kinds = {e.id: e.kind for e in known.entities}
    ends = {
        "posted_by": ("posting", "agency"),
        "listed_under": ("posting", "family"),
        "post_for": ("posting", "occupation"),
        "names_skill": ("posting", "skill"),
        "description_names": ("occupation", "skill"),
        "posts_under": ("agency", "family"),
        "has_posts_for": ("family", "occupation"),
    }
    assert {e.kind for e in known.edges} == set(ends)
    for edge in known.edges:
        assert (kinds[edge.source], kinds[edge.target]) == ends[edge.kind]
        assert 0 < edge.weight <= 1
    assert len({(e.source, e.kind, e.target) for e in known.edges}) == len(known.edges)


def test_an_edge_of_a_posting_is_in_its_line(known: Knowledge) -> None:
    for edge in known.edges:
        posting = by_id().get(edge.source)
        assert posting is None or edge.target in posting.tied


def test_buddies_are_born_of_groups_and_have_something_to_say(known: Knowledge) -> None:
    kinds = {e.id: e.kind for e in known.entities}
    assert job.buddies is not None
    born = Counter(kinds[b.entity] for b in job.buddies(known))
    assert set(born) == {"agency", "family", "occupation", "skill"}
    assert min(born.values()) >= 10
    assert all(b.neighbours for b in job.buddies(known))


def test_bridges_lead_to_what_has_the_name_and_to_nothing_else() -> None:
    offered = (
        course("topic-statistics", "Statistics", kind="topic"),
        course("course-intro-stats", "Introduction to Statistics"),
        course("course-cs50", "CS50", "Python"),
        course("course-pythons", "Pythons and other snakes"),
        course("course-thermo", "Econometrics"),
        course("course-electronic", "Electronic Music"),
        course("course-comm", "Communication in Marriage"),
        course("course-db", "Databases"),
        course("course-math-cs", "Mathematics for Computer Science"),
        Entity(id=EntityId("edu/school"), subspace=EDU, name="Statistics", kind="department"),
    )
    every = bridges({EDU: Knowledge(entities=offered)})
    found = {(e.source, e.kind, e.target) for e in every if e.source.startswith("job/skill-")}
    assert found == {
        ("job/skill-statistics", "taught by", "edu/topic-statistics"),
        ("job/skill-statistics", "taught by", "edu/course-intro-stats"),
        ("job/skill-python", "taught by", "edu/course-cs50"),
        ("job/skill-database", "taught by", "edu/course-db"),
        ("job/skill-mathematics", "taught by", "edu/course-math-cs"),
    }


def test_without_edu_there_is_no_bridge() -> None:
    assert bridges({}) == ()
    assert bridges({SubspaceId("coin"): Knowledge()}) == ()


def test_one_skill_leads_to_a_dozen_courses_at_most() -> None:
    many = tuple(course(f"course-{n}", f"Statistics {'x' * n}") for n in range(1, 40))
    found = bridges({EDU: Knowledge(entities=many)})
    assert sum(e.source == "job/skill-statistics" for e in found) == 12
    assert found == bridges({EDU: Knowledge(entities=tuple(reversed(many)))})


def test_a_posting_and_an_occupation_lead_to_what_teaches_the_skill_they_name() -> None:
    offered = (course("topic-sql", "SQL", kind="topic"), course("topic-x", "Haskell", kind="topic"))
    found = bridges({EDU: Knowledge(entities=offered)})
    sources = {e.source for e in found if e.kind == "names a skill taught by"}
    assert sources
    assert {e.target for e in found} == {"edu/topic-sql"}
    for source in sources:
        assert "SQL" in by_id()[source].skills


def test_real_courses_are_taught_where_edu_is_installed() -> None:
    plugin = pytest.importorskip("ammo_subspace_edu.plugin")
    found = bridges({EDU: plugin.edu.knowledge()})
    ways = {(e.source, e.target) for e in found}
    assert ("job/skill-python", "edu/topic-python") in ways
    assert ("job/skill-statistics", "edu/topic-statistics") in ways
    assert ("job/database-administrators", "edu/topic-databases") in ways
    assert any(source.startswith("job/posting-") for source, _ in ways)
    assert not any(target.startswith("edu/section-") for _, target in ways)
