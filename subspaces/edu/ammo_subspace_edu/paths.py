"""Prerequisites: which courses a listing names, and what follows from that on a day: what comes before, what builds on it."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache

from ammo_subspace_edu.catalogue import Row, listed, row_of, state_day

CALLED = {
    "Algorithms Part 1": ("algorithms-design-and-analysis-part-1",),
    "Calculus 1A": ("calculus-1a-differentiation",),
    "Calculus 1B": ("calculus-1b-integration",),
    "Calculus 1C": ("calculus-1c-coordinate-systems-infinite-series",),
    "Calculus 1c": ("calculus-1c-coordinate-systems-infinite-series",),
    "Class Based Program Design": ("class-based-program-design",),
    "Computation Structures 1": ("computation-structures-1-digital-circuits",),
    "Computation Structures 2": ("computation-structures-2-computer-architecture",),
    "Differential Equations 2x2 Systems": ("differential-equations-2x2-systems",),
    "Differentiation and Integration": ("calculus-1a-differentiation", "calculus-1b-integration"),
    "From Nand to Tetris Part I": ("from-nand-to-tetris",),
    "How to Code": ("how-to-code-simple-data", "how-to-code-complex-data"),
    "How to Code: Simple Data": ("how-to-code-simple-data",),
    "Introduction To Analysis": ("introduction-to-analysis",),
    "Math for Computer Science": ("mathematics-for-computer-science",),
    "Nand to Tetris Part II": ("nand-to-tetris-part-ii",),
    "Nand2Tetris II": ("nand-to-tetris-part-ii",),
    "Object Oriented Design": ("object-oriented-design",),
    "Introduction to Abstract Group Theory": ("introduction-to-abstract-group-theory",),
}
"""What the READMEs call a course elsewhere than in its title → the course (two where two are meant)."""
NOT_MEANT = ("Basic Linear Algebra", "corequisite: Essence of Linear Algebra", "Optional: Linear Algebra", "(Hear instructor)", "such as Introduction to Abstract Algebra")  # fmt: skip
"""Words of a listing that name no course that must come before."""

SCHOOL = frozenset(
    ["high school math", "high school mathematics", "high school algebra", "any programming language",
     "c-like programming language", "one of these programming languages"]
)  # fmt: skip
"""Prerequisites that are no course and stand before all of them."""


@cache
def read(asked: str, curriculum: str, day: dt.date) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the courses that a listing names as prerequisites, and what else it names.

    Longest names first, in the listing's own spelling: *linear algebra* in small letters is a field, *Linear
    Algebra* a course. Only courses that the same curriculum lists on the day count.
    """
    here = {row.course: row.name for row in listed(curriculum, state_day(day))}
    called = {name: slugs for name, slugs in CALLED.items() if set(slugs) <= set(here)}
    # A course that others call "Probability" is one course inside one curriculum.
    called |= {re.sub(r" \((Harvard|MIT)\)$", "", name): (slug,) for slug, name in here.items()}
    rest, found = asked, dict[int, tuple[str, ...]]()
    for words in sorted(NOT_MEANT, key=len, reverse=True):
        rest = rest.replace(words, "#" * len(words))
    for name in sorted(called, key=len, reverse=True):
        for match in re.finditer(rf"(?<![\w#]){re.escape(name)}(?![\w])", rest):
            found[match.start()] = called[name]
            rest = rest[: match.start()] + "=" * len(name) + rest[match.end() :]
    slugs = tuple(dict.fromkeys(slug for at in sorted(found) for slug in found[at]))
    left = (part.strip() for part in re.split(r"[=,]|\band\b", rest))
    return slugs, tuple(part for part in left if part)


def named(row: Row, day: dt.date) -> tuple[str, ...]:
    """Return the courses that must come right before a course, as its curriculum lists it on a day."""
    return tuple(c for c in read(row.asked, row.curriculum, state_day(day))[0] if c != row.course)


def only_courses(row: Row, day: dt.date) -> bool:
    """Whether all prerequisites that are listed are courses here."""
    return bool(row.asked) and not read(row.asked, row.curriculum, state_day(day))[1]


def whole(row: Row, day: dt.date) -> bool:
    """Whether what leads to a course is courses alone, from school on: its weeks and hours can be added up."""
    return all(
        other.lower() in SCHOOL
        for one in (*rows_before(row, day), row)
        for other in read(one.asked, one.curriculum, state_day(day))[1]
    )


@cache
def graph(curriculum: str, day: dt.date) -> dict[str, tuple[str, ...]]:
    """Return course → the courses right before it, in one curriculum on a day."""
    return {row.course: named(row, day) for row in listed(curriculum, state_day(day))}


@cache
def before(curriculum: str, course: str, day: dt.date) -> frozenset[str]:
    """Return every course that must come before one, directly or through others."""
    found: set[str] = set()
    open_ = [course]
    while open_:
        for earlier in graph(curriculum, state_day(day)).get(open_.pop(), ()):
            if earlier not in found:
                found.add(earlier)
                open_.append(earlier)
    return frozenset(found - {course})


@cache
def after(curriculum: str, course: str, day: dt.date) -> tuple[str, ...]:
    """Return every course that builds on one, directly or through others, in the README's order."""
    when = state_day(day)
    return tuple(c for c in graph(curriculum, when) if course in before(curriculum, c, when))


def right_after(curriculum: str, course: str, day: dt.date) -> tuple[str, ...]:
    """Return the courses that name one as a prerequisite, in the README's order."""
    return tuple(c for c, needs in graph(curriculum, state_day(day)).items() if course in needs)


@cache
def chain(curriculum: str, course: str, day: dt.date) -> tuple[str, ...]:
    """Return the longest row of prerequisites that ends in a course, first course first; of equals the first named."""
    when = state_day(day)
    return _chain(curriculum, course, when, frozenset())


def _chain(curriculum: str, course: str, day: dt.date, passed: frozenset[str]) -> tuple[str, ...]:
    longest: tuple[str, ...] = ()
    for earlier in graph(curriculum, day).get(course, ()):
        if earlier not in passed:
            way = _chain(curriculum, earlier, day, passed | {course})
            longest = max(longest, way, key=len)
    return (*longest, course)


def cycles(curriculum: str, day: dt.date) -> list[tuple[str, ...]]:
    """Return the courses that must come before themselves; empty = the prerequisites can be kept."""
    when = state_day(day)
    wheel = graph(curriculum, when)
    return [
        (c, *sorted(before(curriculum, c, when)))
        for c in wheel
        if any(c in before(curriculum, e, when) or e == c for e in wheel[c])
    ]


def rows_before(row: Row, day: dt.date) -> list[Row]:
    """Return how the courses before a course are listed, in the README's order."""
    earlier = before(row.curriculum, row.course, state_day(day))
    found = (row_of(course, day, row.curriculum) for course in earlier)
    return sorted((r for r in found if r is not None), key=lambda r: r.order)
