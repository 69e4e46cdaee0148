"""Reads one version of a curriculum's README: its course tables (or links) by section, and the topics a section covers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

LINK = re.compile(r"\[([^\]]*)\]\(([^)]*(?:\([^)]*\)[^)]*)*)\)")
NO_COURSE = frozenset(["CodeTriage", "First Timers Only", "Supplemental Lecture Videos"])
"""What stands among courses and is none: two lists of open-source projects, and videos beside a course."""
AND_MORE = "and more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One course as one version of a README lists it; texts as written, without markup."""

    part: str
    section: str
    title: str
    url: str
    duration: str = ""
    effort: str = ""
    prerequisites: str = ""


@dataclass(slots=True)
class Page:
    """What one version of a README says."""

    rows: list[Row] = field(default_factory=list)
    topics: dict[str, list[str]] = field(default_factory=dict)
    """Section → the topics listed as covered."""


@dataclass(slots=True)
class _Reader:
    page: Page = field(default_factory=Page)
    head: dict[int, str] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)
    topics: bool = False

    @property
    def inside(self) -> bool:
        """Whether the line stands below the heading of the curriculum."""
        return "Curriculum" in self.head.values()

    def place(self) -> tuple[str, str]:
        """Return the part and the section that a line stands in."""
        path = [self.head[n] for n in sorted(self.head)]
        below = path[path.index("Curriculum") + 1 :]
        return (below[0], below[-1]) if below else ("", "")

    def line(self, line: str) -> None:
        """Take in the next line."""
        if found := re.match(r"(#+)\s+(.*)", line):
            level = len(found.group(1))
            self.head = {n: text for n, text in self.head.items() if n < level}
            self.head[level] = plain(found.group(2))
            self.columns, self.topics = [], False
        elif re.match(r"\**topics covered", line.strip(), re.IGNORECASE):
            self.topics = True
        elif self.topics and line.strip().startswith("`"):
            listed = [t for t in re.findall(r"`([^`]+)`", line) if t != AND_MORE]
            self.page.topics.setdefault(self.place()[1], []).extend(listed)
        elif re.match(r"\|?\s*courses\s*\|", line, re.IGNORECASE):
            self.columns = [cell.lower() for cell in cells(line)]
            self.topics = False
        elif row := self._row(line):
            self.page.rows.append(row)

    def _row(self, line: str) -> Row | None:
        if not self.inside:
            return None
        if self.columns and "|" in line:
            return self._of_table(cells(line))
        if not self.columns and line.startswith("["):
            return self._of_link(line)
        return None

    def _of_table(self, given: Sequence[str]) -> Row | None:
        columns = self.columns
        if len(given) == len(columns) - 1 and "notes" in columns:
            columns = [c for c in columns if c != "notes"]  # a row that left its empty notes out
        said = dict(zip(columns, given, strict=False))
        row = self._of_link(given[0])
        if row is None:
            return None
        named = {c: plain(said.get(c, "")) for c in ("duration", "effort", "prerequisites")}
        return Row(part=row.part, section=row.section, title=row.title, url=row.url, **named)

    def _of_link(self, text: str) -> Row | None:
        found = LINK.search(text)
        if found is None or found.group(1).startswith("!") or plain(found.group(1)) in NO_COURSE:
            return None
        part, section = self.place()
        url = found.group(2).strip()
        return Row(part=part, section=section, title=plain(found.group(1)), url=url)


def read(markdown: str) -> Page:
    """Return the courses and topics of one version of a README."""
    reader = _Reader()
    for line in markdown.splitlines():
        reader.line(line)
    return reader.page


def cells(line: str) -> list[str]:
    """Return the cells of a table's line."""
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def plain(text: str) -> str:
    """Return a text without links, tags, stars and double spaces."""
    text = LINK.sub(lambda found: found.group(1), text)
    text = re.sub(r"<[^>]+>", "", text).replace("*", "").replace("`", "")
    return " ".join(text.split())
