"""Builds the data the plugin ships from the Git history of three public repositories; same history, same bytes.

Run: ``python subspaces/edu/tools/build_data.py --computer-science DIR --math DIR --data-science DIR``, where each DIR is
a clone (or its ``.git``) of github.com/ossu/<name>. Only ``README.md`` is read, along the first parents.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ammo_subspace_edu.reading import Page, Row, read

OUT = Path(__file__).parents[1] / "ammo_subspace_edu" / "data"
SINCE = dt.date(2020, 9, 16)
"""The first day that is read: since then all three READMEs have had the form they have now."""


@dataclass(frozen=True, slots=True)
class Repository:
    """One curriculum's repository."""

    slug: str
    title: str
    name: str
    licence: str

    @property
    def url(self) -> str:
        """Return its address."""
        return f"https://github.com/{self.name}"


REPOSITORIES = (
    Repository("computer-science", "Computer Science", "ossu/computer-science", "MIT"),
    Repository("mathematics", "Mathematics", "ossu/math", "MIT"),
    Repository("data-science", "Data Science", "ossu/data-science", "CC BY-SA 4.0"),
)
SAME = {
    "Algorithms: Design and Analysis, Part I": "Algorithms: Design and Analysis, Part 1",
    "Algorithms: Design and Analysis, Part II": "Algorithms: Design and Analysis, Part 2",
    "Build a Modern Computer from First Principles: From Nand to Tetris": "From Nand to Tetris",
    "Build a Modern Computer from First Principles: Nand to Tetris Part II": "Nand to Tetris Part II",
    "Identifying Security Vulnerabilities in C/C++Programming": "Identifying Security Vulnerabilities in C/C++ Programming",
    "Introduction to Computer Science and Programming Using Python": "Introduction to Computer Science and Programming using Python",
    "Introduction to Abstract Group theory": "Introduction to Abstract Group Theory",
    "Introduction to programming": "Introduction to Programming",
    "Relational Databases and SQL": "Databases: Relational Databases and SQL",
    "Modern Robotics (Specialization)": "Modern Robotics",
    "Statistical Learning with Python by Stanford University on EdX": "Statistical Learning with Python",
    "Euclidean plane and its relatives": "Euclidean Plane and Its Relatives",
}
"""Titles of one course that differ in spelling only → the name it has here."""
APART = {
    ("computer-science", "Probability"): "Probability (Harvard)",
    ("data-science", "Introduction to Probability"): "Probability (Harvard)",
    ("mathematics", "Probability"): "Probability (MIT)",
}
"""Courses of one title that are not one course, told apart by whose page is linked."""
SECTIONS = {
    "Core Math": "Core math",
    "Core Security": "Core security",
    "Core Ethics": "Core ethics",
}
"""Sections whose spelling changed → how the README writes them now."""


def git(folder: Path, *words: str) -> str:
    """Return what a Git command prints."""
    for place in (folder / ".git", folder):
        if (place / "HEAD").exists():
            command = ["git", "--git-dir", str(place), *words]
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    raise SystemExit(f"{folder} is no clone of a repository")


def versions(folder: Path) -> Iterator[tuple[dt.date, str, Page]]:
    """Yield the README as each day left it: (day in UTC, commit, page), oldest first."""
    log = git(folder, "log", "--first-parent", "--format=%H %cI", "--", "README.md")
    last: dict[dt.date, str] = {}
    for line in reversed(log.splitlines()):
        commit, moment = line.split()
        day = dt.datetime.fromisoformat(moment).astimezone(dt.UTC).date()
        last[day] = commit
    begun = max((day for day in last if day <= SINCE), default=SINCE)
    for day, commit in last.items():
        if day >= begun:
            yield max(day, SINCE), commit, read(git(folder, "show", f"{commit}:README.md"))


def course_of(repository: Repository, title: str) -> str:
    """Return the name a course has here."""
    apart = APART.get((repository.slug, title))
    return apart or SAME.get(title, title)


def slug_of(name: str) -> str:
    """Return a name as a slug: ``C/C++`` → ``c-c-plus-plus``."""
    text = name.lower().replace("++", " plus plus").replace("’", "").replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")


def record(repository: Repository, row: Row, order: int) -> dict[str, Any]:
    """Return what is shipped of a row; relative links become absolute ones, broken ones none."""
    name = course_of(repository, row.title)
    url = row.url
    if url.startswith("coursepages/"):
        url = f"{repository.url}/blob/master/{url}"
    section = SECTIONS.get(row.section, row.section)
    return {
        **asdict(row),
        "curriculum": repository.slug,
        "section": section,
        "name": name,
        "course": slug_of(name),
        "url": url if url.startswith("http") else "",
        "order": order,
    }


