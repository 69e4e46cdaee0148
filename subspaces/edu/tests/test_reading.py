"""How a README is read: the tables, links and topics of a curriculum, and what is no course."""

from ammo_subspace_edu.reading import plain, read

README = """
# Summary
Courses | Duration
:-- | :--
[Not in a curriculum](https://example.org) | 1 week

# Curriculum
## Core CS
### Core math
**Topics covered**:
`proofs`
`O-notation`
`and more`

Courses | Duration | Effort | Notes | Prerequisites | Discussion
:-- | :--: | :--: | :--: | :--: | :--:
[Calculus 1A](https://example.org/a) ([alternative](https://example.org/b)) | 13 weeks | 6-10 hours/week | All | [high school math](https://example.org/c) | [chat](x)
[Calculus 1B: *More*](https://example.org/d) | 13 weeks | 5-10 hours/week | Calculus 1A | [chat](x)

## Final project
![Badge](https://example.org/badge.svg)
### Links
[Linked](coursepages/linked/README.md) and some words
- [In a list](https://example.org/list)
"""


def test_rows_stand_in_their_section_with_their_cells() -> None:
    page = read(README)
    assert [(r.part, r.section, r.title) for r in page.rows] == [
        ("Core CS", "Core math", "Calculus 1A"),
        ("Core CS", "Core math", "Calculus 1B: More"),
        ("Final project", "Links", "Linked"),
    ]
    first, second, linked = page.rows
    assert (first.url, first.duration, first.effort) == ("https://example.org/a", "13 weeks", "6-10 hours/week")  # fmt: skip
    assert first.prerequisites == "high school math"
    assert second.prerequisites == "Calculus 1A"
    assert (linked.url, linked.duration) == ("coursepages/linked/README.md", "")


def test_topics_are_those_of_their_section_without_and_more() -> None:
    assert read(README).topics == {"Core math": ["proofs", "O-notation"]}


def test_markup_is_taken_off_and_words_stay() -> None:
    assert (
        plain("one of [these](x), <br>**From** `Nand`  to Tetris*")
        == "one of these, From Nand to Tetris"
    )


def test_an_empty_or_odd_page_lists_nothing() -> None:
    for text in (
        "",
        "# Curriculum",
        "# Curriculum\nCourses |\n| |",
        "[a](b)",
        "# Curriculum\n[](x)\n[a",
    ):
        assert [r for r in read(text).rows if r.title] == []
