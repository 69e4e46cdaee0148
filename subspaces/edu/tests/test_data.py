"""The data inside the package, and the script that makes them."""

import datetime as dt
import gzip
import json
import re
import subprocess
import sys
from importlib import resources
from itertools import pairwise
from pathlib import Path

from ammo_subspace_edu.catalogue import (
    BEGINNING,
    FILES,
    LAST,
    curricula,
    listed,
    names,
    rows,
    turns,
)
from ammo_subspace_edu.measure import effort, hours, length, span
from ammo_subspace_edu.topics import by_name, topics

BUILD = Path(__file__).parents[1] / "tools" / "build_data.py"
FOLDER = resources.files("ammo_subspace_edu").joinpath("data")


def test_the_shipped_data_are_small_and_name_every_commit() -> None:
    assert sum(len(item.read_bytes()) for item in FOLDER.iterdir() if item.is_file()) < 60_000
    for name in FILES:
        for line in gzip.decompress(FOLDER.joinpath(f"{name}.jsonl.gz").read_bytes()).splitlines():
            told = json.loads(line)
            for field in ("commit", "since_commit", "until_commit"):
                assert re.fullmatch("[0-9a-f]{40}", told.get(field, "0" * 40))


def test_the_notice_keeps_each_licence_with_its_file() -> None:
    notice = FOLDER.joinpath("NOTICE.md").read_text(encoding="utf-8")
    assert notice.count("Permission is hereby granted, free of charge") == 2
    assert notice.count("Open Source Society University and contributors, CC BY-SA 4.0") == 1
    assert {c.licence for c in curricula().values()} == {"MIT", "CC BY-SA 4.0"}
    for about in curricula().values():
        assert f"`{about.slug}.jsonl.gz`" in notice
        assert about.commit in notice


def test_only_three_curricula_are_shipped() -> None:
    assert {c.repository for c in curricula().values()} == {"ossu/computer-science", "ossu/math", "ossu/data-science"}  # fmt: skip


def test_the_last_day_lists_what_the_repositories_list() -> None:
    assert {slug: len(listed(slug, LAST)) for slug in curricula()} == {
        "computer-science": 63,
        "mathematics": 20,
        "data-science": 34,
    }
    assert len(names()) == 130


def test_no_curriculum_lists_a_course_twice_on_a_day() -> None:
    for slug, days in turns().items():
        for day in (BEGINNING, *days):
            courses = [row.course for row in listed(slug, day)]
            assert len(set(courses)) == len(courses)


def test_spans_of_one_course_never_overlap() -> None:
    by_course: dict[tuple[str, str], list[tuple[dt.date, dt.date]]] = {}
    for row in rows():
        begun, ended = row.since or dt.date.min, row.until or dt.date.max
        assert begun < ended
        by_course.setdefault((row.curriculum, row.course), []).append((begun, ended))
    for spans in by_course.values():
        spans.sort()
        assert all(ended <= begun for (_, ended), (begun, _) in pairwise(spans))


def test_lengths_and_efforts_are_read_as_written() -> None:
    assert span("10-12 weeks") == span("10–12 weeks")
    ranged = span("6-10 hours/week")
    assert ranged is not None
    assert (ranged.low, ranged.high, ranged.unit) == (6, 10, "hours")
    assert [span(text) for text in ("", "-", "x hours/week", "- weeks", "soon")] == [None] * 5
    for row in rows():
        if row.duration not in {"", "-"} and row.until is None:
            assert length(row) is not None, row.duration
        if (weeks := length(row)) and (weekly := effort(row)) and (total := hours(row)):
            assert (total.low, total.high) == (weeks.low * weekly.low, weeks.high * weekly.high)


def test_topics_name_courses_that_exist_and_no_name_means_two() -> None:
    text = FOLDER.joinpath("topics.toml").read_text(encoding="utf-8")
    assert set(re.findall(r'"([a-z0-9-]+-[a-z0-9-]+)"', text)) & set(names())
    seen: dict[str, str] = {}
    for topic in topics().values():
        for name in {topic.name.lower(), *(alias.lower() for alias in topic.aliases)}:
            assert seen.setdefault(name, topic.slug) == topic.slug, name
    wanted = (
        "python",
        "databases",
        "machine learning",
        "statistics",
        "calculus",
        "computer networks",
        "sql",
    )
    assert all(name in by_name() for name in wanted)


def test_the_build_reads_a_history_day_by_day(tmp_path: Path) -> None:
    folders = {}
    for name in ("computer-science", "math", "data-science"):
        folders[name] = repository(tmp_path / name)
    command = [sys.executable, str(BUILD), "--out", str(tmp_path / "out")]
    for name, folder in folders.items():
        command += [f"--{name}", str(folder)]
    subprocess.run(command, check=True)
    packed = (tmp_path / "out" / "computer-science.jsonl.gz").read_bytes()
    subprocess.run(command, check=True)
    assert (tmp_path / "out" / "computer-science.jsonl.gz").read_bytes() == packed
    lines = [json.loads(line) for line in gzip.decompress(packed).splitlines()]
    told = [
        (r["name"], r.get("since"), r.get("until"), r.get("effort"))
        for r in lines
        if r["kind"] == "row"
    ]
    assert told == [
        ("Logic", None, "2021-02-03", "4 hours/week"),
        ("Logic", "2021-02-03", "2021-03-01", "6 hours/week"),
        ("Proofs", "2021-03-01", None, None),
    ]
    assert lines[0]["day"] == "2021-03-01"
    assert "MIT text" in (tmp_path / "out" / "NOTICE.md").read_text(encoding="utf-8")


HEAD = "# Curriculum\n## Core\nCourses | Duration | Effort | Prerequisites\n:-- | :-- | :-- | :--\n"
STATES = (
    ("2020-09-01T10:00:00Z", "[Logic](https://example.org) | 2 weeks | 4 hours/week | none\n"),
    ("2021-02-03T08:00:00Z", "[Logic](https://example.org) | 2 weeks | 5 hours/week | none\n"),
    ("2021-02-03T23:30:00Z", "[Logic](https://example.org) | 2 weeks | 6 hours/week | none\n"),
    ("2021-03-01T23:30:00Z", "[Proofs](https://example.org/p) | 2 weeks\n"),
)


def repository(folder: Path) -> Path:
    """Make a repository whose README changes on three days, once twice on one of them."""
    folder.mkdir()
    own = ["env", f"HOME={folder}", "GIT_CONFIG_NOSYSTEM=1"]
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run([*own, "git", "init", "-q", "-b", "main", str(folder)], check=True)
    (folder / "LICENSE").write_text("MIT text\n", encoding="utf-8")
    for moment, rows_ in STATES:
        (folder / "README.md").write_text(HEAD + rows_, encoding="utf-8")
        when = [*own, f"GIT_AUTHOR_DATE={moment}", f"GIT_COMMITTER_DATE={moment}"]
        for words in (["add", "."], [*who, "commit", "-q", "-m", moment]):
            subprocess.run([*when, "git", "-C", str(folder), *words], check=True)
    return folder
