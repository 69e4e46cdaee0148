"""The data inside the package, and the script that makes them."""

import gzip
import json
import subprocess
import sys
from importlib import resources
from pathlib import Path

from ammo_subspace_movie.films import films

BUILD = Path(__file__).parents[1] / "tools" / "build_data.py"
FOLDER = resources.files("ammo_subspace_movie").joinpath("data")
FIELDS = {
    "title", "year", "said_year", "genres", "directors", "cast", "released", "premise", "note", "source", "money", "sequel",
    "debut", "text", "article",
}  # fmt: skip


def test_the_shipped_data_are_small_and_hold_nothing_of_a_ratings_data_set() -> None:
    assert sum(len(item.read_bytes()) for item in FOLDER.iterdir() if item.is_file()) < 1_200_000
    lines = gzip.decompress(FOLDER.joinpath("films.jsonl.gz").read_bytes()).decode().splitlines()
    assert len(lines) == 3_900
    assert {key for line in lines for key in json.loads(line)} == FIELDS


def test_the_notice_names_the_licence_and_every_article() -> None:
    notice = FOLDER.joinpath("ATTRIBUTION.md").read_text(encoding="utf-8")
    assert "Wikipedia contributors, CC BY-SA 4.0" in notice
    named = {line[2:] for line in notice.splitlines() if line.startswith("- ")}
    assert named == {film.article for film in films()}


def test_the_build_keeps_what_is_certain_and_drops_the_rest(tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    rows = [
        ("Heat", 1995, "Heat is a 1995 film directed by Michael Mann. It follows a thief in Los Angeles.", "Heat_(1995_film)"),
        ("Heat", 2013, "Heat is a 1995 film directed by Michael Mann.", "Heat_(1995_film)"),
        ("Warm", 1996, "Warm is a 1996 film by somebody.", "Warm"),
        ("It%27s", 2019, "It%27s is a 2019 film directed by Jane Roe.", "It%27s"),
    ]  # fmt: skip
    lines = [
        json.dumps({"title": t, "year": y, "genres": ["Crime"], "cast": [], "extract": text, "wikipedia": a, "movieId": 6})
        for t, y, text, a in rows
    ]  # fmt: skip
    (source / "all.jsonl").write_text("\n".join(lines), encoding="utf-8")
    command = [sys.executable, str(BUILD), "--source", str(source), "--out", str(out)]
    subprocess.run(command, check=True)
    made = gzip.decompress((out / "films.jsonl.gz").read_bytes()).decode().splitlines()
    assert [json.loads(line) for line in made] == [
        {
            "title": "Heat", "year": 1995, "said_year": 1995, "genres": ["Crime"], "directors": ["Michael Mann"],
            "premise": "a thief in Los Angeles", "text": rows[0][2], "article": "Heat (1995 film)",
        },
        {
            "title": "It%27s", "year": 2019, "said_year": 2019, "genres": ["Crime"], "directors": ["Jane Roe"],
            "text": rows[3][2], "article": "It's",
        },
    ]  # fmt: skip
    assert "- It's\n" in (out / "ATTRIBUTION.md").read_text(encoding="utf-8")