SPANNED = ("curriculum", "part", "section", "course", "name", "title", "url", "duration", "effort", "prerequisites")  # fmt: skip


def spans(
    states: list[tuple[dt.date, str, dict[tuple[str, ...], dict[str, Any]]]],
) -> list[dict[str, Any]]:
    """Return each thing that is the same from one day to another, with the commits that began and ended it."""
    open_: dict[tuple[str, ...], dict[str, Any]] = {}
    closed: list[dict[str, Any]] = []
    for n, (day, commit, state) in enumerate(states):
        end = {"until": day.isoformat(), "until_commit": commit}
        closed += [{**open_.pop(key), **end} for key in [k for k in open_ if k not in state]]
        for key, thing in state.items():
            if key not in open_:
                begun = "" if n == 0 else day.isoformat()
                open_[key] = {**thing, "since": begun, "since_commit": commit}
    return closed + list(open_.values())


def of(repository: Repository, folder: Path) -> dict[str, Any]:
    """Return one curriculum's history."""
    rows, topics = [], []
    last = (SINCE, "")
    for day, commit, page in versions(folder):
        listed = [record(repository, row, n) for n, row in enumerate(page.rows)]
        if not listed:
            continue
        rows.append((day, commit, {tuple(r[f] for f in SPANNED): r for r in listed}))
        sections = {r["section"] for r in listed}
        covered: list[dict[str, Any]] = [
            {
                "curriculum": repository.slug,
                "section": SECTIONS.get(section, section),
                "topic": topic,
                "order": n,
            }
            for section, said in page.topics.items()
            for n, topic in enumerate(said)
        ]
        kept = {tuple(map(str, t.values()))[:3]: t for t in covered if t["section"] in sections}
        topics.append((day, commit, kept))
        last = (day, commit)
    head = {"day": last[0].isoformat(), "commit": last[1], "first": rows[0][0].isoformat()}
    about = {**asdict(repository), "url": repository.url, **head}
    return {"about": about, "rows": ordered(spans(rows)), "topics": ordered(spans(topics))}


def ordered(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return spans in a fixed order."""
    return sorted(found, key=lambda t: (t["since"], t.get("order", 0), json.dumps(t)))


def packed(curriculum: Mapping[str, Any]) -> bytes:
    """Return one curriculum's history as lines of JSON, packed without a time."""
    lines = [{"kind": "curriculum", **curriculum["about"]}]
    lines += [{"kind": "row", **row} for row in curriculum["rows"]]
    lines += [{"kind": "topic", **topic} for topic in curriculum["topics"]]
    text = "".join(
        json.dumps(
            {key: value for key, value in line.items() if value != ""},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        + "\n"
        for line in lines
    )
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def notice(found: Mapping[str, tuple[Repository, Path, Mapping[str, Any]]]) -> str:
    """Return what the licences ask to be kept beside the data: whose they are, from where, what was changed."""
    lines = [
        "# Notice",
        "",
        "Each `*.jsonl.gz` beside this file was read from the history of one repository's `README.md` and is under that",
        "repository's licence, apart from the code around it. Changes: the course tables were read into rows with the days",
        "and commits between which they stood; spellings of one course were given one name; nothing else.",
    ]
    for slug, (repository, folder, about) in found.items():
        lines += [
            "",
            f"## `{slug}.jsonl.gz`: {repository.title}",
            "",
            f"Source: {repository.url}, to commit `{about['commit']}` of {about['day']}.",
        ]
        if repository.licence == "MIT":
            text = git(folder, "show", f"{about['commit']}:LICENSE").strip()
            lines += ["", *(f"> {line}".rstrip() for line in text.splitlines())]
        else:
            lines += [
                "Open Source Society University and contributors, CC BY-SA 4.0,",
                "https://creativecommons.org/licenses/by-sa/4.0/. This file is under the same licence.",
            ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write one ``<curriculum>.jsonl.gz`` each and ``NOTICE.md`` into the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("--computer-science", "--math", "--data-science"):
        parser.add_argument(option, type=Path, required=True, help="a clone of the repository")
    parser.add_argument("--out", type=Path, default=OUT, help="folder to write to")
    options = parser.parse_args()
    folders = (options.computer_science, options.math, options.data_science)
    options.out.mkdir(exist_ok=True)
    kept: dict[str, tuple[Repository, Path, Mapping[str, Any]]] = {}
    for repository, folder in zip(REPOSITORIES, folders, strict=True):
        curriculum = of(repository, folder)
        (options.out / f"{repository.slug}.jsonl.gz").write_bytes(packed(curriculum))
        kept[repository.slug] = (repository, folder, curriculum["about"])
    (options.out / "NOTICE.md").write_text(notice(kept), encoding="utf-8")


if __name__ == "__main__":
    main()
